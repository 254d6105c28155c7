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
                  "  duotty files rm -r ~/project/out");
  auto o = std::make_shared<FilesOptions>();
  command->add_option("ACTION", o->action, "ls, get, put, cat or rm")
      ->required()
      ->check(CLI::IsMember({"ls", "get", "put", "cat", "rm"}));
  command->add_option("FROM", o->first, "A path there, /... or ~/...; put: a file here")->required();
  command->add_option("TO", o->second, "get: a file here, - for standard output; put: a path there");
  command->add_option("--on", o->connection, "Id, name or host of an SSH connection whose files are meant")
      ->type_name("CONNECTION");
  command->add_flag("-f,--force", o->force, "get, put: replace a file that is there");
  command->add_flag("-r,--recursive", o->recursive, "rm: a folder with all that is in it");
  command->add_flag("-a,--all", o->all, "ls: also names that begin with a dot");
  command->callback([builder, o] {
    Command chosen;
    chosen.name = "files";
    chosen.remote = [o](Context& context, Remote& remote) { return files_command(context, remote, *o); };
    builder.choose(std::move(chosen));
  });
}

}  // namespace duotty::cli
