#include "exec_command.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <csignal>
#include <cstring>
#include <duotty/base/text.hpp>
#include <nlohmann/json.hpp>

#include "render.hpp"
#include "terminal_commands.hpp"

namespace duotty::cli {
namespace {

using base::Errc;
using core::asio::experimental::awaitable_operators::operator||;

/// A temporary terminal lives this long without output should nobody be left to close it.
constexpr double kOrphanSeconds = 3600;

/// Ends with the signal after which the caller gives up: the second SIGINT, or the first of any other.
Task<int> until_given_up(Context& context, Remote& remote, std::string terminal) {
  const int first = co_await context.interrupts->next();
  if (first != SIGINT) co_return first;
  Json params = {{"terminal_id", std::move(terminal)}, {"signal", "INT"}, {"to", "foreground"}};
  auto interrupted = co_await remote.call("terminal.signal", std::move(params), {});
  if (!interrupted) co_return first;
  co_return co_await context.interrupts->next();
}

Task<base::Result<std::string>> fresh_terminal(Context& context, Remote& remote) {
  NewOptions options;
  options.ttl = kOrphanSeconds;
  options.hidden = true;
  auto params = create_params(options, context);
  if (!params) co_return params.error();
  (*params)["transient"] = true;
  auto made = co_await remote.call("terminal.create", std::move(*params), {});
  if (!made) co_return made.error();
  co_return text_of(*made, "id");
}

base::Result<Json> exec_params(const Context& context, const ExecOptions& options) {
  Json params = {{"command", base::join(options.words, " ")}, {"timeout", options.timeout}};
  if (options.force) params["force"] = true;
  if (!options.cwd.empty()) params["cwd"] = options.cwd;
  if (options.on_timeout != "none") params["on_timeout"] = options.on_timeout;
  if (options.queue) params["queue"] = true;
  if (options.isolated) params["isolated"] = true;
  if (options.background) params["background_after"] = *options.background;
  if (options.takes_stdin) {
    auto bytes = context.read_input();
    if (!bytes) return bytes.error();
    params["stdin_b64"] = base::base64_encode(*bytes);
  }
  if (!options.env.empty()) {
    auto env = env_object(options.env);
    if (!env) return env.error();
    params["env"] = std::move(*env);
  }
  return params;
}

/// Prints the rest of the output and what there is to say about how it ended.
int finish(Context& context, const Json& result, const std::string& shown, const ExecOptions& options) {
  const ExecVerdict verdict = exec_verdict(result, options);
  if (context.globals.json) {
    context.print_json(result);
    return verdict.status;
  }
  bool diverged = false;
  const std::string rest = rest_of_output(shown, result, diverged);
  if (diverged && !context.globals.quiet) {
    context.console.note("Some live output was skipped; from here on it is complete.");
  }
  context.console.out(rest);
  if (flag_of(result, "truncated") && !context.globals.quiet && shown.empty()) {
    context.console.note("The middle of the output was left out (" + byte_count(number_of(result, "omitted_bytes")) +
                         ").");
  }
  if (!verdict.sentence.empty()) context.console.note(verdict.sentence);
  return verdict.status;
}

/// The server speaks of its methods; here they are options.
base::Error with_advice(const base::Error& error) {
  if (error.code() != Errc::busy) return error;
  return {Errc::busy, error.message() +
                          " Here: --queue waits for it, --isolated runs this command in a fresh terminal of the same "
                          "kind, --new in one of its own."};
}

}  // namespace

std::optional<int> signal_number(std::string name) {
  if (name.starts_with("SIG")) name.erase(0, 3);
  for (int number = 1; number < NSIG; ++number) {
    const char* abbreviation = ::sigabbrev_np(number);
    if (abbreviation && name == abbreviation) return number;
  }
  return std::nullopt;
}

std::string rest_of_output(const std::string& shown, const Json& result, bool& diverged) {
  diverged = false;
  const std::string whole = text_of(result, "stdout");
  if (whole.starts_with(shown)) return whole.substr(shown.size());
  // With its middle left out the result is shorter than what was shown; then only the end can be missing.
  const auto total = static_cast<std::size_t>(std::max(0.0, number_of(result, "total_bytes")));
  if (flag_of(result, "truncated") && total >= shown.size() && total - shown.size() <= whole.size()) {
    return whole.substr(whole.size() - (total - shown.size()));
  }
  diverged = true;
  const auto differ = std::mismatch(shown.begin(), shown.end(), whole.begin(), whole.end());
  std::size_t same = static_cast<std::size_t>(differ.second - whole.begin());
  while (same > 0 && whole[same - 1] != '\n') --same;
  return whole.substr(same);
}

ExecVerdict exec_verdict(const Json& result, const ExecOptions& options) {
  const std::string status = text_of(result, "status");
  const std::string reason = text_of(result, "reason");
  const bool timed_out = reason == "timeout" || status == "timeout";
  if (const auto code = record::int_of(result, "exit_code"); code && !timed_out) return {*code & 0xff, {}};
  if (const std::string name = text_of(result, "signal"); !name.empty()) {
    const auto number = signal_number(name);
    return {number ? exit_status::signal_base + *number : exit_status::unknown_code,
            "The shell was ended by " + name + "."};
  }
  if (const std::string job = text_of(result, "job_id"); !job.empty() && reason == "background") {
    return {exit_status::timed_out, "The command goes on as job " + visible_line(job) +
                                        "; duotty call job.wait -p job_id=" + visible_line(job) + " waits for it."};
  }
  if (status == "rejected" && reason == "destructive") {
    return {exit_status::refused, "Not run: " + visible_line(text_of(result.value("gate", Json::object()), "message"))};
  }
  if (status == "not_started" && reason == "line_lost") {
    return {exit_status::unknown_code,
            "The command did not start: the shell lost or changed the line that was typed. Run it again."};
  }
  if (status == "not_started" && reason == "line_changed") {
    return {exit_status::unknown_code,
            "The command did not run: a key binding or widget of the shell made another line of it, which ran instead. "
            "Look at the terminal, or use --isolated."};
  }
  if (status == "not_started") {
    const std::string program = text_of(result, "foreground");
    if (reason == "nested") {
      return {base::info(Errc::busy).exit,
              "Not run: " + visible_line(program) +
                  " has a prompt of its own in the terminal and does not tell how commands "
                  "end. Leave it, or use --isolated."};
    }
    return {base::info(Errc::busy).exit, "Not run: " + (program.empty() ? "something else" : visible_line(program)) +
                                             " has had the terminal for all of the time limit (--timeout)."};
  }
  if (timed_out || status == "running" || status == "awaiting_input") {
    const char* then = options.on_timeout == "kill"        ? " and was killed"
                       : options.on_timeout == "interrupt" ? " and was interrupted"
                                                           : " and goes on in the terminal";
    std::string sentence = "The command has not ended after " + long_duration(options.timeout) + then;
    const Json awaiting = result.value("awaiting", Json());
    if (awaiting.is_object()) {
      const std::string prompt = text_of(awaiting, "prompt_text");
      sentence += ", waiting for input" + (prompt.empty() ? std::string() : ": " + visible_line(prompt));
    }
    return {exit_status::timed_out, sentence + "."};
  }
  if (!flag_of(result, "alive") && status == "shell_exited") {
    return {exit_status::unknown_code, "The shell ended before the command's exit code was known."};
  }
  const std::string why = reason.empty() ? status : reason;
  return {exit_status::unknown_code, "The command's exit code is not known" +
                                         (why.empty() ? std::string() : " (" + visible_line(why) + ")") + "."};
}

Task<int> exec_command(Context& context, Remote& remote, ExecOptions options) {
  auto params = exec_params(context, options);
  if (!params) co_return context.fail(params.error());
  const bool fresh = options.terminal.empty() || options.terminal == "-";
  if (fresh) {
    auto made = co_await fresh_terminal(context, remote);
    if (!made) co_return context.fail(made.error());
    options.terminal = *made;
  }
  (*params)["terminal_id"] = options.terminal;

  std::string shown;
  bool live = !context.globals.json;
  const auto print = [&context, &shown, &live](const Json& progress) {
    // Behind a hole nothing is printed as it comes: the result has all of it, in order.
    live = live && !flag_of(progress, "gap");
    if (!live) return;
    const std::string piece = text_of(progress, "output");
    context.console.out(piece);
    shown += piece;
  };
  auto race =
      remote.call("terminal.exec", std::move(*params), print) || until_given_up(context, remote, options.terminal);
  auto outcome = co_await std::move(race);
  if (fresh) {
    Json gone = {{"terminal_id", options.terminal}};
    auto closed = co_await remote.call("terminal.delete", std::move(gone), {});
    static_cast<void>(closed);  // its idle limit removes it otherwise
  }
  if (outcome.index() == 1) co_return exit_status::signal_base + std::get<1>(outcome);
  const auto& result = std::get<0>(outcome);
  if (!result) co_return context.fail(with_advice(result.error()), remote.details_of(result.error()));
  co_return finish(context, *result, shown, options);
}

}  // namespace duotty::cli
