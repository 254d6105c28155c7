#pragma once
// Commands on hosts that go on by themselves: each is a process of its own (link/run.hpp) with a folder, so that a
// worker that comes later finds all of them, those that run and those that have ended.
#include <boost/asio/any_io_executor.hpp>
#include <duotty/jobs/host_jobs.hpp>
#include <duotty/link/run.hpp>
#include <functional>
#include <memory>

namespace duotty::core {
class Offload;
}

namespace duotty::remote {

struct RunDeskOptions {
  std::string directory;  ///< of the folders; private, made if missing
  std::string program;    ///< this binary
  std::size_t most_running = 200;
  std::size_t most_kept = 1000;                       ///< that are over
  std::uint64_t most_bytes = std::uint64_t{1} << 30;  ///< of the outputs of those, together; the oldest go
};

/// What to run, and for whom.
struct RunRequest {
  std::string connection;
  std::string socket;  ///< of its link: LinkPool::socket_of()
  std::string command;
  std::string by;
  std::string owner;
  link::RunPlan plan;
  std::string input;
};

/// Loop thread only; stop() before it goes. The commands go on.
class RunDesk final : public jobs::HostJobs {
 public:
  RunDesk(core::asio::any_io_executor executor, RunDeskOptions options, core::Offload& offload);
  RunDesk(const RunDesk&) = delete;
  RunDesk& operator=(const RunDesk&) = delete;
  ~RunDesk() override;

  /// Finds what earlier workers have started. Once, first.
  void resume();
  /// Starts a command. Errors: limit_reached, io, spawn_failed.
  core::Task<base::Result<jobs::HostJob>> start(RunRequest request);
  /// Told of each that was started, and again at its end.
  std::function<void(const jobs::HostJob&)> on_news;
  /// Suspends until what was told is on the disk; may be empty.
  std::function<core::Task<>()> kept;

  core::Task<std::vector<jobs::HostJob>> list(std::string owner) override;
  core::Task<std::optional<jobs::HostJob>> find(std::string id, std::string owner) override;
  core::Task<> wait(std::string id, time_point deadline) override;
  core::Task<jobs::HostOutput> read(std::string id, jobs::Stream stream, std::uint64_t since,
                                    std::size_t limit) override;
  base::Result<> cancel(const std::string& id, const std::string& signal) override;
  core::Task<> forget(std::set<std::string> ids) override;
  core::Task<> stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace duotty::remote
