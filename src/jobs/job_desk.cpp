#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <duotty/base/random.hpp>
#include <duotty/base/utc_time.hpp>
#include <duotty/jobs/job_desk.hpp>

namespace duotty::jobs {
namespace {

using session::ExecOutcome;

base::Error taken_back() {
  return {base::Errc::cancelled, "The command was taken back before it was typed."};
}

}  // namespace

Job::Job(core::asio::any_io_executor executor, JobRequest& request)
    : command_(request.command.text),
      by_(request.command.by),
      owner_(request.owner),
      session_(request.session),
      live_(std::make_shared<session::ExecLive>()),
      progress_(std::move(request.progress)),
      verdict_(request.verdict ? std::move(request.verdict) : std::make_shared<const std::string>()),
      started_(base::wall_seconds()),
      began_(std::chrono::steady_clock::now()),
      changed_(executor) {}

const std::string& Job::id() {
  if (id_.empty()) id_ = seq() > 0 ? session_->id() + ":" + std::to_string(seq()) : base::make_id();
  return id_;
}

std::chrono::milliseconds Job::duration() const {
  const auto end = over() ? ended_ : std::chrono::steady_clock::now();
  return std::chrono::duration_cast<std::chrono::milliseconds>(end - (typed() ? typed_at_ : began_));
}

core::Task<base::Result<ExecOutcome>> Job::state() const {
  if (result_) co_return *result_;
  const auto so_far = duration();
  ExecOutcome now = co_await session_->exec_state(*live_);
  if (result_) co_return *result_;  // it ended while its output was made text
  now.duration = so_far;
  co_return now;
}

base::Result<ExecOutcome> Job::glance() const {
  ExecOutcome now;
  if (result_) {
    if (!*result_) return result_->error();
    now.status = (*result_)->status;
    now.exit_code = (*result_)->exit_code;
  }
  return now;
}

core::Task<> Job::wait(time_point deadline) {
  while (!over() && std::chrono::steady_clock::now() < deadline) co_await changed_.wait_until(deadline);
}

core::Task<> Job::wait_typed() {
  while (!over() && !typed()) co_await changed_.wait();
}

core::Task<> Job::wait_started(time_point deadline) {
  while (!over() && seq() == 0 && std::chrono::steady_clock::now() < deadline) co_await changed_.wait_until(deadline);
}

core::Task<> Job::wait_left() {
  while (!left_) co_await changed_.wait();
}

void Job::finish(base::Result<ExecOutcome> result) {
  if (result_) return;
  ended_ = std::chrono::steady_clock::now();
  if (result) live_->seq = std::max(live_->seq, result->seq);
  result_.emplace(std::move(result));
  changed_.notify();
}

JobCaller::~JobCaller() {
  job_->progress_ = nullptr;
  if (job_->typed() || job_->over()) return;
  job_->live_->withdrawn = true;
  job_->changed_.notify();
}

std::shared_ptr<Job> JobDesk::start(JobRequest request) {
  auto job = std::make_shared<Job>(executor_, request);
  request.command.live = job->live_;
  job->live_->on_news = [this, weak = std::weak_ptr<Job>(job)] {
    const auto told = weak.lock();
    if (!told) return;
    if (told->typed_at_ == time_point{}) told->typed_at_ = std::chrono::steady_clock::now();
    told->changed_.notify();
    tell(*told);
  };
  scope_.spawn("job in " + job->session_->id(), run(job, std::move(request.command), std::move(request.when_over)));
  return job;
}

core::Task<> JobDesk::run(std::shared_ptr<Job> job, session::ExecCommand command, WhenOver when_over) {
  using namespace core::asio::experimental::awaitable_operators;
  session::ExecProgress progress = [raw = job.get()](const std::string& output, session::DisplayOffset size) {
    if (raw->progress_) raw->progress_(output, size);
  };
  const auto until_withdrawn = [](std::shared_ptr<Job> one) -> core::Task<> {
    while (!one->live_->withdrawn) co_await one->changed_.wait();
  };
  auto race = job->session_->exec(std::move(command), std::move(progress)) || until_withdrawn(job);
  auto outcome = co_await std::move(race);
  if (outcome.index() == 0) {
    job->finish(std::move(std::get<0>(outcome)));
  } else {
    job->finish(taken_back());
  }
  tell(*job);
  if (when_over) co_await when_over();
  job->left_ = true;
  job->changed_.notify();
}

void JobDesk::keep(const std::shared_ptr<Job>& job) {
  static_cast<void>(job->id());
  job->live_->background = true;
  job->session_->changed().notify();
  job->kept_ = true;
  kept_.push_front(job);
  trim();
  tell(*job);
}

void JobDesk::tell(Job& job) const {
  if (job.kept_ && on_news) on_news(job);
}

void JobDesk::watch(std::shared_ptr<session::Session> session, std::uint64_t seq, WhenOver when_over) {
  const std::string name = "end of " + session->id() + ":" + std::to_string(seq);
  scope_.spawn(name, run_out(std::move(session), seq, std::move(when_over)));
}

core::Task<> JobDesk::run_out(std::shared_ptr<session::Session> session, std::uint64_t seq, WhenOver when_over) {
  const auto runs = [&] {
    const auto* block = session->blocks().running();
    return session->alive() && block && block->seq == seq;
  };
  while (runs()) co_await session->changed().wait();
  if (when_over) co_await when_over();
}

void JobDesk::trim() {
  std::size_t over = 0;
  std::size_t bytes = 0;
  for (auto it = kept_.begin(); it != kept_.end();) {
    Job& job = **it;
    if (!job.over()) {
      ++it;
      continue;
    }
    if (++over > kKept) {
      it = kept_.erase(it);
      continue;
    }
    if (*job.result_) {
      ExecOutcome& outcome = **job.result_;
      bytes += outcome.output.size();
      if (bytes > kOutputKept && !outcome.output.empty()) {
        // Its block has it, as long as there is room for that.
        outcome.omitted_bytes = outcome.total_bytes;
        outcome.truncated = true;
        outcome.output = std::string();
      }
    }
    ++it;
  }
}

std::shared_ptr<Job> JobDesk::find(std::string_view id, std::string_view owner) const {
  const auto found = std::find_if(kept_.begin(), kept_.end(), [&](const auto& job) {
    return job->id_ == id && (owner.empty() || job->owner_ == owner);
  });
  return found == kept_.end() ? nullptr : *found;
}

std::vector<std::shared_ptr<Job>> JobDesk::list(std::string_view owner) const {
  std::vector<std::shared_ptr<Job>> out;
  for (const auto& job : kept_) {
    if (owner.empty() || job->owner_ == owner) out.push_back(job);
  }
  return out;
}

base::Result<> JobDesk::cancel(Job& job, int signal) {
  if (job.over()) return base::Error(base::Errc::conflict, "The job \"" + job.id() + "\" is over.", "job_id");
  auto sent = job.session_->signal(signal, pty::SignalTarget::foreground);
  if (sent) {
    job.cancelled_ = true;
    tell(job);
  }
  return sent;
}

}  // namespace duotty::jobs
