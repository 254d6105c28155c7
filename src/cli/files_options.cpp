// The command line of `duotty files`.
#include "builder.hpp"
#include "files_commands.hpp"

namespace duotty::cli {

void add_files_command(const Builder& builder) {
  CLI::App* command =
      builder.add("files", "List, copy, show and remove files of the server's machine or of a host", "Files",
                  "  duotty files ls ~/project\n"
                  "  duotty files put disk.img ~/images/\n"
                  "  duotty files get ~/report.pdf\n"
                  "  duotty files cat ~/notes.txt\n"
                  "  duotty files rm -r ~/project/out\n"
                  "  duotty files get -r web:project/logs\n"
                  "  duotty files put *.conf web:/etc/app/\n"
                  "  pg_dump app | duotty files put - db:dumps/app.sql\n"
                  "  duotty files sync --delete site/ web:/srv/site\n"
                  "  duotty files edit web:/etc/hosts");
  auto o = std::make_shared<FilesOptions>();
  command->add_option("ACTION", o->action, "ls, get, put, cat, rm, sync or edit")
      ->required()
      ->check(CLI::IsMember({"ls", "get", "put", "cat", "rm", "sync", "edit"}));
  command
      ->add_option(
          "PATH", o->words,
          "NAME:PATH on a host, /... or ~/... there, or a file here: ls, cat, rm, edit: THERE; get: THERE [HERE]; "
          "put: HERE [THERE]; sync: FROM TO. get, put: several before the last; - is standard input or output")
      ->required();
  command->add_option("--on", o->connection, "Id, name or host of an SSH connection whose files are meant")
      ->type_name("CONNECTION");
  command->add_flag("-f,--force", o->force, "get, put: replace a file that is there");
  command->add_flag("-r,--recursive", o->recursive, "get, put, rm: a folder with all that is in it");
  command->add_flag("--delete", o->remove, "sync: remove what FROM does not have");
  command->add_flag("-n,--dry-run", o->dry_run, "sync: only say what would be done");
  command->add_flag("-a,--all", o->all, "ls: also names that begin with a dot");
  command->callback([builder, o] {
    Command chosen;
    chosen.name = "files";
    // An editor gets what is typed.
    if (o->action == "edit") chosen.on_interrupt = Command::OnInterrupt::handled;
    chosen.remote = [o](Context& context, Remote& remote) { return files_command(context, remote, *o); };
    builder.choose(std::move(chosen));
  });
}

}  // namespace duotty::cli
