#include "record_command.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <duotty/base/unique_fd.hpp>
#include <duotty/core/replace_file.hpp>
#include <duotty/record/json_members.hpp>
#include <nlohmann/json.hpp>

#include "builder.hpp"
#include "play_command.hpp"
#include "render.hpp"
#include "terminal_commands.hpp"

namespace duotty::cli {
namespace {

using base::Errc;
using base::Error;
using record::integer_of;
using record::number_of;
using record::text_of;
using namespace std::chrono_literals;
using core::asio::experimental::awaitable_operators::operator||;

/// Bytes of a recording that are asked for at a time.
constexpr int kPage = 1024 * 1024;
constexpr auto kLookAgain = 500ms;

std::string made_name(const std::string& terminal) {
  std::string out;
  for (const char c : terminal) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
    out += plain ? c : '_';
  }
  std::tm local{};
  const std::time_t now = std::time(nullptr);
  ::localtime_r(&now, &local);
  return fmt::format("{}-{:%Y%m%d-%H%M%S}.cast", out.empty() ? "terminal" : out, local);
}

/// Before anything is recorded: whether the file may be made. Errors: conflict.
base::Result<> may_write(const RecordOptions& options) {
  struct stat st {};
  if (options.file == "-" || options.force || ::lstat(options.file.c_str(), &st) != 0) return {};
  return Error(Errc::conflict, options.file + " is there already. Name another file, or say --force.");
}

/// For the person alone: a recording may show anything.
base::Result<> write_file(Context& context, const RecordOptions& options, const std::string& text) {
  if (options.file == "-") {
    context.console.out(text);
    return {};
  }
  const int how = O_WRONLY | O_CREAT | O_CLOEXEC | (options.force ? O_TRUNC : O_EXCL);
  const base::UniqueFd fd(::open(options.file.c_str(), how, 0600));
  if (!fd || !core::write_all(fd.get(), text)) {
    return Error(Errc::io, "Cannot write " + options.file + ": " + std::strerror(errno) + ".");
  }
  context.say("Wrote " + options.file + ".");
  return {};
}

Task<base::Result<std::string>> fetch(Remote& remote, std::string id) {
  std::string text;
  while (true) {
    Json params = {{"recording_id", id}, {"offset", text.size()}, {"limit", kPage}};
    auto part = co_await remote.call("record.get", std::move(params), {});
    if (!part) co_return part.error();
    if (!part->is_string())
      co_return Error(Errc::protocol, "The server answered with something else than a recording.");
    if (part->get_ref<const std::string&>().empty()) break;
    text += part->get_ref<const std::string&>();
  }
  co_return text;
}

Task<int> list_recordings(Context& context, Remote& remote) {
  Json nothing = Json::object();
  auto listed = co_await remote.call("record.list", std::move(nothing), {});
  if (!listed) co_return context.fail(listed.error());
  if (context.globals.json) {
    context.print_json(*listed);
    co_return exit_status::ok;
  }
  std::vector<std::vector<Cell>> rows;
  for (const Json& one : record::list_of(*listed, "recordings")) {
    rows.push_back({{text_of(one, "recording_id"), "1"},
                    {visible_line(text_of(one, "terminal_name")), ""},
                    {text_of(one, "state"), text_of(one, "state") == "running" ? "32" : "2"},
                    {short_duration(number_of(one, "duration")), ""},
                    {byte_count(number_of(one, "bytes")), ""},
                    {visible_line(text_of(one, "title")), ""}});
  }
  if (rows.empty()) {
    context.say("There are no recordings. Begin one with: duotty record TERM");
  } else {
    print_table(context, {"ID", "TERMINAL", "STATE", "LENGTH", "SIZE", "TITLE"}, rows);
  }
  co_return exit_status::ok;
}

/// Suspends until the recording has ended by itself.
Task<base::Result<>> until_over(Remote& remote, std::string id) {
  while (true) {
    co_await core::sleep_for(kLookAgain);
    Json nothing = Json::object();
    auto listed = co_await remote.call("record.list", std::move(nothing), {});
    if (!listed) co_return listed.error();
    bool running = false;
    for (const Json& one : record::list_of(*listed, "recordings")) {
      running = running || (text_of(one, "recording_id") == id && text_of(one, "state") == "running");
    }
    if (!running) co_return base::Result<>();
  }
}

Task<base::Result<Json>> stop_recording(Remote& remote, std::string terminal) {
  Json params = {{"terminal_id", std::move(terminal)}};
  co_return co_await remote.call("record.stop", std::move(params), {});
}

Task<int> fetch_into_file(Context& context, Remote& remote, const RecordOptions& options, std::string id) {
  auto text = co_await fetch(remote, std::move(id));
  if (!text) co_return context.fail(text.error());
  if (auto written = write_file(context, options, *text); !written) co_return context.fail(written.error());
  co_return exit_status::ok;
}

Task<int> record_now(Context& context, Remote& remote, const RecordOptions& options) {
  Json params = {{"terminal_id", options.terminal},
                 {"title", options.title},
                 {"max_bytes", static_cast<std::int64_t>(options.max_mib * 1024 * 1024)}};
  auto begun = co_await remote.call("record.start", std::move(params), {});
  if (!begun) co_return context.fail(begun.error());
  const std::string id = text_of(*begun, "recording_id");
  if (options.background) {
    if (context.globals.json) {
      context.print_json(*begun);
    } else {
      context.console.out_line(id);
    }
    co_return exit_status::ok;
  }
  context.say("Recording. Ctrl+C ends it.");
  auto race = until_over(remote, id) || context.interrupts->next();
  auto ended = co_await std::move(race);
  if (ended.index() == 0 && !std::get<0>(ended)) {
    if (!context.globals.quiet) {
      context.console.note("The recording goes on. Get it with: duotty record " + options.terminal + " --stop");
    }
    co_return context.fail(std::get<0>(ended).error());
  }
  if (ended.index() == 1) {
    auto stopped = co_await stop_recording(remote, text_of(*begun, "terminal_id"));
    const bool over =
        stopped || stopped.error().code() == Errc::not_found || stopped.error().code() == Errc::terminal_not_found;
    if (!over) co_return context.fail(stopped.error());
  }
  co_return co_await fetch_into_file(context, remote, options, id);
}

}  // namespace

