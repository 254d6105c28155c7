#include "command_line.hpp"

#include <algorithm>
#include <duotty/record/codec.hpp>
#include <memory>

#include "builder.hpp"
#include "man_page.hpp"
#include "render.hpp"

namespace duotty::cli {
namespace {

constexpr const char* kAbout =
    "duotty: terminals that people and programs share.\n"
    "A server owns the terminals; every other command talks to it.";
constexpr const char* kRootExamples =
    "Examples:\n"
    "  duotty serve                            start the server of this user\n"
    "  duotty new --name build                 make a terminal\n"
    "  duotty exec build -- make -j4           run a command in it, with its output and exit code\n"
    "  duotty attach build                     use it from this terminal (Ctrl+\\ leaves)\n"
    "  duotty exec --new -- uname -a           run one command in a terminal of its own\n"
    "\n"
    "\"duotty COMMAND --help\" explains each command. Exit statuses and variables: duotty man";

void add_globals(CLI::App& app, Globals& globals) {
  app.add_option("--url", globals.url,
                 "Server to talk to, http[s]://HOST:PORT (default: DUOTTY_URL, the saved login, then "
                 "the server of this user)")
      ->type_name("URL")
      ->group("Connection");
  app.add_option("--token", globals.token, "Token for --url; better in DUOTTY_TOKEN, where other users cannot see it")
      ->type_name("TOKEN")
      ->group("Connection");
  app.add_option("--ca-file", globals.ca_file,
                 "Certificates (PEM) to trust for an https --url besides the system's (default: DUOTTY_CA_FILE)")
      ->type_name("FILE")
      ->group("Connection");
  app.add_flag("--local", globals.local, "The server of this user, whatever is configured")->group("Connection");
  app.add_option("--home", globals.home, "Directory of the server's files (default: DUOTTY_HOME)")
      ->type_name("DIR")
      ->group("Connection");
  app.add_flag("--json", globals.json, "Print results and errors as JSON")->group("Output");
  app.add_flag("-q,--quiet", globals.quiet, "Print nothing but results")->group("Output");
}

/// The first word that is no option, and so should be a command; npos when there is none.
std::size_t command_word(const std::vector<std::string>& args) {
  for (std::size_t i = 0; i < args.size(); ++i) {
    const std::string& arg = args[i];
    if (arg == "--url" || arg == "--token" || arg == "--home" || arg == "--ca-file") {
      ++i;
    } else if (arg.empty() || arg.front() != '-') {
      return i;
    }
  }
  return std::string::npos;
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
  const std::string near = record::detail::nearest(word, known);
  return near.empty() ? std::string() : " Did you mean \"" + near + "\"?";
}

std::vector<std::string> long_options(const CLI::App& app) {
  std::vector<std::string> out;
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) out.push_back("--" + name);
  }
  return out;
}

/// Help whose usage line also has the free words that a command takes.
class HelpText : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* app, std::string name) const override {
    std::string line = CLI::Formatter::make_usage(app, std::move(name));
    if (!app->get_prefix_command()) return line;
    return line.substr(0, line.find_last_not_of('\n') + 1) + " [--] [WORD...]\n";
  }
};

bool is_option(const std::string& word) {
  return word.size() > 1 && word.front() == '-';
}

std::string no_such_option(const CLI::App& command, const std::string& word) {
  return "There is no option \"" + word + "\"." + did_you_mean(word.substr(0, word.find('=')), long_options(command));
}

/// A sentence about arguments that nobody took.
std::string unexpected(const CLI::App& command, const std::vector<std::string>& left) {
  const std::string word = left.empty() ? std::string() : left.front();
  const bool takes_more = command.get_footer().find(" -- ") != std::string::npos;
  return (is_option(word) ? no_such_option(command, word) : "\"" + word + "\" is one argument too many.") +
         (takes_more ? " What is meant for the command to run stands behind \"--\"." : "");
}

}  // namespace

