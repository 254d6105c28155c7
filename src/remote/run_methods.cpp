// Commands on hosts: a channel of their own each, no terminal and nothing guessed.
#include <boost/asio/this_coro.hpp>
#include <duotty/base/plain_text.hpp>
#include <duotty/base/random.hpp>
#include <duotty/base/text.hpp>
#include <duotty/core/event.hpp>
#include <duotty/remote/run_desk.hpp>
#include <duotty/ssh/names.hpp>
#include <duotty/store/connection_store.hpp>

#include "command_run.hpp"
#include "methods.hpp"
#include "plan.hpp"

namespace duotty::remote {
namespace {

constexpr std::size_t kMostShown = 120;
/// A message of the link holds no more.
constexpr std::size_t kMostScript = std::size_t{150} << 10;
constexpr const char* kTerm = "xterm-256color";

std::int64_t milliseconds(double seconds) {
  return static_cast<std::int64_t>(seconds * 1000);
}

/// Who a caller is in the list of commands.
std::string command_by(const Call& call) {
  constexpr std::string_view kToken = "token:";
  if (call.caller.is_person()) return "human";
  return call.caller.name.starts_with(kToken) ? "agent:" + call.caller.name.substr(kToken.size()) : "agent";
}

/// What runs, and what it reads.
struct Work {
  std::string command;  ///< as it was sent
  std::string script;   ///< with directory and variables
  std::string input;
};

/// One word for every shell: sh and its relatives, fish, which reads a backslash in quotes, and csh, for which a !
/// there is history.
std::string word_of(std::string_view word) {
  std::string out = "'";
  for (const char c : word) {
    if (c == '\'' || c == '\\' || c == '!') {
      out.append("'\\").append(1, c).append("'");
    } else {
      out.push_back(c);
    }
  }
  return out + "'";
}

/// Goes to a directory or ends. A csh goes on behind a cd that failed, and an exit: there a sh looks first and takes
/// over.
std::string go_to(const std::string& directory) {
  std::string place = word_of(directory);
  if (directory == "~" || directory.starts_with("~/")) {
    place = "\"$HOME\"" + (directory.size() > 2 ? "/" + word_of(directory.substr(2)) : "");
  } else if (!directory.starts_with('/')) {
    place = word_of("./" + directory);  // no option, and nothing of CDPATH
  }
  return "test -z \"$shell\" || sh -c 'cd \"$0\"' " + place + " || exec sh -c 'exit 1'\ncd " + place + " || exit 1\n";
}

/// Sets a variable, in csh, which alone has a `shell`, by its own word.
std::string set(const std::string& name, const std::string& value) {
  std::string out;
  if (value.find('\n') != std::string::npos) {
    out = "test -z \"$shell\" || exec sh -c 'echo \"A csh takes no variable of several lines: $0\" >&2; exit 1' " +
          name + "\n";
  }
  return out + "test -n \"$shell\" || export " + name + "=" + word_of(value) + "\ntest -z \"$shell\" || setenv " +
         name + " " + word_of(value) + "\n";
}

Result<Work> work_of(const SshRun& p, const SshProfile& profile) {
  Work work;
  work.command = p.command;
  if (p.command_b64) {
    auto more = base::base64_decode(*p.command_b64);
    if (!more) return Error(Errc::invalid_params, "command_b64 is no base64.", "command_b64");
    work.command += *more;
  }
  if (base::trim(work.command).empty()) return Error(Errc::invalid_params, "Say what to run.", "command");
  if (work.command.find('\0') != std::string::npos) {
    return Error(Errc::invalid_params, "A command has no NUL bytes. Send binary data as stdin_b64.", "command");
  }
  if (p.stdin_b64) {
    auto input = base::base64_decode(*p.stdin_b64);
    if (!input) return Error(Errc::invalid_params, "stdin_b64 is no base64.", "stdin_b64");
    work.input = std::move(*input);
  }
  if (p.cwd && !p.cwd->empty()) {
    if (p.cwd->find('\0') != std::string::npos) return Error(Errc::invalid_params, "A path has no NUL bytes.", "cwd");
    work.script += go_to(*p.cwd);
  }
  auto env = profile.env;
  if (p.env) {
    for (const auto& [name, value] : *p.env) env[name] = value;
  }
  for (const auto& [name, value] : env) {
    if (auto good = ssh::check_variable(name); !good) return good.error();
    if (value.find('\0') != std::string::npos) return Error(Errc::invalid_params, "A value has no NUL bytes.", "env");
    work.script += set(name, value);
  }
  work.script += work.command;
  return work;
}

/// The text, and the bytes themselves when they are no text.
std::string take_output(const Capture& capture, std::optional<std::string>& exactly) {
  std::string bytes = capture.text();
  std::string text = base::to_valid_utf8(bytes);
  if (text != bytes) exactly = base::base64_encode(bytes);
  return text;
}

/// A channel for the command: a connection that was warm may have died since, so a lost one is made anew once.
Task<Result<std::unique_ptr<Stream>>> start(Services& s, Call& call, const SshRun& p, const std::string& id,
                                            const std::string& script) {
  for (int left = 1;; --left) {
    auto link = co_await connect_for(s, call, id);
    if (!link) co_return link.error();
    Link::Answer stream = Error();
    const std::chrono::milliseconds patience(milliseconds(p.timeout));
    if (p.pty) {
      stream = co_await (*link)->exec(script, kTerm, static_cast<std::uint16_t>(p.cols),
                                      static_cast<std::uint16_t>(p.rows), patience);
    } else {
      stream = co_await (*link)->exec(script, patience);
    }
    if (stream || stream.error().code() != Errc::unreachable || left == 0) co_return stream;
  }
}

Task<Result<SshRan>> run(Services& s, Call& call, SshRun p) {
  auto row = co_await s.connections->find(p.conn_id);
  if (!row) co_return row.error();
  auto work = work_of(p, profile_of(*row));
  if (!work) co_return work.error();
  if (auto may = s.admit(call, "ssh.run", work->command, work->input, p.force); !may) co_return may.error();
  SshRan out;
  out.connection_id = row->id;
  out.request_id = base::make_id();
  out.cwd = p.cwd;
  log_event(s, call, "ssh_run_start",
            {{"request_id", out.request_id},
             {"connection_id", row->id},
             {"command", base::clean_line(work->command, kMostShown)}});
  auto stream = co_await start(s, call, p, row->id, work->script);
  if (!stream) {
    log_event(s, call, "ssh_run_done",
              {{"request_id", out.request_id},
               {"connection_id", row->id},
               {"ok", false},
               {"exit_code", nullptr},
               {"error", stream.error().name()}});
    co_return stream.error();
  }
  CommandRun::Output show;
  if (call.progress) {
    show = [&call](const char* name, std::string text, std::uint64_t total) {
      Json data = {{"output", base::to_valid_utf8(text)}, {"stream", name}, {"size", total}};
      if (data["output"] != text) data["output_b64"] = base::base64_encode(text);
      call.progress(data);
    };
  }
  const auto executor = co_await core::asio::this_coro::executor;
  CommandRun command(executor, std::move(*stream), std::move(work->input), std::move(show));
  const auto began = std::chrono::steady_clock::now();
  const auto ended = co_await command.run(began + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                                      std::chrono::duration<double>(p.timeout)));
  out.duration_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began).count();
  out.status = !ended ? "timeout" : *ended ? "completed" : "lost";
  out.ok = ended && *ended;
  if (!out.ok) out.reason = out.status;
  out.alive = out.status != "lost";
  if (out.ok) {
    out.exit_code = (*ended)->code;
    if (!(*ended)->signal.empty()) out.signal = (*ended)->signal;
  }
  out.stdout_text = take_output(command.out(), out.stdout_b64);
  out.stderr_text = take_output(command.err(), out.stderr_b64);
  out.omitted_bytes = static_cast<std::int64_t>(command.out().omitted() + command.err().omitted());
  out.truncated = out.omitted_bytes > 0;
  out.size = static_cast<std::int64_t>(command.out().total() + command.err().total());
  log_event(s, call, "ssh_run_done",
            {{"request_id", out.request_id},
             {"connection_id", row->id},
             {"ok", out.ok},
             {"exit_code", out.exit_code ? Json(*out.exit_code) : Json()},
             {"status", out.status}});
  co_return out;
}