Task<int> record_command(Context& context, Remote& remote, RecordOptions options) {
  if (options.terminal.empty()) co_return co_await list_recordings(context, remote);
  if (options.file.empty()) options.file = made_name(options.terminal);
  if (!options.background) {
    if (auto may = may_write(options); !may) co_return context.fail(may.error());
  }
  if (options.history) {
    Json params = {{"terminal_id", options.terminal}};
    auto kept = co_await remote.call("record.history", std::move(params), {});
    if (!kept) co_return context.fail(kept.error());
    const std::string text = kept->is_string() ? kept->get<std::string>() : std::string();
    if (auto written = write_file(context, options, text); !written) co_return context.fail(written.error());
    co_return exit_status::ok;
  }
  if (options.stop) {
    auto stopped = co_await stop_recording(remote, options.terminal);
    if (!stopped) co_return context.fail(stopped.error());
    co_return co_await fetch_into_file(context, remote, options, text_of(*stopped, "recording_id"));
  }
  co_return co_await record_now(context, remote, options);
}

namespace {

void add_record(const Builder& builder) {
  CLI::App* command = builder.add("record", "Record what a terminal shows into an asciicast file", "Terminals",
                                  "  duotty record build                     until Ctrl+C, into build-<time>.cast\n"
                                  "  duotty record build demo.cast --title 'a release'\n"
                                  "  duotty record build --background\n"
                                  "  duotty record build demo.cast --stop\n"
                                  "  duotty record build --history           what is kept of it already\n"
                                  "  duotty record                           the recordings there are\n"
                                  "\n"
                                  "What is typed is not in it, unless the program echoes it.");
  auto o = std::make_shared<RecordOptions>();
  command->add_option("TERM", o->terminal, "Id or name of the terminal");
  command->add_option("FILE", o->file, "File to write, or - for standard output");
  command->add_option("--title", o->title, "Title of the file")->type_name("TEXT");
  command->add_option("--max-size", o->max_mib, "Where it ends, in MiB (default 16)")
      ->type_name("MIB")
      ->check(CLI::Range(1.0, 64.0));
  command->add_flag("--background", o->background, "Begin, print the recording's id and return");
  command->add_flag("--stop", o->stop, "End the recording that runs, and write it");
  command->add_flag("--history", o->history, "Write what the server keeps of the terminal anyway");
  command->add_flag("--force", o->force, "Replace FILE");
  command->callback([builder, o] {
    if (int{o->background} + int{o->stop} + int{o->history} > 1) {
      builder.problem = "Only one of --background, --stop and --history makes sense at a time.";
    }
    Command chosen;
    chosen.name = "record";
    chosen.on_interrupt = Command::OnInterrupt::handled;
    chosen.remote = [o](Context& context, Remote& remote) { return record_command(context, remote, *o); };
    builder.choose(std::move(chosen));
  });
}

void add_play(const Builder& builder) {
  CLI::App* command = builder.add("play", "Play an asciicast file in this terminal", "Terminals",
                                  "  duotty play demo.cast\n"
                                  "  duotty play demo.cast --speed 2 --idle 1\n"
                                  "\n"
                                  "Space pauses, . is one step, ] goes to the next command, + and - change the speed, "
                                  "q leaves.");
  auto o = std::make_shared<PlayOptions>();
  command->add_option("FILE", o->file, "File to play")->required();
  command->add_option("-s,--speed", o->speed, "Twice as fast with 2 (default 1)")
      ->type_name("N")
      ->check(CLI::Range(0.0625, 64.0));
  command->add_option("-i,--idle", o->idle, "Longest pause in seconds (default: as recorded)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.01, 86400.0));
  command->callback([builder, o] {
    Command chosen;
    chosen.name = "play";
    chosen.on_interrupt = Command::OnInterrupt::handled;
    chosen.loop = [o](Context& context) { return play_command(context, *o); };
    builder.choose(std::move(chosen));
  });
}

}  // namespace

void add_record_commands(const Builder& builder) {
  add_record(builder);
  add_play(builder);
}

}  // namespace duotty::cli