CLI::App* Builder::add(const std::string& name, const std::string& about, const std::string& group,
                       const std::string& examples) const {
  CLI::App* command = app.add_subcommand(name, about);
  command->group(group);
  command->set_help_flag("-h,--help", "Explain this command")->group("Output");
  add_globals(*command, globals);
  if (!examples.empty()) command->footer("Examples:\n" + examples);
  return command;
}

std::vector<std::string> Builder::words(const CLI::App& command) const {
  std::vector<std::string> out = command.remaining();
  if (!out.empty() && is_option(out.front())) {
    problem = no_such_option(command, out.front()) + " What is meant for the terminal stands behind \"--\".";
  }
  if (has_tail && !out.empty()) out.emplace_back("--");
  out.insert(out.end(), tail.begin(), tail.end());
  tail_used = true;
  return out;
}

CLI::Option* add_list(CLI::App& command, const std::string& names, std::vector<std::string>& into,
                      const std::string& about) {
  return command.add_option(names, into, about)->allow_extra_args(false)->take_all();
}

struct CommandLine::State {
  State(const rpc::Table& methods, const CliHooks& given)
      : table(methods), hooks(given), app(kAbout, "duotty"), builder{app,  table,     hooks,    globals, chosen,
                                                                     tail, tail_used, has_tail, problem} {}

  std::vector<std::string> commands() const {
    std::vector<std::string> out;
    for (const auto* command : app.get_subcommands({})) {
      out.push_back(command->get_name());
      for (const auto& alias : command->get_aliases()) out.push_back(alias);
    }
    return out;
  }

  const rpc::Table& table;
  const CliHooks& hooks;
  CLI::App app;
  Globals globals;
  Command chosen;
  std::vector<std::string> tail;
  bool tail_used = false;
  bool has_tail = false;
  std::string problem;
  Builder builder;
};

CommandLine::CommandLine(const rpc::Table& table, const CliHooks& hooks)
    : state_(std::make_unique<State>(table, hooks)) {
  CLI::App& app = state_->app;
  app.formatter(std::make_shared<HelpText>());
  app.get_formatter()->column_width(30);
  app.set_help_flag("-h,--help", "Explain all commands");
  app.require_subcommand(1, 1);
  app.footer(kRootExamples);
  add_globals(app, state_->globals);
  add_server_commands(state_->builder);
  add_log_command(state_->builder);
  add_mcp_commands(state_->builder);
  add_oversight_commands(state_->builder);
  add_record_commands(state_->builder);
  add_ssh_command(state_->builder);
  add_files_command(state_->builder);
  add_jobs_command(state_->builder);
  add_terminal_commands(state_->builder);

  CLI::App* completion =
      state_->builder.add("completion", "Print the completions of a shell", "Other",
                          "  source <(duotty completion bash)                     in ~/.bashrc\n"
                          "  duotty completion zsh > ~/.zfunc/_duotty             with ~/.zfunc in $fpath\n"
                          "  duotty completion fish > ~/.config/fish/completions/duotty.fish");
  auto shell = std::make_shared<std::string>();
  completion->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->callback([this, shell] {
    state_->chosen.name = "completion";
    state_->chosen.local = [this, shell](Context& context) {
      context.console.out(completion_script(*shell, describe(), context.table));
      return exit_status::ok;
    };
  });
  CLI::App* manual = state_->builder.add("man", "Print the manual page", "Other",
                                         "  duotty man | man -l -\n"
                                         "  duotty man > ~/.local/share/man/man1/duotty.1      then: man duotty");
  manual->callback([this] {
    state_->chosen.name = "man";
    state_->chosen.local = [this](Context& context) {
      context.console.out(man_page(describe(), state_->hooks.version));
      return exit_status::ok;
    };
  });
}

CommandLine::~CommandLine() = default;

