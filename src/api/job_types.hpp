#pragma once
// Parameters and results of the job methods.
#include "terminal_types.hpp"

namespace duotty::api {

struct JobInfo {
  std::string job_id;
  std::string kind = "exec";
  std::string status;
  bool done = false;
  std::string terminal_id;
  std::string command;
  std::string by;
  std::string started_at;
  double started = 0;
  std::optional<std::int64_t> duration_ms;
  std::optional<int> exit_code;
  std::optional<std::string> output_ref;
  std::optional<std::string> error;
  std::optional<GateNote> gate;
  std::optional<std::string> conn_id;
  std::optional<std::string> signal;
  static constexpr auto fields() {
    using T = JobInfo;
    return std::tuple{
        field("job_id", &T::job_id, "Names the job."),
        field("kind", &T::kind, "What it is: exec, a command of a terminal, or ssh, one on a host without a terminal."),
        field("status", &T::status,
              "How it stands; unknown when nobody saw its end, lost when the connection to its host was.")
            .one_of("queued", "running", "awaiting_input", "completed", "failed", "cancelled", "timeout", "lost",
                    "unknown"),
        field("done", &T::done, "True when it does not run any more."),
        field("terminal_id", &T::terminal_id, "Terminal it runs in; empty for one of the kind ssh."),
        field("command", &T::command, "Its command."),
        field("by", &T::by, "Who started it, as terminal.commands says it."),
        field("started_at", &T::started_at, "When it was asked for, local time."),
        field("started", &T::started, "The same in seconds since 1970."),
        field("duration_ms", &T::duration_ms, "How long it has run; null when nobody saw its end."),
        field("exit_code", &T::exit_code, "The command's true exit code; null when it is not known. Never guessed."),
        field("output_ref", &T::output_ref, "Name of its output for terminal.output, once it has started.")
            .omit_empty(),
        field("error", &T::error, "Why it could not be run to its end, or what else there is to say of it.")
            .omit_empty(),
        field("gate", &T::gate, "What the gate said of the command: why it needed force, or a caution.").omit_empty(),
        field("conn_id", &T::conn_id, "Kind ssh: id of the connection.").omit_empty(),
        field("signal", &T::signal, "Kind ssh: signal that ended it, without SIG.").omit_empty()};
  }
};

struct JobId {
  std::string job_id;
  static constexpr auto fields() {
    return std::tuple{field("job_id", &JobId::job_id, "Id of the job.").required().range(1, 128)};
  }
};

struct JobList {
  std::string terminal_id;
  std::string status;
  int limit = 50;
  static constexpr auto fields() {
    using T = JobList;
    return std::tuple{field("terminal_id", &T::terminal_id, "Only jobs of this terminal.").range(0, 64),
                      field("status", &T::status, "Only jobs that stand so.")
                          .one_of("", "queued", "running", "awaiting_input", "completed", "failed", "cancelled",
                                  "timeout", "lost", "unknown"),
                      field("limit", &T::limit, "Most jobs to return.").range(1, 1000)};
  }
};

struct JobListResult {
  std::vector<JobInfo> jobs;
  static constexpr auto fields() { return std::tuple{field("jobs", &JobListResult::jobs, "Newest first.")}; }
};

struct JobWait {
  std::string job_id;
  double max_wait_ms = 30000;
  static constexpr auto fields() {
    using T = JobWait;
    return std::tuple{field("job_id", &T::job_id, "Id of the job.").required().range(1, 128),
                      field("max_wait_ms", &T::max_wait_ms, "Longest wait in milliseconds.").range(0, 86400000)};
  }
};

/// What a job of the kind ssh adds to an answer: the members of WinkTerm's jobs, and more. The outer optional is for
/// jobs of other kinds, which have none of them; the inner one is null as WinkTerm has it.
struct HostResult {
  template <class V>
  using Maybe = std::optional<std::optional<V>>;
  std::optional<std::string> job_id;
  std::optional<std::string> conn_id;
  std::optional<std::string> command;
  std::optional<std::string> status;
  std::optional<bool> done;
  Maybe<int> exit_code;
  Maybe<bool> ok;
  std::optional<std::string> stdout_text;
  std::optional<std::string> stderr_text;
  std::optional<std::string> stdout_b64;
  std::optional<std::string> stderr_b64;
  std::optional<std::string> signal;
  std::optional<std::int64_t> omitted_bytes;
  Maybe<std::string> reason;
  Maybe<std::string> error;
  Maybe<std::string> terminal_id;
  std::optional<std::string> created_at;
  std::optional<std::string> updated_at;
  static constexpr auto fields() {
    using T = HostResult;
    return std::tuple{
        field("job_id", &T::job_id, "Kind ssh: its id.").omit_empty(),
        field("conn_id", &T::conn_id, "Kind ssh: id of the connection.").omit_empty(),
        field("command", &T::command, "Kind ssh: its command, shortened.").omit_empty(),
        field("status", &T::status,
              "Kind ssh, in WinkTerm's words: running, success, failed, timeout, canceled, error.")
            .omit_empty(),
        field("done", &T::done, "Kind ssh: whether it is over.").omit_empty(),
        field("exit_code", &T::exit_code, "Kind ssh: the true exit code, or null.").omit_empty(),
        field("ok", &T::ok, "Kind ssh: whether it ran to its end; null before.").omit_empty(),
        field("stdout", &T::stdout_text, "Kind ssh: standard output so far; of a long one the beginning and the end.")
            .omit_empty(),
        field("stderr", &T::stderr_text, "Kind ssh: standard error likewise.").omit_empty(),
        field("stdout_b64", &T::stdout_b64, "The same exactly, where it is no UTF-8.").omit_empty(),
        field("stderr_b64", &T::stderr_b64, "The same exactly, where it is no UTF-8.").omit_empty(),
        field("signal", &T::signal, "Kind ssh: signal that ended it, without SIG.").omit_empty(),
        field("omitted_bytes", &T::omitted_bytes, "Kind ssh: what is missing of both outputs here.").omit_empty(),
        field("reason", &T::reason, "Kind ssh: why ok is false: timeout, cancelled, lost, failed.").omit_empty(),
        field("error", &T::error, "Kind ssh: why it was lost or failed, as a sentence.").omit_empty(),
        field("terminal_id", &T::terminal_id, "Kind ssh: null, it has no terminal.").omit_empty(),
        field("created_at", &T::created_at, "Kind ssh: when it was asked for, local time.").omit_empty(),
        field("updated_at", &T::updated_at, "Kind ssh: when it last changed its state, local time.").omit_empty()};
  }
};

struct JobResult : HostResult {
  JobInfo job;
  std::optional<ExecResult> result;
  static constexpr auto fields() {
    using T = JobResult;
    return std::tuple_cat(
        std::tuple{
            field("job", &T::job, "The job."),
            field("result", &T::result, "Kind exec: as terminal.exec answers; of a running job, so far.").omit_empty()},
        HostResult::fields());
  }
};

struct JobOutput {
  std::string job_id;
  std::int64_t since = 0;
  int limit = 65536;
  std::string stream = "stdout";
  static constexpr auto fields() {
    using T = JobOutput;
    return std::tuple{
        field("job_id", &T::job_id, "Id of the job.").required().range(1, 128),
        field("since", &T::since, "Continue here: the next_since of an earlier answer.").range(0, 9e15),
        field("limit", &T::limit, "Most bytes to return.").range(4, 8388608),
        field("stream", &T::stream, "Kind ssh: which output; a terminal has both in one.").one_of("stdout", "stderr")};
  }
};

struct JobOutputResult {
  JobInfo job;
  std::string text;
  std::optional<std::string> output_b64;
  std::int64_t since = 0;
  std::int64_t next_since = 0;
  std::int64_t total_bytes = 0;
  bool has_more = false;
  static constexpr auto fields() {
    using T = JobOutputResult;
    return std::tuple{
        field("job", &T::job, "The job."),
        field("text", &T::text, "Clean output from `since` on; kind ssh: as it was written."),
        field("output_b64", &T::output_b64, "Kind ssh: the same exactly, where it is no UTF-8.").omit_empty(),
        field("since", &T::since, "Where the text begins; behind the wanted place when what was there is not kept."),
        field("next_since", &T::next_since,
              "Where to continue. While a job of the kind exec runs its last line is given again: it may "
              "still change."),
        field("total_bytes", &T::total_bytes, "Length of the output so far."),
        field("has_more", &T::has_more, "Whether there is more already.")};
  }
};

struct JobCancel {
  std::string job_id;
  std::string signal = "INT";
  double max_wait_ms = 2000;
  static constexpr auto fields() {
    using T = JobCancel;
    return std::tuple{field("job_id", &T::job_id, "Id of the job.").required().range(1, 128),
                      field("signal", &T::signal, "What the program in the foreground gets.")
                          .one_of("INT", "TERM", "HUP", "QUIT", "KILL"),
                      field("max_wait_ms", &T::max_wait_ms, "Longest wait for its end.").range(0, 60000)};
  }
};

struct JobCancelled : HostResult {
  JobInfo job;
  bool sent = false;
  std::optional<std::string> note;
  static constexpr auto fields() {
    using T = JobCancelled;
    return std::tuple_cat(std::tuple{field("job", &T::job, "The job, after the wait."),
                                     field("sent", &T::sent, "Whether the signal was sent; not when the job was over."),
                                     field("note", &T::note, "Kind ssh: what came of it, as a sentence.").omit_empty()},
                          HostResult::fields());
  }
};

}  // namespace duotty::api
