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
  static constexpr auto fields() {
    using T = JobInfo;
    return std::tuple{
        field("job_id", &T::job_id, "Names the job."),
        field("kind", &T::kind, "What it runs: exec."),
        field("status", &T::status, "How it stands; unknown when nobody saw its end.")
            .one_of("queued", "running", "awaiting_input", "completed", "failed", "cancelled", "unknown"),
        field("done", &T::done, "True when it does not run any more."),
        field("terminal_id", &T::terminal_id, "Terminal it runs in."),
        field("command", &T::command, "Its command."),
        field("by", &T::by, "Who started it, as terminal.commands says it."),
        field("started_at", &T::started_at, "When it was asked for, local time."),
        field("started", &T::started, "The same in seconds since 1970."),
        field("duration_ms", &T::duration_ms, "How long it has run; null when nobody saw its end."),
        field("exit_code", &T::exit_code, "The command's true exit code; null when it is not known. Never guessed."),
        field("output_ref", &T::output_ref, "Name of its output for terminal.output, once it has started.")
            .omit_empty(),
        field("error", &T::error, "Why it could not be run to its end.").omit_empty(),
        field("gate", &T::gate, "What the gate said of the command: why it needed force, or a caution.").omit_empty()};
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
    return std::tuple{
        field("terminal_id", &T::terminal_id, "Only jobs of this terminal.").range(0, 64),
        field("status", &T::status, "Only jobs that stand so.")
            .one_of("", "queued", "running", "awaiting_input", "completed", "failed", "cancelled", "unknown"),
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

struct JobResult {
  JobInfo job;
  std::optional<ExecResult> result;
  static constexpr auto fields() {
    using T = JobResult;
    return std::tuple{field("job", &T::job, "The job."),
                      field("result", &T::result, "As terminal.exec answers; of a running job, so far.").omit_empty()};
  }
};

struct JobOutput {
  std::string job_id;
  std::int64_t since = 0;
  int limit = 65536;
  static constexpr auto fields() {
    using T = JobOutput;
    return std::tuple{field("job_id", &T::job_id, "Id of the job.").required().range(1, 128),
                      field("since", &T::since, "Continue here: the next_since of an earlier answer.").range(0, 9e15),
                      field("limit", &T::limit, "Most bytes to return.").range(4, 8388608)};
  }
};

struct JobOutputResult {
  JobInfo job;
  std::string text;
  std::int64_t since = 0;
  std::int64_t next_since = 0;
  std::int64_t total_bytes = 0;
  bool has_more = false;
  static constexpr auto fields() {
    using T = JobOutputResult;
    return std::tuple{field("job", &T::job, "The job."),
                      field("text", &T::text, "Clean output from `since` on."),
                      field("since", &T::since, "Where the text begins."),
                      field("next_since", &T::next_since,
                            "Where to continue. While the job runs its last line is given again: it may still change."),
                      field("total_bytes", &T::total_bytes, "Length of the clean output so far."),
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

struct JobCancelled {
  JobInfo job;
  bool sent = false;
  static constexpr auto fields() {
    using T = JobCancelled;
    return std::tuple{field("job", &T::job, "The job, after the wait."),
                      field("sent", &T::sent, "Whether the signal was sent; not when the job was over.")};
  }
};

}  // namespace duotty::api
