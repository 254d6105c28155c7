// The command line of `duotty ssh`.
#include "builder.hpp"
#include "ssh_commands.hpp"

namespace duotty::cli {
namespace {

void add_profile(CLI::App& command, SshOptions& o) {
  command.add_option("--title", o.title, "edit: another name")->type_name("NAME");
  command.add_option("--auth", o.auth, "Sign in by: password, key, agent, keyboard-interactive")
      ->type_name("KIND")
      ->check(CLI::IsMember({"password", "key", "agent", "keyboard-interactive"}));
  command.add_flag("--password", o.password, "Ask for the password; from a pipe its first line is read");
  command.add_option("--key", o.key, "Private key: a file of the server's machine, /... or ~/...")->type_name("PATH");
  command.add_option("--key-file", o.key_file, "Private key: a file here whose text is stored")->type_name("FILE");
  command.add_flag("--passphrase", o.passphrase, "Ask for the key's passphrase");
  add_list(command, "--forget", o.forget, "edit: forget a stored password, private_key or passphrase")
      ->type_name("SECRET")
      ->check(CLI::IsMember({"password", "private_key", "passphrase"}));
  command.add_option("--jump", o.jump, "Go through these hosts: [USER@]HOST[:PORT],...")->type_name("HOSTS");
  command.add_option("--keepalive", o.keepalive, "A sign of life after so many quiet seconds (30; 0: never)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0, 86400));
  command.add_flag(
      "--forward-agent", [&o](std::int64_t) { o.forward_agent = true; }, "The host may use the keys of the agent");
  command.add_flag(
      "--no-forward-agent", [&o](std::int64_t) { o.forward_agent = false; }, "It may not (so it is by itself)");
  command.add_option("--host-keys", o.host_keys, "An unknown host key: ask, accept_new, strict")
      ->type_name("POLICY")
      ->check(CLI::IsMember({"ask", "accept_new", "strict"}));
  add_list(command, "--env", o.env, "Variable for what runs there; may be repeated")->type_name("NAME=VALUE");
  add_list(command, "--tag", o.tags, "Label; may be repeated. ls: only those with it")->type_name("TAG");
  command.add_option("--group", o.group, "Group. ls: only those in it")->type_name("GROUP");
  command.add_option("--color", o.colour, "Colour for people")->type_name("COLOUR");
  command.add_option("--dir", o.directory, "Where terminals start")->type_name("DIR");
}

void add_forwards(CLI::App& command, SshOptions& o) {
  add_list(command, "-L", o.local, "forward: the server listens, the host connects; may be repeated")
      ->type_name("[BIND:]PORT:HOST:HOSTPORT");
  add_list(command, "-R", o.remote, "forward: the host listens, the server connects (scope admin)")
      ->type_name("[BIND:]PORT:HOST:HOSTPORT");
  add_list(command, "-D", o.dynamic, "forward: the server listens and speaks SOCKS, the host connects")
      ->type_name("[BIND:]PORT");
  command.add_flag("--keep", o.keep, "forward: open it again whenever it is lost");
  command.add_option("--close", o.close, "forward: end the one of this id")->type_name("ID");
}

}  // namespace

void add_ssh_command(const Builder& builder) {
  CLI::App* command = builder.add(
      "ssh", "SSH connections: run commands, connect, forward ports, list, add, edit, test, import, runbooks", "SSH",
      "  duotty ssh add web deploy@web.example.org:2222 --key ~/.ssh/id_ed25519 --tag prod\n"
      "  duotty ssh add db admin@10.0.0.5 --password --jump web\n"
      "  duotty ssh test web                          the way there, step by step\n"
      "  duotty ssh shell web                         a terminal there; it goes on when you leave\n"
      "  duotty ssh connect vault                     asks you for the code that the host wants\n"
      "  duotty ssh run web -- df -h /\n"
      "  duotty ssh run db --stdin -- psql app < query.sql\n"
      "  duotty ssh forward db -L 15432:localhost:5432 --keep\n"
      "  duotty ssh forward                           what there is; --close ID ends one\n"
      "  duotty ssh run --detach web -- ./backup      prints the id of a job\n"
      "  duotty ssh import --dry-run                  your ~/.ssh/config\n"
      "  duotty ssh import bookmarks.json             electerm's export, or one of duotty's\n"
      "  duotty ssh edit web --jump gate.example.org\n"
      "  duotty ssh runbook web notes.md");
  auto o = std::make_shared<SshOptions>();
  command
      ->add_option(
          "ACTION", o->action,
          "ls (default), shell, run, connect, forward, test, accept, hangup, show, add, edit, rm, import or runbook")
      ->check(CLI::IsMember({"ls", "shell", "run", "connect", "forward", "test", "accept", "hangup", "show", "add",
                             "edit", "rm", "import", "runbook"}));
  command->add_option("NAME", o->name, "Name, id or host of a connection. import: a file here, - for standard input");
  command->add_option(
      "WHAT", o->words,
      "run: the command, behind --. add, edit: [USER@]HOST[:PORT]. runbook: a file that replaces it, or "
      "-. accept: the host key's fingerprint");
  add_profile(*command, *o);
  add_forwards(*command, *o);
  command->add_flag("--secrets", o->secrets, "show: secrets in the clear");
  command->add_option("--from", o->from, "import: what the file is, ssh_config, electerm or duotty")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"ssh_config", "electerm", "duotty"}));
  add_list(*command, "--only", o->only, "import: only the host of this name; may be repeated")->type_name("NAME");
  command->add_option("--timeout", o->timeout, "run: seconds until it is ended (60; with --detach a day)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.1, 2592000.0));
  command->add_flag("--stdin", o->takes_stdin, "run: pass standard input on");
  command->add_flag("--tty", o->tty, "run: on a terminal");
  command->add_flag("--detach", o->detach, "run: leave it as a job and print its id; duotty jobs has the rest");
  command->add_flag("--force", o->force, "run: a command that destroys, if it is meant");
  command->add_flag("--dry-run", o->dry_run, "import: only say what would be added");
  command->callback([builder, o] {
    if (o->action == "run" && builder.has_tail) {
      o->words.insert(o->words.end(), builder.tail.begin(), builder.tail.end());
      builder.tail_used = true;
    }
    Command chosen;
    chosen.name = "ssh";
    if (o->action == "shell" && !o->name.empty() && o->words.empty()) {
      chosen.on_interrupt = Command::OnInterrupt::handled;
      chosen.loop = [o](Context& context) { return ssh_shell(context, *o); };
      return builder.choose(std::move(chosen));
    }
    chosen.remote = [o](Context& context, Remote& remote) { return ssh_command(context, remote, *o); };
    builder.choose(std::move(chosen));
  });
}

}  // namespace duotty::cli
