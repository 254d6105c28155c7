#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <deque>
#include <duotty/base/random.hpp>
#include <duotty/base/utc_time.hpp>
#include <duotty/core/event.hpp>
#include <duotty/core/offload.hpp>
#include <duotty/core/private_directory.hpp>
#include <duotty/core/scope.hpp>
#include <duotty/link/spool.hpp>
#include <filesystem>

#include "run_folder.hpp"

namespace duotty::remote {
namespace {

namespace asio = core::asio;
using base::Errc;
using base::Error;
using base::Result;
using core::Task;
using jobs::HostJob;

/// The process at the other end of the FIFO has gone.
bool reader_gone(int fd) {
  pollfd one{fd, 0, 0};
  return ::poll(&one, 1, 0) > 0 && (one.revents & (POLLERR | POLLNVAL)) != 0;
}

link::Output output_of(jobs::Stream stream) {
  return stream == jobs::Stream::err ? link::Output::err : link::Output::out;
}

void remove_folders(const std::vector<std::string>& folders) {
  std::error_code none;
  for (const std::string& folder : folders) std::filesystem::remove_all(folder, none);
}

}  // namespace

struct RunDesk::Impl {
  struct Entry {
    Entry(const asio::any_io_executor& executor, HostJob job_, std::string folder_)
        : job(std::move(job_)), folder(std::move(folder_)), control(executor), news(executor) {}
    HostJob job;
    std::string folder;  ///< empty: its outputs are gone
    asio::posix::stream_descriptor control;
    std::uint64_t bytes = 0;  ///< of its outputs, when it is over
    core::Event news;
  };
  using EntryPtr = std::shared_ptr<Entry>;
  /// A start that goes on although nobody waits for it any more.
  struct Starting {
    explicit Starting(const asio::any_io_executor& executor) : news(executor) {}
    std::optional<Result<HostJob>> result;
    core::Event news;
  };

  Impl(asio::any_io_executor executor_, RunDeskOptions options_, core::Offload& offload_)
      : executor(executor_), options(std::move(options_)), offload(offload_), scope(executor_) {}

  std::string folder_of(const std::string& id) const { return options.directory + "/" + id; }
  EntryPtr find(const std::string& id) const {
    const auto found = std::find_if(entries.begin(), entries.end(), [&](const auto& one) { return one->job.id == id; });
    return found == entries.end() ? nullptr : *found;
  }
  void take(EntryPtr entry, base::UniqueFd control);
  Task<> begin(std::shared_ptr<Starting> starting, HostJob job, RunRequest request);
  Task<> watch(EntryPtr entry);
  Task<> remove(std::vector<std::string> folders);
  void trim();
  void tell(const HostJob& job) const {
    if (desk->on_news) desk->on_news(job);
  }

  RunDesk* desk = nullptr;
  asio::any_io_executor executor;
  RunDeskOptions options;
  core::Offload& offload;
  std::deque<EntryPtr> entries;  ///< newest first
  core::Scope scope;
};

RunDesk::RunDesk(asio::any_io_executor executor, RunDeskOptions options, core::Offload& offload)
    : impl_(std::make_unique<Impl>(std::move(executor), std::move(options), offload)) {
  impl_->desk = this;
}
RunDesk::~RunDesk() = default;

void RunDesk::Impl::take(EntryPtr entry, base::UniqueFd control) {
  if (control) {
    entry->control.assign(control.release());
    scope.spawn("run " + entry->job.id, watch(entry));
  } else {
    entry->bytes = link::spool_bytes(entry->folder);
  }
  entries.push_front(std::move(entry));
}

void RunDesk::resume() {
  std::error_code failed;
  std::vector<std::pair<HostJob, base::UniqueFd>> found;
  for (const auto& item : std::filesystem::directory_iterator(impl_->options.directory, failed)) {
    base::UniqueFd control;
    auto job = read_run(item.path().string(), control);
    if (job && job->id == item.path().filename().string()) {
      found.emplace_back(std::move(*job), std::move(control));
    } else {
      std::filesystem::remove_all(item.path(), failed);
    }
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first.asked < b.first.asked; });
  for (auto& [job, control] : found) {
    const std::string folder = impl_->folder_of(job.id);
    impl_->take(std::make_shared<Impl::Entry>(impl_->executor, std::move(job), folder), std::move(control));
  }
  impl_->trim();
}

Task<Result<HostJob>> RunDesk::start(RunRequest request) {
  const auto& entries = impl_->entries;
  const auto running = std::count_if(entries.begin(), entries.end(), [](const auto& one) { return !one->job.over; });
  if (static_cast<std::size_t>(running) >= impl_->options.most_running) {
    co_return Error(Errc::limit_reached, std::to_string(running) +
                                             " commands run in the background on hosts. Wait for "
                                             "one, or cancel it (job.list, job.cancel).");
  }
  if (auto made = core::make_private_directory(impl_->options.directory); !made) co_return made.error();
  HostJob job;
  job.id = base::make_id();
  job.connection = request.connection;
  job.command = request.command;
  job.by = request.by;
  job.owner = request.owner;
  job.asked = base::wall_seconds();
  const auto starting = std::make_shared<Impl::Starting>(impl_->executor);
  impl_->scope.spawn("starting run " + job.id, impl_->begin(starting, job, std::move(request)));
  while (!starting->result) co_await starting->news.wait();
  if (*starting->result && kept) co_await kept();
  co_return *starting->result;
}