Parsed CommandLine::parse(std::vector<std::string> args) {
  State& state = *state_;
  Parsed out;
  const auto wrong = [&](const std::string& message, const std::string& command) {
    out.err = "duotty: " + visible(message) + "\nTry: duotty" + (command.empty() ? "" : " " + command) + " --help\n";
    out.status = exit_status::usage;
    return out;
  };
  if (const auto dashes = std::find(args.begin(), args.end(), "--"); dashes != args.end()) {
    state.tail.assign(dashes + 1, args.end());
    state.has_tail = true;
    args.erase(dashes, args.end());
  }
  const std::size_t at = command_word(args);
  // Files have names of any kind; what else takes words behind the dashes reads them itself.
  if (state.has_tail && at != std::string::npos && args[at] == "files") {
    args.emplace_back("--");
    args.insert(args.end(), state.tail.begin(), state.tail.end());
    state.has_tail = false;
  }
  const auto known = state.commands();
  if (at == std::string::npos && std::find(args.begin(), args.end(), "--version") != args.end()) {
    out.out = "duotty " + state.hooks.version + "\n";
    return out;
  }
  if (args.empty() || (at != std::string::npos && at == 0 && args[0] == "help" && args.size() == 1)) {
    out.out = state.app.help();
    return out;
  }
  std::string command = at == std::string::npos ? std::string() : args[at];
  if (command == "help") {
    args.erase(args.begin() + static_cast<std::ptrdiff_t>(at));
    args.emplace_back("--help");
    command = at < args.size() ? args[at] : std::string();
  }
  if (!command.empty() && command != "--help" && std::find(known.begin(), known.end(), command) == known.end()) {
    return wrong("There is no command \"" + command + "\"." + did_you_mean(command, known), "");
  }
  try {
    std::reverse(args.begin(), args.end());
    state.app.parse(std::move(args));
  } catch (const CLI::CallForHelp&) {
    const auto chosen = state.app.get_subcommands();
    out.out = chosen.empty() ? state.app.help() : chosen.front()->help("duotty");
    return out;
  } catch (const CLI::ExtrasError&) {
    const auto chosen = state.app.get_subcommands();
    const CLI::App& app = chosen.empty() ? state.app : *chosen.front();
    const auto left = app.remaining().empty() ? state.app.remaining(true) : app.remaining();
    return wrong(unexpected(app, left), chosen.empty() ? "" : app.get_name());
  } catch (const CLI::ParseError& e) {
    std::string message = command.empty() ? "Say which command." : e.what();
    if (!message.empty() && message.back() != '.') message += ".";
    return wrong(message, command);
  }
  if (!state.problem.empty()) return wrong(state.problem, command);
  if (state.has_tail && !state.tail_used) return wrong("\"" + command + "\" takes nothing behind \"--\".", command);
  out.command = state.chosen;
  out.globals = state.globals;
  return out;
}

std::vector<CommandSpec> CommandLine::describe() const {
  std::vector<CommandSpec> out;
  for (const auto* command : state_->app.get_subcommands({})) {
    if (command->get_group().empty()) continue;
    CommandSpec spec;
    spec.name = command->get_name();
    spec.about = command->get_description();
    spec.aliases = command->get_aliases();
    spec.footer = command->get_footer();
    spec.takes_words = command->get_prefix_command();
    for (const auto* option : command->get_options()) {
      if (option->get_group().empty()) continue;
      if (option->get_positional()) {
        spec.positionals.push_back(option->get_name(true));
        spec.arguments.push_back({.name = option->get_name(true),
                                  .about = option->get_description(),
                                  .required = option->get_required(),
                                  .repeats = option->get_expected_max() > 1});
        continue;
      }
      OptionSpec one;
      for (const auto& name : option->get_snames()) one.names.push_back("-" + name);
      for (const auto& name : option->get_lnames()) one.names.push_back("--" + name);
      one.about = option->get_description();
      one.takes_value = option->get_expected_max() > 0;
      one.value = one.takes_value ? option->get_type_name() : std::string();
      one.common = option->get_group() == "Connection" || option->get_group() == "Output";
      spec.options.push_back(std::move(one));
    }
    out.push_back(std::move(spec));
  }
  return out;
}

}  // namespace duotty::cli
