// `duotty ssh run` and what belongs to getting there: test, accept, hangup.
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <duotty/base/text.hpp>
#include <nlohmann/json.hpp>

#include "attach.hpp"
#include "exec_command.hpp"
#include "render.hpp"
#include "ssh_answers.hpp"
#include "ssh_commands.hpp"
#include "terminal_commands.hpp"

namespace duotty::cli {
namespace {

using base::Errc;
using base::Error;
using core::asio::experimental::awaitable_operators::operator||;

/// The bytes of an output: exactly where they are no text.
std::string bytes_of(const Json& from, const std::string& name) {
  const std::string exact = text_of(from, (name + "_b64").c_str());
  if (exact.empty()) return text_of(from, name.c_str());
  auto bytes = base::base64_decode(exact);
  return bytes ? std::move(*bytes) : std::string();
}

/// What came live of both outputs, so that the end adds what is missing and nothing twice.
struct Shown {
  Context& context;
  bool live = true;
  std::string out{};
  std::string err{};

  void print(bool is_error, const std::string& bytes) {
    (is_error ? err : out) += bytes;
    if (is_error) {
      context.console.err(bytes);
    } else {
      context.console.out(bytes);
    }
  }
  void progress(const Json& data) {
    live = live && !flag_of(data, "gap");
    if (live) print(text_of(data, "stream") == "stderr", bytes_of(data, "output"));
  }
  void rest(const Json& result, const char* name, bool is_error) {
    const std::string whole = bytes_of(result, name);
    const std::string& have = is_error ? err : out;
    if (whole.starts_with(have)) print(is_error, whole.substr(have.size()));
  }
};

base::Result<Json> run_params(const Context& context, const SshOptions& options) {
  Json params = {{"conn_id", options.name}, {"command", base::join(options.words, " ")}};
  if (options.timeout) params["timeout"] = *options.timeout;
  if (options.directory) params["cwd"] = *options.directory;
  if (options.tty) params["pty"] = true;
  if (options.force) params["force"] = true;
  if (!options.env.empty()) {
    auto env = env_object(options.env);
    if (!env) return env.error();
    params["env"] = std::move(*env);
  }
  if (options.takes_stdin) {
    auto bytes = context.read_input();
    if (!bytes) return bytes.error();
    params["stdin_b64"] = base::base64_encode(*bytes);
  }
  return params;
}

int status_of(Context& context, const Json& result) {
  const std::string status = text_of(result, "status");
  if (status == "timeout") {
    context.console.note("It took longer than the timeout and was ended; --timeout gives it more.");
    return exit_status::timed_out;
  }
  if (const auto code = record::int_of(result, "exit_code")) return *code & 0xff;
  if (const std::string name = text_of(result, "signal"); !name.empty()) {
    context.console.note("The command was ended by SIG" + visible_line(name) + ".");
    const auto number = signal_number(name);
    return number ? exit_status::signal_base + *number : exit_status::unknown_code;
  }
  context.console.note(status == "lost" ? "The connection was lost while it ran."
                                        : "The host did not say how it ended.");
  return exit_status::unknown_code;
}

void print_key(Context& context, const Json& key) {
  context.console.out_line(visible_line(text_of(key, "host")) + " shows " + text_of(key, "type") + " " +
                           text_of(key, "fingerprint") + " (" + text_of(key, "state") + ")");
  for (const auto& one : record::list_of(key, "stored")) {
    if (one.is_string()) context.console.out_line("accepted is " + visible_line(one.get<std::string>()));
  }
}

/// Leaves the command as a job. Standard output has its id alone, for scripts.
Task<int> ssh_detach(Context& context, Remote& remote, Json params) {
  auto started = co_await remote.call("ssh.run_async", std::move(params), {});
  if (!started) co_return context.fail(started.error(), remote.details_of(started.error()));
  if (context.globals.json) {
    context.print_json(*started);
    co_return exit_status::ok;
  }
  const std::string job = text_of(*started, "job_id");
  context.console.out_line(job);
  if (!context.globals.quiet) context.console.note("It goes on by itself: duotty jobs output " + job + " --follow");
  co_return exit_status::ok;
}

}  // namespace

Task<int> ssh_run(Context& context, Remote& remote, const SshOptions& options) {
  if (options.words.empty()) {
    co_return context.fail({Errc::invalid_params, "Say what to run: duotty ssh run NAME -- COMMAND"});
  }
  auto params = run_params(context, options);
  if (!params) co_return context.fail(params.error());
  if (options.detach) co_return co_await ssh_detach(context, remote, std::move(*params));
  Shown shown{context, !context.globals.json};
  const auto print = [&shown](const Json& data) { shown.progress(data); };
  auto race = remote.call("ssh.run", std::move(*params), print) || context.interrupts->next();
  auto outcome = co_await std::move(race);
  if (outcome.index() == 1) co_return exit_status::signal_base + std::get<1>(outcome);
  const auto& result = std::get<0>(outcome);
  if (!result) co_return context.fail(result.error(), remote.details_of(result.error()));
  if (context.globals.json) {
    context.print_json(*result);
  } else {
    shown.rest(*result, "stdout", false);
    shown.rest(*result, "stderr", true);
  }
  co_return status_of(context, *result);
}

Task<int> ssh_connect(Context& context, Remote& remote, const SshOptions& options) {
  auto done = co_await connect_asking(context, remote, options.name);
  if (!done) co_return context.fail(done.error(), remote.details_of(done.error()));
  if (context.globals.json) {
    context.print_json(*done);
    co_return exit_status::ok;
  }
  const std::string banner = flag_of(*done, "reused") ? "" : text_of(*done, "banner");
  for (const std::string_view line : base::split(banner, '\n')) {
    if (!base::trim(line).empty()) context.say(visible_line(std::string(line)));
  }
  context.say(flag_of(*done, "reused") ? "The connection is there." : "Connected by " + text_of(*done, "method") + ".");
  co_return exit_status::ok;
}

Task<int> ssh_test(Context& context, Remote& remote, const SshOptions& options) {
  Json params = {{"conn_id", options.name}};
  auto done = co_await remote.call("ssh.connections.test", std::move(params), {});
  if (!done) co_return context.fail(done.error());
  const bool ok = flag_of(*done, "ok");
  if (context.globals.json) {
    context.print_json(*done);
    co_return ok ? exit_status::ok : 1;
  }
  for (const auto& step : record::list_of(*done, "steps")) {
    context.console.out_line((flag_of(step, "ok") ? "ok    " : "FAILS ") + text_of(step, "step") + ": " +
                             visible_line(text_of(step, "detail")) + " (" +
                             std::to_string(record::integer_of(step, "duration_ms")) + " ms)");
  }
  if (!ok && record::list_of(*done, "steps").empty()) context.console.note("" + text_of(*done, "message") + "");
  if (text_of(*done, "reason") == "host_key_unknown") {
    context.say("If it is the host's own key: duotty ssh accept " + options.name + " FINGERPRINT");
  }
  co_return ok ? exit_status::ok : 1;
}

Task<int> ssh_accept(Context& context, Remote& remote, const SshOptions& options) {
  Json params = {{"conn_id", options.name}};
  const bool accept = !options.what.empty();
  if (accept) params["fingerprint"] = options.what;
  auto done = co_await remote.call(accept ? "ssh.host_keys.accept" : "ssh.host_keys.show", std::move(params), {});
  if (!done) co_return context.fail(done.error());
  if (context.globals.json) {
    context.print_json(*done);
    co_return exit_status::ok;
  }
  print_key(context, *done);
  if (!accept && text_of(*done, "state") != "known") {
    context.say("Compare it with what the host's own console says, then: duotty ssh accept " + options.name + " " +
                text_of(*done, "fingerprint"));
  }
  co_return exit_status::ok;
}

Task<int> ssh_hang_up(Context& context, Remote& remote, const SshOptions& options) {
  Json params = {{"conn_id", options.name}};
  auto done = co_await remote.call("ssh.hang_up", std::move(params), {});
  if (!done) co_return context.fail(done.error());
  if (context.globals.json) {
    context.print_json(*done);
  } else {
    context.say(flag_of(*done, "was_connected") ? "Hung up." : "There was no connection.");
  }
  co_return exit_status::ok;
}

Task<int> ssh_shell(Context& context, const SshOptions& options) {
  AttachOptions attach;
  attach.connection = options.name;
  co_return co_await attach_command(context, std::move(attach));
}

}  // namespace duotty::cli
