// The command line of the commands about terminals.
#include "attach.hpp"
#include "block_commands.hpp"
#include "builder.hpp"
#include "exec_command.hpp"
#include "method_commands.hpp"
#include "terminal_commands.hpp"

namespace duotty::cli {
namespace {

constexpr const char* kGroup = "Terminals";
constexpr const char* kTerminal = "Id or name of the terminal";

CLI::Option* add_terminal(CLI::App& command, std::string& into) {
  return command.add_option("TERM", into, kTerminal)->type_name("");
}

/// A command that gets a connection, from its options and the function that runs it.
template <class Options>
Command remote(const char* name, std::shared_ptr<Options> options, Task<int> (*run)(Context&, Remote&, Options)) {
  Command out;
  out.name = name;
  out.remote = [options, run](Context& context, Remote& server) { return run(context, server, *options); };
  return out;
}

void add_new(const Builder& builder) {
  CLI::App* command = builder.add("new", "Make a terminal and print its id", kGroup,
                                  "  duotty new --name build --cwd ~/src\n"
                                  "  duotty new --env EDITOR=vi --tag ci\n"
                                  "  duotty new --name log -- tail -f /var/log/syslog");
  command->alias("create")->prefix_command();
  auto o = std::make_shared<NewOptions>();
  command->add_option("-n,--name", o->name, "Unique name")->type_name("NAME");
  command
      ->add_option("--cwd", o->cwd,
                   "Directory to start in (default: this one; on another machine, the server's default)")
      ->type_name("DIR");
  command->add_option("--shell", o->shell, "Shell to start instead of $SHELL")->type_name("FILE");
  add_list(*command, "-e,--env", o->env, "Variable for the shell; may be repeated")->type_name("NAME=VALUE");
  add_list(*command, "--tag", o->tags, "Label; may be repeated")->type_name("TAG");
  command->add_option("--cols", o->cols, "Columns")->type_name("N")->check(CLI::Range(1, 1000));
  command->add_option("--rows", o->rows, "Rows")->type_name("N")->check(CLI::Range(1, 1000));
  command->add_option("--ttl", o->ttl, "Close it after so many idle seconds (default 0: never)")
      ->type_name("SECONDS")
      ->check(CLI::NonNegativeNumber);
  command->add_flag("--no-visible", o->hidden, "Do not show it as a tab in the browser");
  command->add_flag(
      "--no-integration", [o](std::int64_t) { o->integration = false; }, "Start the shell without our hooks");
  command->add_flag("--force", o->force, "Run the command even if it is destructive");
  command->add_option("--type", o->type, "local or ssh")->check(CLI::IsMember({"local", "ssh"}))->group("");
  command->add_option("--on,--connection-id", o->connection, "On the host of this stored SSH connection")
      ->type_name("CONNECTION");
  command->callback([builder, command, o] {
    o->command = builder.words(*command);
    builder.choose(remote("new", o, new_command));
  });
}

void add_list_command(const Builder& builder) {
  CLI::App* command = builder.add("ls", "List the terminals", kGroup,
                                  "  duotty ls\n"
                                  "  duotty ls --json | jq -r '.terminals[].id'");
  command->alias("list");
  auto o = std::make_shared<ListOptions>();
  command->add_flag("--names", o->names, "Only the names (ids where there is none), one a line");
  command->callback([builder, o] { builder.choose(remote("ls", o, list_command)); });
}

void add_exec(const Builder& builder) {
  CLI::App* command = builder.add(
      "exec", "Run a command in a terminal; print its output, exit with its exit code", kGroup,
      "  duotty exec build -- make -j4\n"
      "  duotty exec build 'cd src && ls *.c | wc -l'     one word is shell text as it is\n"
      "  duotty exec --new --timeout 60 -- ./slow.sh      a temporary terminal, closed afterwards\n"
      "\n"
      "Several words are joined by blanks and read by the terminal's shell, as with ssh. Options stand before\n"
      "the command. Exit status: the command's; 124 after the timeout, 125 when the exit code is unknown.\n"
      "Ctrl+C interrupts the command; a second Ctrl+C leaves it running.");
  command->prefix_command();
  auto o = std::make_shared<ExecOptions>();
  auto fresh = std::make_shared<bool>(false);
  command->add_option("TERM", o->terminal, std::string(kTerminal) + ", or \"-\" for a temporary one")->type_name("");
  command->add_flag("--new", *fresh, "Run it in a temporary terminal that is closed afterwards");
  command->add_option("-t,--timeout", o->timeout, "Stop waiting after so many seconds (default: a day)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, 86400.0));
  command->add_option("--cwd", o->cwd, "Directory for this command only")->type_name("DIR");
  add_list(*command, "-e,--env", o->env, "Variable for this command only; may be repeated")->type_name("NAME=VALUE");
  command->add_option("--on-timeout", o->on_timeout, "What happens to the command at the timeout (default none)")
      ->check(CLI::IsMember({"none", "interrupt", "kill"}));
  command->add_flag("--stdin", o->takes_stdin, "Standard input becomes the command's (else it reads the terminal)");
  command->add_flag("--queue", o->queue, "Wait for whatever runs in the terminal, up to the timeout");
  command->add_option("--background", o->background, "Leave the command after so many seconds; it goes on as a job")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, 86400.0));
  command->add_flag("--isolated", o->isolated, "Run it in a fresh terminal in TERM's directory, closed afterwards");
  command->add_flag("--force", o->force, "Run it even if it is destructive");
  command->callback([builder, command, o, fresh] {
    o->words = builder.words(*command);
    if (*fresh && !o->terminal.empty() && o->terminal != "-") {
      o->words.insert(o->words.begin(), o->terminal);
      o->terminal.clear();
    }
    if (o->words.empty() || (!*fresh && o->terminal.empty())) {
      builder.problem = *fresh ? "Say what to run: duotty exec --new -- COMMAND."
                               : "Say where and what to run: duotty exec TERM -- COMMAND.";
    }
    Command chosen = remote("exec", o, exec_command);
    chosen.on_interrupt = Command::OnInterrupt::handled;
    builder.choose(std::move(chosen));
  });
}

void add_send(const Builder& builder) {
  CLI::App* command = builder.add("send", "Type into a terminal", kGroup,
                                  "  duotty send build make                     types \"make\" and Enter\n"
                                  "  duotty send build --keys ctrl+c\n"
                                  "  duotty send editor --keys esc ':wq'        keys first, then the text and Enter\n"
                                  "  duotty send repl --wait 'print(1+1)'       prints what came back\n"
                                  "  duotty send repl - < script.py             standard input, without Enter\n"
                                  "\n"
                                  "Options stand before the text; behind \"--\" everything is text.");
  command->alias("input")->prefix_command();
  auto o = std::make_shared<SendOptions>();
  add_terminal(*command, o->terminal)->required();
  add_list(*command, "-k,--keys", o->keys, "Named keys to press first: ctrl+c, up, tab, f5, ...; several with commas")
      ->type_name("KEYS")
      ->delimiter(',');
  command->add_flag("--no-enter", o->no_enter, "Do not press Enter after the text");
  command->add_flag("--enter", o->enter, "Press Enter even after keys alone");
  command->add_flag("--raw", o->raw, "Send control characters in the text as they are");
  command->add_flag("--force", o->force, "Enter it even if it is destructive");
  command->add_flag("-w,--wait", o->wait, "Wait until the output has settled and print it");
  command->add_option("--timeout", o->timeout, "With --wait: longest wait in seconds (default 10)")
      ->type_name("SECONDS");
  command->add_option("--idle", o->idle, "With --wait: seconds without output that count as settled (default 0.6)")
      ->type_name("SECONDS");
  command->callback([builder, command, o] {
    o->words = builder.words(*command);
    builder.choose(remote("send", o, send_command));
  });
}

void add_read(const Builder& builder) {
  CLI::App* command = builder.add("read", "Print a terminal's output", kGroup,
                                  "  duotty read build --tail 50\n"
                                  "  duotty read build --grep 'error|warning' --context 2\n"
                                  "  duotty read build --follow\n"
                                  "  duotty read build --mode block             the last command, made short\n"
                                  "  duotty read build --lines 200 --reduce auto\n"
                                  "\n"
                                  "With --grep the exit status is 1 when nothing matches.");
  command->alias("snapshot");
  auto o = std::make_shared<ReadOptions>();
  add_terminal(*command, o->terminal)->required();
  command->add_option("--since", o->since, "Only output after this offset (\"size\" of an earlier --json answer)")
      ->type_name("OFFSET")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--tail", o->tail, "Only the last lines")->type_name("LINES");
  command->add_option("--grep,--pattern", o->pattern, "Only lines that match this RE2 pattern, with their numbers")
      ->type_name("PATTERN");
  command->add_option("-C,--context", o->around, "With --grep: lines around each match")
      ->type_name("N")
      ->check(CLI::Range(0, 20));
  command->add_flag("-i,--ignore-case", o->ignore_case, "With --grep: ignore case");
  command->add_flag("--raw", o->raw, "Keep escape sequences");
  command->add_option("-m,--mode", o->mode, "Made short: full, head, tail, head_tail, since, screen or block")
      ->check(CLI::IsMember({"full", "head", "tail", "head_tail", "since", "screen", "block"}));
  command->add_option("-n,--lines", o->lines, "Made short: lines of head, tail and head_tail")->type_name("LINES");
  command->add_option("--reduce", o->reduce, "Made short by this reducer: auto, off or a name")->type_name("NAME");
  command->add_option("--max-chars", o->max_chars, "Made short: most bytes")->type_name("BYTES");
  command->add_option("--output-ref", o->output_ref, "Made short: the output of this command")->type_name("REF");
  command->add_flag("-f,--follow", o->follow, "Go on printing until the program ends or Ctrl+C");
  command->callback([builder, o] { builder.choose(remote("read", o, read_command)); });
}

void add_commands(const Builder& builder) {
  CLI::App* command = builder.add("commands", "List the commands that ran, in one terminal or in all", kGroup,
                                  "  duotty commands build --failed\n"
                                  "  duotty commands -s 'docker build'          in all terminals, closed ones too\n"
                                  "  duotty commands --by agent -n 20");
  auto o = std::make_shared<CommandsOptions>();
  add_terminal(*command, o->terminal);
  command->add_option("-s,--search", o->words, "Only commands in which all these words occur")->type_name("WORDS");
  command->add_flag("--failed", o->failed, "Only commands that failed");
  command->add_option("--by", o->by, "Only commands of human, agent, agent:NAME or ai")->type_name("WHO");
  command->add_option("-n,--limit", o->limit, "Most commands to list (default 50)")
      ->type_name("N")
      ->check(CLI::Range(1, 500));
  command->callback([builder, o] { builder.choose(remote("commands", o, commands_command)); });
}

void add_output(const Builder& builder) {
  CLI::App* command = builder.add("output", "Print what a command printed, also after its terminal was closed", kGroup,
                                  "  duotty output build                        of its last command\n"
                                  "  duotty output build:17 --tail 50           of its command number 17\n"
                                  "  duotty output build --grep 'error' -C 2\n"
                                  "\n"
                                  "With --grep the exit status is 1 when nothing matches.");
  auto o = std::make_shared<OutputOptions>();
  command->add_option("NAME", o->name, "Terminal, or terminal:number as `duotty commands` lists it")
      ->type_name("")
      ->required();
  command->add_option("--head", o->head, "Only the first lines")->type_name("LINES")->check(CLI::Range(0, 100000));
  command->add_option("--tail", o->tail, "Only the last lines")->type_name("LINES")->check(CLI::Range(0, 100000));
  command->add_option("--grep,--pattern", o->pattern, "Only lines that match this RE2 pattern, with their numbers")
      ->type_name("PATTERN");
  command->add_option("-C,--context", o->around, "With --grep: lines around each match")
      ->type_name("N")
      ->check(CLI::Range(0, 100));
  command->add_flag("-i,--ignore-case", o->ignore_case, "With --grep: ignore case");
  command->callback([builder, o] { builder.choose(remote("output", o, output_command)); });
}

void add_wait(const Builder& builder) {
  CLI::App* command = builder.add("wait", "Wait until something happens in a terminal", kGroup,
                                  "  duotty wait build --prompt\n"
                                  "  duotty wait server --pattern 'listening on' --timeout 60000\n"
                                  "  duotty wait build --idle 2000\n"
                                  "\n"
                                  "Prints what ended the wait. Exit status 124 when the time is over.");
  auto o = std::make_shared<WaitOptions>();
  add_terminal(*command, o->terminal)->required();
  command->add_option("--idle", o->idle_ms, "Until there was no output for so many milliseconds")->type_name("MS");
  command->add_option("--pattern", o->pattern, "Until a line of new output matches this RE2 pattern")
      ->type_name("PATTERN");
  command->add_flag("--prompt", o->prompt, "Until the shell is at its prompt again");
  command->add_flag("--exit", o->exit, "Until the program ends");
  command->add_option("--since", o->since, "Offset from which output is new (default: now)")->type_name("OFFSET");
  command->add_option("--timeout", o->timeout_ms, "Longest wait in milliseconds (default 30000)")
      ->type_name("MS")
      ->check(CLI::Range(0.0, 3600000.0));
  command->callback([builder, o] { builder.choose(remote("wait", o, wait_command)); });
}

void add_screen(const Builder& builder) {
  CLI::App* command = builder.add("screen", "Print what a terminal shows now", kGroup,
                                  "  duotty screen editor\n"
                                  "  duotty screen editor --format ansi");
  auto o = std::make_shared<ScreenOptions>();
  add_terminal(*command, o->terminal)->required();
  command->add_option("--format", o->format, "plain, ansi or html (default plain)")
      ->check(CLI::IsMember({"plain", "ansi", "html"}));
  command->callback([builder, o] { builder.choose(remote("screen", o, screen_command)); });
}

void add_close(const Builder& builder) {
  CLI::App* command = builder.add("close", "Close terminals; their programs are ended", kGroup,
                                  "  duotty close build\n"
                                  "  duotty close a b c");
  command->alias("delete");
  auto o = std::make_shared<CloseOptions>();
  command->add_option("TERM", o->terminals, "Ids or names of the terminals")->type_name("")->required();
  command->callback([builder, o] { builder.choose(remote("close", o, close_command)); });
}

void add_attach(const Builder& builder) {
  CLI::App* command =
      builder.add("attach", "Use a terminal from this one", kGroup,
                  "  duotty attach build\n"
                  "  duotty attach --create build               makes it when it does not exist\n"
                  "  duotty attach build --read-only\n"
                  "  duotty attach build --detach-key 'ctrl+] q'\n"
                  "\n"
                  "Without a name the only terminal is taken. Ctrl+\\ leaves; the terminal goes on. Exit status: 0\n"
                  "after leaving, the program's when it ended.");
  auto o = std::make_shared<AttachOptions>();
  add_terminal(*command, o->terminal);
  command->add_flag("-r,--read-only", o->read_only, "Only watch");
  command->add_flag("-c,--create", o->create, "Make a terminal of that name when there is none");
  command->add_option("--detach-key", o->detach_key, "Keys that leave: ctrl+\\ (default), \"ctrl+] q\", ... or none")
      ->type_name("KEYS");
  command->callback([builder, o] {
    Command chosen;
    chosen.name = "attach";
    chosen.on_interrupt = Command::OnInterrupt::handled;
    chosen.loop = [o](Context& context) { return attach_command(context, *o); };
    builder.choose(std::move(chosen));
  });
}

}  // namespace

void add_terminal_commands(const Builder& builder) {
  add_new(builder);
  add_list_command(builder);
  add_exec(builder);
  add_send(builder);
  add_read(builder);
  add_commands(builder);
  add_output(builder);
  add_wait(builder);
  add_screen(builder);
  add_attach(builder);
  add_close(builder);
}

}  // namespace duotty::cli