Task<> RunDesk::Impl::begin(std::shared_ptr<Starting> starting, HostJob job, RunRequest request) {
  const std::string folder = folder_of(job.id);
  auto work = [program = options.program, folder, job, request = std::move(request)] {
    return start_run(program, folder, job, request);
  };
  auto control = co_await offload.run(std::move(work));
  if (control) {
    take(std::make_shared<Entry>(executor, job, folder), std::move(*control));
    tell(job);
    starting->result = job;
  } else {
    starting->result = control.error();
  }
  starting->news.notify();
}

/// Its process is the only reader of the FIFO: when it goes, the descriptor tells.
Task<> RunDesk::Impl::watch(EntryPtr entry) {
  while (!reader_gone(entry->control.native_handle())) {
    auto [error] = co_await entry->control.async_wait(asio::posix::descriptor_base::wait_error, core::as_result);
    if (error) co_return;
  }
  auto work = [folder = entry->folder, job = entry->job]() mutable {
    read_end(folder, job);
    return std::pair(std::move(job), link::spool_bytes(folder));
  };
  auto ended = co_await offload.run(std::move(work));
  entry->control.close();
  entry->job = std::move(ended.first);
  entry->bytes = ended.second;
  tell(entry->job);
  entry->news.notify();
  trim();
}

/// Lets the oldest go beyond the number, and the outputs of the oldest beyond the bytes.
void RunDesk::Impl::trim() {
  std::size_t over = 0;
  std::uint64_t bytes = 0;
  std::vector<std::string> gone;
  for (auto it = entries.begin(); it != entries.end();) {
    Entry& entry = **it;
    if (!entry.job.over) {
      ++it;
      continue;
    }
    bytes += entry.bytes;
    const bool too_many = ++over > options.most_kept;
    if ((too_many || bytes > options.most_bytes) && !entry.folder.empty()) {
      bytes -= std::exchange(entry.bytes, 0);
      gone.push_back(std::exchange(entry.folder, {}));
    }
    it = too_many ? entries.erase(it) : std::next(it);
  }
  if (!gone.empty()) scope.spawn("old outputs", remove(std::move(gone)));
}

Task<> RunDesk::Impl::remove(std::vector<std::string> folders) {
  auto work = [folders = std::move(folders)] {
    remove_folders(folders);
    return true;
  };
  co_await offload.run(std::move(work));
}

Task<std::vector<HostJob>> RunDesk::list(std::string owner) {
  std::vector<HostJob> out;
  for (const auto& entry : impl_->entries) {
    if (owner.empty() || entry->job.owner == owner) out.push_back(entry->job);
  }
  if (std::all_of(out.begin(), out.end(), [](const HostJob& job) { return job.over; })) co_return out;
  auto work = [out = std::move(out), directory = impl_->options.directory]() mutable {
    for (HostJob& job : out) {
      if (!job.over) read_progress(directory + "/" + job.id, job);
    }
    return std::move(out);
  };
  co_return co_await impl_->offload.run(std::move(work));
}

Task<std::optional<HostJob>> RunDesk::find(std::string id, std::string owner) {
  const auto entry = impl_->find(id);
  if (!entry || (!owner.empty() && entry->job.owner != owner)) co_return std::nullopt;
  if (entry->job.over) co_return entry->job;
  auto work = [job = entry->job, folder = entry->folder]() mutable {
    read_progress(folder, job);
    return std::move(job);
  };
  auto now = co_await impl_->offload.run(std::move(work));
  co_return entry->job.over ? entry->job : now;
}

Task<> RunDesk::wait(std::string id, time_point deadline) {
  const auto entry = impl_->find(id);
  while (entry && !entry->job.over && std::chrono::steady_clock::now() < deadline) {
    co_await entry->news.wait_until(deadline);
  }
}

Task<jobs::HostOutput> RunDesk::read(std::string id, jobs::Stream stream, std::uint64_t since, std::size_t limit) {
  const auto entry = impl_->find(id);
  if (!entry || entry->folder.empty()) co_return jobs::HostOutput{since, {}};
  auto work = [folder = entry->folder, stream, since, limit] {
    return link::read_spool(folder, output_of(stream), since, limit);
  };
  auto piece = co_await impl_->offload.run(std::move(work));
  jobs::HostOutput out;
  out.begin = piece.begin;
  out.bytes = std::move(piece.bytes);
  co_return out;
}

base::Result<> RunDesk::cancel(const std::string& id, const std::string& signal) {
  const auto entry = impl_->find(id);
  const std::string line = signal + "\n";
  if (!entry || entry->job.over || reader_gone(entry->control.native_handle()) ||
      ::write(entry->control.native_handle(), line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    return Error(Errc::conflict, "The job \"" + id + "\" is over.", "job_id");
  }
  return {};
}

Task<> RunDesk::forget(std::set<std::string> ids) {
  std::vector<std::string> gone;
  for (auto it = impl_->entries.begin(); it != impl_->entries.end();) {
    const auto& entry = **it;
    const bool stays = !entry.job.over || !ids.contains(entry.job.id);
    if (!stays && !entry.folder.empty()) gone.push_back(entry.folder);
    it = stays ? std::next(it) : impl_->entries.erase(it);
  }
  if (!gone.empty()) co_await impl_->remove(std::move(gone));
}

Task<> RunDesk::stop() {
  co_await impl_->scope.stop();
}

}  // namespace duotty::remote
