#pragma once
// Parameters and results of connecting and running.
#include <duotty/record/fields.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace duotty::remote {

using record::field;

struct HostKeyInfo {
  std::string host;
  int port = 22;
  std::string type;
  std::string fingerprint;
  std::string state;
  std::vector<std::string> stored;
  static constexpr auto fields() {
    using T = HostKeyInfo;
    return std::tuple{field("host", &T::host, "Whose key."),
                      field("port", &T::port, "At which port."),
                      field("type", &T::type, "Type of the key that the host shows."),
                      field("fingerprint", &T::fingerprint, "SHA256:..., as ssh-keygen -l shows it."),
                      field("state", &T::state, "What it is to us.").one_of("known", "unknown", "changed", "revoked"),
                      field("stored", &T::stored, "Type and fingerprint of what is accepted for the host.")};
  }
};

struct SshStep {
  std::string step;
  bool ok = false;
  std::string detail;
  std::int64_t duration_ms = 0;
  static constexpr auto fields() {
    using T = SshStep;
    return std::tuple{field("step", &T::step, "resolve, connect, handshake, host_key or sign_in."),
                      field("ok", &T::ok, "Whether it worked."),
                      field("detail", &T::detail, "What there was, or why not."),
                      field("duration_ms", &T::duration_ms, "How long it took.")};
  }
};

struct SshPrompt {
  std::string text;
  bool hidden = true;
  static constexpr auto fields() {
    using T = SshPrompt;
    return std::tuple{field("text", &T::text, "The question, as the host puts it."),
                      field("hidden", &T::hidden, "True when the answer must not be shown while it is typed.")};
  }
};

struct SshQuestions {
  int round = 0;
  std::string name;
  std::string instruction;
  std::vector<SshPrompt> prompts;
  static constexpr auto fields() {
    using T = SshQuestions;
    return std::tuple{field("round", &T::round, "What ssh.answer names."),
                      field("name", &T::name, "A heading, may be empty."),
                      field("instruction", &T::instruction, "What the host says to it, may be empty."),
                      field("prompts", &T::prompts, "The questions, in order.")};
  }
};

