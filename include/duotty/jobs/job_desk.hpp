#pragma once
// Commands that go on after their caller has been answered. A job is one exec with its own coroutine: the caller may
// wait for it, leave, come back, or have it stopped. Jobs live in the memory of the worker; of what an earlier worker
// started, its owner keeps a record by `on_news`, and its block tells the rest.
#include <chrono>
#include <deque>
#include <duotty/core/event.hpp>
#include <duotty/core/scope.hpp>
#include <duotty/jobs/host_jobs.hpp>
#include <duotty/session/session.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::jobs {

using time_point = std::chrono::steady_clock::time_point;

/// What is done when a command is over, but not when only the worker ends.
using WhenOver = std::function<core::Task<>()>;

/// What to run, and where.
struct JobRequest {
  std::shared_ptr<session::Session> session;
  session::ExecCommand command;
  session::ExecProgress progress;              ///< for as long as the caller stays; may be empty
  std::string owner;                           ///< isolation label of the caller; empty: seen by callers without one
  WhenOver when_over;                          ///< may be empty
  std::shared_ptr<const std::string> verdict;  ///< see Job::verdict; may be empty
};

/// One command that runs or has run. Loop thread only.
class Job {
 public:
  Job(core::asio::any_io_executor executor, JobRequest& request);

  /// What names it: the `output_ref` of its command once that has started, else a word of its own. It does not change
  /// any more once it was asked for.
  const std::string& id();
  const std::string& command() const noexcept { return command_; }
  const std::string& by() const noexcept { return by_; }
  const std::string& owner() const noexcept { return owner_; }
  const std::shared_ptr<session::Session>& session() const noexcept { return session_; }
  /// Seconds since 1970 when it was asked for.
  double started() const noexcept { return started_; }
  std::chrono::milliseconds duration() const;
  /// True once the command was given to the shell.
  bool typed() const noexcept { return live_->typed; }
  /// When that was; meaningless before.
  time_point typed_at() const noexcept { return typed_at_; }
  /// Number of its command in the terminal, 0 while nobody can say.
  std::uint64_t seq() const noexcept { return live_->seq; }
  bool over() const noexcept { return result_.has_value(); }
  /// What came of it; only when over().
  const base::Result<session::ExecOutcome>& result() const { return *result_; }
  /// What came of it, or how it stands now. The caller holds the job meanwhile.
  core::Task<base::Result<session::ExecOutcome>> state() const;
  /// The same without its output, which may be long.
  base::Result<session::ExecOutcome> glance() const;
  bool cancelled() const noexcept { return cancelled_; }
  /// Suspends until `when_over` has been done.
  core::Task<> wait_left();
  /// What the gate said of the command when it was typed, in the form its caller chose; empty when it said nothing.
  const std::string& verdict() const noexcept { return *verdict_; }
  /// Suspends until it is over or `deadline` has passed.
  core::Task<> wait(time_point deadline);
  /// Suspends until it is typed or over.
  core::Task<> wait_typed();
  /// Suspends until the shell has said that the command started, it is over, or `deadline` has passed.
  core::Task<> wait_started(time_point deadline);

 private:
  friend class JobDesk;
  friend class JobCaller;
  void finish(base::Result<session::ExecOutcome> result);

  std::string id_;
  std::string command_;
  std::string by_;
  std::string owner_;
  std::shared_ptr<session::Session> session_;
  std::shared_ptr<session::ExecLive> live_;
  session::ExecProgress progress_;
  std::shared_ptr<const std::string> verdict_;
  double started_ = 0;
  time_point began_;
  time_point typed_at_{};
  time_point ended_{};
  bool cancelled_ = false;
  bool kept_ = false;
  bool left_ = false;
  std::optional<base::Result<session::ExecOutcome>> result_;
  core::Event changed_;
};

/// The caller's hold on a job: when it is let go, the job goes on without progress, and one that was not typed yet is
/// taken back.
class JobCaller {
 public:
  explicit JobCaller(std::shared_ptr<Job> job) : job_(std::move(job)) {}
  JobCaller(const JobCaller&) = delete;
  JobCaller& operator=(const JobCaller&) = delete;
  ~JobCaller();
  Job& job() const noexcept { return *job_; }
  const std::shared_ptr<Job>& shared() const noexcept { return job_; }

 private:
  std::shared_ptr<Job> job_;
};

/// The jobs of this worker. Loop thread only; stop() before the registry ends.
class JobDesk {
 public:
  static constexpr std::size_t kKept = 1000;                         ///< jobs that are over
  static constexpr std::size_t kOutputKept = std::size_t{32} << 20;  ///< bytes of their output together

  explicit JobDesk(core::asio::any_io_executor executor) : executor_(executor), scope_(executor) {}

  /// Runs a command as a job that nobody can find until keep().
  std::shared_ptr<Job> start(JobRequest request);
  /// From now on the job is listed and found by its id.
  void keep(const std::shared_ptr<Job>& job);
  /// nullptr when there is none that the owner may see.
  std::shared_ptr<Job> find(std::string_view id, std::string_view owner) const;
  /// Newest first; `owner` empty: all.
  std::vector<std::shared_ptr<Job>> list(std::string_view owner) const;
  /// Sends a signal to what runs in its terminal. Errors: `gone` when its terminal has ended, `conflict` when the job
  /// is over.
  base::Result<> cancel(Job& job, int signal);
  /// Called with a job that is kept when it has been kept, was given to the shell, has got its number, was cancelled,
  /// and is over.
  std::function<void(Job&)> on_news;
  /// Calls `when_over` once the command `seq`, which an earlier worker started, runs in `session` no more.
  void watch(std::shared_ptr<session::Session> session, std::uint64_t seq, WhenOver when_over);
  core::Task<> stop() { return scope_.stop(); }
  /// The jobs on hosts, which belong to the same list; may be null.
  HostJobs* hosts = nullptr;

 private:
  core::Task<> run(std::shared_ptr<Job> job, session::ExecCommand command, WhenOver when_over);
  core::Task<> run_out(std::shared_ptr<session::Session> session, std::uint64_t seq, WhenOver when_over);
  void tell(Job& job) const;
  void trim();

  core::asio::any_io_executor executor_;
  std::deque<std::shared_ptr<Job>> kept_;
  core::Scope scope_;
};

}  // namespace duotty::jobs
