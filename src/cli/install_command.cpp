#include "install_command.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <duotty/base/random.hpp>
#include <duotty/base/text.hpp>
#include <duotty/base/unique_fd.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "client_config.hpp"

namespace duotty::cli {
namespace {

namespace fs = std::filesystem;
using base::Errc;
using base::Error;

Error file_error(const char* verb, const std::string& path) {
  return {Errc::io, "Cannot " + std::string(verb) + " " + path + ": " + std::strerror(errno) + "."};
}

/// The text of a file; empty when there is none.
base::Result<std::string> text_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    if (errno == ENOENT || errno == ENOTDIR) return std::string();
    return file_error("read", path);
  }
  return std::string(std::istreambuf_iterator<char>(file), {});
}

/// Replaces a file at once, or makes it; what it was readable for, it stays.
base::Result<> replace_file(const ClientFile& file, const std::string& text) {
  std::error_code ec;
  // A link stays one: what it leads to is replaced.
  fs::path path = fs::weakly_canonical(file.path, ec);
  if (ec) path = file.path;
  fs::create_directories(path.parent_path(), ec);
  struct stat now {};
  const mode_t fresh = file.project ? 0644 : 0600;
  const mode_t mode = ::stat(path.c_str(), &now) == 0 ? now.st_mode & 0777 : fresh;
  const std::string temporary = path.string() + "." + base::make_id();
  {
    const base::UniqueFd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return file_error("write", temporary);
    const bool written = write_all(fd.get(), text) && ::fchmod(fd.get(), mode) == 0 && ::fsync(fd.get()) == 0;
    if (!written) {
      const Error error = file_error("write", temporary);
      ::unlink(temporary.c_str());
      return error;
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const Error error = file_error("replace", path.string());
    ::unlink(temporary.c_str());
    return error;
  }
  return {};
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
    command.push_back("--home");
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
  const auto written = replace_file(*file, *after);
  if (!written) return context.fail(written.error());
  context.say("Written. Restart " + options.client + " to use it.");
  return exit_status::ok;
}

}  // namespace duotty::cli
