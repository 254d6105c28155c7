#include "log_command.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <duotty/base/text.hpp>
#include <nlohmann/json.hpp>

#include "builder.hpp"
#include "render.hpp"

namespace duotty::cli {
namespace {

using base::Errc;
using base::Error;
using core::LogLevel;
using namespace std::chrono_literals;

constexpr auto kLookAgain = 100ms;

/// A line whose level is not known is always shown: it may be what is looked for.
bool wanted(std::string_view line, LogLevel least) {
  const auto level = core::log_level_named(core::parse_log_line(line).level);
  return !level || *level >= least;
}

void print(Context& context, std::string_view line) {
  const core::LogLine parts = core::parse_log_line(line);
  if (context.globals.json) {
    Json json = {{"text", base::to_valid_utf8(parts.text)}};
    if (!parts.level.empty()) json.update({{"time", parts.time}, {"level", parts.level}});
    return context.console.out_line(json.dump());
  }
  const std::string shown = visible_line(base::to_valid_utf8(line));
  const bool coloured = context.environment.wants_colour();
  const char* const style = !coloured                  ? ""
                            : parts.level == "error"   ? "\x1b[31m"
                            : parts.level == "warning" ? "\x1b[33m"
                                                       : "";
  context.console.out_line(*style == 0 ? shown : style + shown + "\x1b[0m");
}

/// Opens the newest file and prints the last lines of all of them.
void print_last(Context& context, const LogOptions& options, core::LogReader& newest) {
  std::deque<std::string> last;
  const auto take = [&](std::string_view line) {
    if (!wanted(line, options.level)) return;
    last.emplace_back(line);
    if (options.lines && last.size() > *options.lines) last.pop_front();
  };
  newest.read_all(context.paths.log_file, take);
  for (const std::string& line : last) print(context, line);
}

/// Why there is nothing to print; nothing when there is.
std::optional<Error> trouble(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) return Error(Errc::io, path + " is not a file.");
  if (::access(path.c_str(), R_OK) == 0) return {};
  if (errno != ENOENT) return Error(Errc::io, path + " cannot be read: " + std::strerror(errno) + ".");
  for (const std::string& older : core::older_log_files(path)) {
    if (::access(older.c_str(), R_OK) == 0) return {};
  }
  return Error(Errc::not_found, "There is no log yet: no server of this user has run with " + path +
                                    ". --home or DUOTTY_HOME say where a server keeps its files.");
}

}  // namespace

Task<int> logs_command(Context& context, LogOptions options) {
  const std::string& path = context.paths.log_file;
  if (options.path) {
    if (context.globals.json) {
      context.print_json({{"path", path}});
    } else {
      context.console.out_line(path);
    }
    co_return exit_status::ok;
  }
  if (!context.endpoint.local()) {
    co_return context.fail({Errc::unsupported,
                            "The log is a file on the machine where the server runs: run duotty logs "
                            "there, or add --local for the server of this machine."});
  }
  const auto missing = trouble(path);
  if (missing && (!options.follow || missing->code() != Errc::not_found)) co_return context.fail(*missing);
  core::LogReader reader;
  print_last(context, options, reader);
  const auto take = [&](std::string_view line) {
    if (wanted(line, options.level)) print(context, line);
  };
  while (options.follow && !context.console.broken()) {
    co_await core::sleep_for(kLookAgain);
    reader.read(take);
    if (reader.is(path)) continue;
    reader.read(take);  // what was written until it was renamed
    if (reader.open(path)) reader.read(take);
  }
  co_return exit_status::ok;
}

void add_log_command(const Builder& builder) {
  CLI::App* command = builder.add("logs", "Print what the server of this user has logged", "Server",
                                  "  duotty logs -n 20\n"
                                  "  duotty logs -f --level warning\n"
                                  "  duotty logs -n all --json | jq -r .text\n"
                                  "\n"
                                  "It reads the file that --path names, also when no server runs.");
  struct Given {
    LogOptions options;
    std::string lines = "100";
    std::string level = "debug";
  };
  auto o = std::make_shared<Given>();
  command->add_flag("-f,--follow", o->options.follow, "Go on printing until Ctrl+C");
  command->add_option("-n,--lines", o->lines, "The last so many lines (default 100), or all")->type_name("N");
  command->add_option("--level", o->level, "Only lines of this weight and above (default debug)")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
  command->add_flag("--path", o->options.path, "Print the name of the file instead");
  command->callback([builder, o] {
    const auto count = base::parse_u64(o->lines);
    if (!count && o->lines != "all") {
      builder.problem = "--lines takes a number or \"all\", not \"" + base::shorten(o->lines, 40) + "\".";
    }
    o->options.lines = count ? std::optional<std::size_t>(*count) : std::nullopt;
    o->options.level = core::log_level_named(o->level).value_or(LogLevel::debug);
    Command chosen;
    chosen.name = "logs";
    chosen.loop = [o](Context& context) { return logs_command(context, o->options); };
    builder.choose(std::move(chosen));
  });
}

}  // namespace duotty::cli