Task<Result<SshStarted>> run_async(Services& s, Call& call, SshRunAsync p) {
  auto row = co_await s.connections->find(p.conn_id);
  if (!row) co_return row.error();
  auto work = work_of(p, profile_of(*row));
  if (!work) co_return work.error();
  if (work->script.size() > kMostScript) {
    co_return Error(Errc::too_large, "The command is longer than 150 KiB. Send it on standard input.", "command");
  }
  if (auto may = s.admit(call, "ssh.run_async", work->command, work->input, p.force); !may) co_return may.error();
  auto link = co_await connect_for(s, call, row->id);
  if (!link) co_return link.error();
  RunRequest request;
  request.connection = row->id;
  request.socket = s.links->socket_of(row->id);
  request.command = work->command;
  request.by = command_by(call);
  request.owner = call.caller.owner;
  request.input = std::move(work->input);
  request.plan.command = std::move(work->script);
  request.plan.timeout_ms = static_cast<std::uint64_t>(milliseconds(p.timeout));
  if (p.pty) request.plan.term = kTerm;
  request.plan.cols = static_cast<std::uint16_t>(p.cols);
  request.plan.rows = static_cast<std::uint16_t>(p.rows);
  auto job = co_await s.runs->start(std::move(request));
  if (!job) co_return job.error();
  SshStarted out;
  out.job_id = job->id;
  out.conn_id = row->id;
  out.command = base::clean_line(job->command, kMostShown);
  out.created_at = out.updated_at = iso_time(job->asked);
  log_event(s, call, "ssh_run_async_start",
            {{"job_id", out.job_id}, {"connection_id", row->id}, {"command", out.command}});
  co_return out;
}

}  // namespace

void add_run_methods(Registrar& table) {
  table.call("ssh.run", run,
             {.http = {"POST", "/api/agent/ssh/{conn_id}/run"},
              .scope = Scope::ssh,
              .extra = rpc::Extra::ignore,
              .about = "Runs one command on a host and answers with its exact outputs and its exit code or signal. The "
                       "connection is made when there is none, and kept warm. Over the WebSocket output is told while "
                       "it comes. After the timeout the command gets SIGTERM, and what there was is answered.",
              .example = R"({"conn_id": "web", "command": "uptime; df -h"})",
              .mutates = true});
  table.call("ssh.run_async", run_async,
             {.http = {"POST", "/api/agent/ssh/{conn_id}/run_async"},
              .scope = Scope::ssh,
              .extra = rpc::Extra::ignore,
              .about = "Starts one command on a host and answers at once with a job's id. It goes on when the caller "
                       "or the server's worker has gone; job.output reads both outputs while it runs and afterwards, "
                       "job.wait waits for its end, job.cancel sends it a signal. Needs `read` to look at it.",
              .example = R"({"conn_id": "web", "command": "apt-get -y upgrade", "timeout": 3600})",
              .mutates = true});
}

}  // namespace duotty::remote
