#include "install_command.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <duotty/base/text.hpp>
#include <duotty/core/replace_file.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "client_config.hpp"

namespace duotty::cli {
namespace {

namespace fs = std::filesystem;
using base::Errc;
using base::Error;

/// The text of a file; empty when there is none.
base::Result<std::string> text_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    if (errno == ENOENT || errno == ENOTDIR) return std::string();
    return Error(Errc::io, "Cannot read " + path + ": " + std::strerror(errno) + ".");
  }
  return std::string(std::istreambuf_iterator<char>(file), {});
}

/// The command of the entry: by name where the name leads here, else by path.
std::vector<std::string> command_of(const Context& context) {
  std::error_code ec;
  const fs::path self = fs::read_symlink("/proc/self/exe", ec);
  std::string program = self.string();
  const std::string path = context.environment.get("PATH");
  for (const auto folder : base::split(path, ':')) {
    const fs::path candidate = fs::path(std::string(folder)) / "duotty";
    if (folder.empty() || ::access(candidate.c_str(), X_OK) != 0) continue;
    if (fs::equivalent(candidate, self, ec)) program = "duotty";
    break;
  }
  std::vector<std::string> command = {program, "mcp", "--start"};
  // The program that reads the entry need not have our environment.
  const std::string home = context.globals.home.empty() ? context.environment.get("DUOTTY_HOME") : context.globals.home;
  if (!home.empty()) {
    command.emplace_back("--home");
    command.push_back(fs::absolute(home, ec).string());
  }
  return command;
}

bool person_agrees(Context& context) {
  context.console.out("Write this? [y/N] ");
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace

int install_command(Context& context, const InstallOptions& options) {
  const auto file = client_file(options.client, context.environment, options.project);
  if (!file) return context.fail(file.error());
  const auto before = text_of_file(file->path);
  if (!before) return context.fail(before.error());
  const auto after = with_server(*file, *before, command_of(context));
  if (!after) return context.fail(after.error());
  if (*after == *before) {
    context.say("It is in " + file->path + " already.");
    return exit_status::ok;
  }
  context.say(file->path + (before->empty() ? " (new):" : ":"));
  context.console.out(changed_lines(*before, *after));
  if (options.print) return exit_status::ok;
  if (!options.yes) {
    if (!context.environment.in_is_tty) {
      context.console.note("Nobody can be asked here: say --yes to write it, or --print only to see it.");
      return exit_status::usage;
    }
    if (!person_agrees(context)) {
      context.say("Nothing was written.");
      return exit_status::ok;
    }
  }
  // The program may have written to it while the person was reading.
  const auto now = text_of_file(file->path);
  if (!now || *now != *before) {
    return context.fail({Errc::conflict, file->path + " was changed meanwhile. Nothing was written; try again."});
  }
  std::error_code ignored;
  fs::create_directories(fs::path(file->path).parent_path(), ignored);
  const mode_t mode = file->project ? 0644 : 0600;
  const core::ReplaceOptions how{.mode = mode, .keeps_mode = true, .follows = true, .shared = true};
  const auto written = core::replace_file(file->path, *after, how);
  if (!written) return context.fail(written.error());
  context.say("Written. Restart " + options.client + " to use it.");
  return exit_status::ok;
}

}  // namespace duotty::cli