struct SshConnect {
  std::string conn_id;
  int wait_ms = 20'000;
  static constexpr auto fields() {
    using T = SshConnect;
    return std::tuple{
        field("conn_id", &T::conn_id, "Id, title or host of the connection.").required().range(1, 255),
        field("wait_ms", &T::wait_ms, "Answer at the latest after so long, with how it stands.").range(0, 60'000)};
  }
};

struct SshAnswer {
  std::string conn_id;
  int round = 0;
  std::vector<std::string> answers;
  int wait_ms = 20'000;
  static constexpr auto fields() {
    using T = SshAnswer;
    return std::tuple{
        field("conn_id", &T::conn_id, "The connection that asks.").required().range(1, 255),
        field("round", &T::round, "The round of questions that is answered.").required(),
        field("answers", &T::answers, "One for each question, in order; none to give the attempt up.")
            .required()
            .range(0, 32)
            .secret(),
        field("wait_ms", &T::wait_ms, "Answer at the latest after so long, with how it stands.").range(0, 60'000)};
  }
};

struct SshConnected {
  std::string state;
  std::string connection_id;
  std::optional<SshQuestions> questions;
  std::vector<SshStep> steps;
  std::optional<HostKeyInfo> host_key;
  std::optional<std::string> method;
  std::optional<std::string> banner;
  std::optional<std::string> server;
  bool reused = false;
  static constexpr auto fields() {
    using T = SshConnected;
    return std::tuple{
        field("state", &T::state, "How far it is.").one_of("connected", "connecting", "awaiting_auth"),
        field("connection_id", &T::connection_id,
              "Id of the connection; while something is asked, of the one that asks, which may be on the way."),
        field("questions", &T::questions, "What is asked; answer with ssh.answer within two minutes.").omit_empty(),
        field("steps", &T::steps, "The way so far, step by step."),
        field("host_key", &T::host_key, "The key that the host showed.").omit_empty(),
        field("method", &T::method, "What the host was content with.").omit_empty(),
        field("banner", &T::banner, "What the host says to everybody.").omit_empty(),
        field("server", &T::server, "The host's software.").omit_empty(),
        field("reused", &T::reused, "The connection was there already.")};
  }
};

struct SshTested {
  bool ok = false;
  std::string connection_id;
  std::vector<SshStep> steps;
  std::optional<HostKeyInfo> host_key;
  std::optional<std::string> method;
  std::optional<std::string> banner;
  std::optional<std::string> server;
  std::optional<std::string> reason;
  std::optional<std::string> message;
  static constexpr auto fields() {
    using T = SshTested;
    return std::tuple{
        field("ok", &T::ok, "True when it signed in."),
        field("connection_id", &T::connection_id, "Id of the connection."),
        field("steps", &T::steps, "The way, step by step."),
        field("host_key", &T::host_key, "The key that the host showed.").omit_empty(),
        field("method", &T::method, "What the host was content with.").omit_empty(),
        field("banner", &T::banner, "What the host says to everybody.").omit_empty(),
        field("server", &T::server, "The host's software.").omit_empty(),
        field("reason", &T::reason,
              "Why not, for programs: unreachable, timeout, protocol, closed, refused, bad_key, unanswered, "
              "host_key_unknown, host_key_changed, host_key_revoked, internal.")
            .omit_empty(),
        field("message", &T::message, "The same as a sentence.").omit_empty()};
  }
};

struct HostKeyAccept {
  std::string conn_id;
  std::string fingerprint;
  static constexpr auto fields() {
    using T = HostKeyAccept;
    return std::tuple{field("conn_id", &T::conn_id, "Id, title or host of the connection.").required().range(1, 255),
                      field("fingerprint", &T::fingerprint, "The fingerprint that was compared: SHA256:...")
                          .required()
                          .range(8, 128)};
  }
};

struct HungUp {
  bool success = true;
  bool was_connected = false;
  static constexpr auto fields() {
    using T = HungUp;
    return std::tuple{field("success", &T::success, "Always true."),
                      field("was_connected", &T::was_connected, "Whether there was a connection to hang up.")};
  }
};

struct SshRun {
  std::string conn_id;
  std::string command;
  std::optional<std::string> command_b64;
  double timeout = 60;
  std::optional<std::string> cwd;
  std::optional<std::map<std::string, std::string>> env;
  std::optional<std::string> stdin_b64;
  bool pty = false;
  int cols = 200;
  int rows = 50;
  bool force = false;
  static constexpr auto fields_of(std::string_view timeout, double longest) {
    using T = SshRun;
    return std::tuple{
        field("conn_id", &T::conn_id, "Id, title or host of the connection.").required().range(1, 255),
        field("command", &T::command, "What the user's shell on the host runs.").range(0, 131072),
        field("command_b64", &T::command_b64, "More of it, as base64.").range(0, 174764),
        field("timeout", &T::timeout, timeout).range(0.1, longest),
        field("cwd", &T::cwd, "Directory on the host; the command does not run where there is none.").range(0, 4096),
        field("env", &T::env, "Variables, besides those of the connection.").range(0, 100),
        field("stdin_b64", &T::stdin_b64, "Standard input as base64; it ends after that.").range(0, 22369624),
        field("pty", &T::pty, "Run it on a terminal, which joins both outputs."),
        field("cols", &T::cols, "Width of that terminal.").range(1, 1000),
        field("rows", &T::rows, "Height of that terminal.").range(1, 1000),
        field("force", &T::force, "Run a command that destroys; needs the scope force.")};
  }
  static constexpr auto fields() {
    return fields_of("Seconds until it is ended and what there is is answered.", 86400);
  }
};

struct SshRunAsync : SshRun {
  SshRunAsync() { timeout = 86400; }
  static constexpr auto fields() {
    return fields_of("Seconds from now until it is ended, also when it still waits for a place on the host.", 2592000);
  }
};

struct SshStarted {
  std::string job_id;
  std::string conn_id;
  std::string command;
  std::string status = "running";
  bool done = false;
  std::optional<int> exit_code;
  std::optional<bool> ok;
  std::string stdout_text;
  std::optional<std::string> reason;
  std::optional<std::string> error;
  std::optional<std::string> terminal_id;
  std::string created_at;
  std::string updated_at;
  static constexpr auto fields() {
    using T = SshStarted;
    return std::tuple{field("job_id", &T::job_id, "Names the job: job.get, job.wait, job.output, job.cancel."),
                      field("conn_id", &T::conn_id, "Id of the connection."),
                      field("command", &T::command, "Its command, shortened."),
                      field("status", &T::status, "How it stands: running."),
                      field("done", &T::done, "Whether it is over: not yet."),
                      field("exit_code", &T::exit_code, "Null until it is over."),
                      field("ok", &T::ok, "Null until it is over."),
                      field("stdout", &T::stdout_text, "Empty; job.output reads what comes."),
                      field("reason", &T::reason, "Null until it is over."),
                      field("error", &T::error, "Null until it is over."),
                      field("terminal_id", &T::terminal_id, "Null: it has no terminal."),
                      field("created_at", &T::created_at, "When it was asked for, local time."),
                      field("updated_at", &T::updated_at, "The same.")};
  }
};

struct SshRan {
  bool ok = false;
  std::string status;
  std::optional<int> exit_code;
  std::optional<std::string> signal;
  std::string stdout_text;
  std::string stderr_text;
  std::optional<std::string> stdout_b64;
  std::optional<std::string> stderr_b64;
  std::optional<std::string> cwd;
  std::int64_t duration_ms = 0;
  bool truncated = false;
  std::int64_t omitted_bytes = 0;
  std::int64_t size = 0;
  bool alive = true;
  std::optional<std::string> reason;
  std::string connection_id;
  std::string request_id;
  static constexpr auto fields() {
    using T = SshRan;
    return std::tuple{field("ok", &T::ok, "True when the command ran to its end, whatever its exit code."),
                      field("status", &T::status, "How it went.").one_of("completed", "timeout", "lost"),
                      field("exit_code", &T::exit_code, "The command's exit code; null when there is none."),
                      field("signal", &T::signal, "Signal that ended the command, without SIG.").omit_empty(),
                      field("stdout", &T::stdout_text, "What it wrote to standard output."),
                      field("stderr", &T::stderr_text, "What it wrote to standard error."),
                      field("stdout_b64", &T::stdout_b64, "The same exactly, where it is no UTF-8.").omit_empty(),
                      field("stderr_b64", &T::stderr_b64, "The same exactly, where it is no UTF-8.").omit_empty(),
                      field("cwd", &T::cwd, "The directory that was asked for."),
                      field("duration_ms", &T::duration_ms, "From the command to its end."),
                      field("truncated", &T::truncated, "Whether the middle of a very long output was left out."),
                      field("omitted_bytes", &T::omitted_bytes, "How much was left out."),
                      field("size", &T::size, "Length of both outputs together."),
                      field("alive", &T::alive, "Whether the connection still stands."),
                      field("reason", &T::reason, "Why ok is false: timeout, lost.").omit_empty(),
                      field("connection_id", &T::connection_id, "Id of the connection."),
                      field("request_id", &T::request_id, "Names this run in the event log.")};
  }
};

}  // namespace duotty::remote
