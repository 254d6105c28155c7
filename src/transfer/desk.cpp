#include <algorithm>
#include <array>
#include <duotty/base/random.hpp>
#include <duotty/base/utc_time.hpp>
#include <duotty/transfer/desk.hpp>

#include "copier.hpp"

namespace duotty::transfer {
namespace {

using base::Errc;
using base::Error;
using Clock = std::chrono::steady_clock;

/// Between two reports of one that runs: every one is kept in the list of events.
constexpr std::chrono::seconds kBetween{5};
/// What a rate is taken over, and how often it is looked at.
constexpr std::chrono::seconds kSpan{10};
constexpr std::chrono::milliseconds kStep{250};

}  // namespace

const char* name(State state) noexcept {
  static constexpr std::array names = {"waiting", "running", "done", "incomplete", "failed", "cancelled"};
  return names[static_cast<std::size_t>(state)];
}

void Notes::add(std::string path, std::string reason) {
  ++count;
  if (first.size() < kKept) first.push_back({std::move(path), std::move(reason)});
}

void Meter::add(std::uint64_t bytes, time_point now) {
  bytes_ += bytes;
  if (marks_.empty() || now - marks_.back().when >= kStep) marks_.push_back({now, bytes_});
  while (marks_.size() > 2 && now - marks_.front().when > kSpan) marks_.pop_front();
}

double Meter::rate(time_point now) const {
  if (marks_.empty()) return 0;
  const double seconds = std::chrono::duration<double>(now - marks_.front().when).count();
  return seconds > 0 ? static_cast<double>(bytes_ - marks_.front().bytes) / seconds : 0;
}

Transfer::Transfer(core::asio::any_io_executor executor, std::string id, Order order)
    : id_(std::move(id)),
      order_(std::move(order)),
      created_(base::wall_seconds()),
      changed_(executor),
      scope_(executor) {}

double Transfer::rate() const {
  return state_ == State::running ? meter_.rate(Clock::now()) : 0;
}

Task<> Transfer::news(time_point deadline) {
  co_await changed_.wait_until(deadline);
}

/// However a transfer ends, its place in line is free and everybody learns of it.
class Desk::Ending {
 public:
  Ending(Desk& desk, Transfer& transfer) : desk_(desk), transfer_(transfer) {}
  Ending(const Ending&) = delete;
  Ending& operator=(const Ending&) = delete;
  ~Ending() {
    if (runs_) --desk_.running_;
    desk_.line_.remove(&transfer_);
    transfer_.ended_ = base::wall_seconds();
    if (!state_) state_ = transfer_.cancelled_ || desk_.stopping_ ? State::cancelled : State::failed;
    transfer_.state_ = *state_;
    if (*state_ == State::failed && !transfer_.error_) transfer_.error_ = Error();
    // The files stay open for nobody.
    transfer_.order_.source.reset();
    transfer_.order_.target.reset();
    desk_.free_.notify();
    desk_.tell(transfer_, true);
  }
  void runs() { runs_ = true; }
  void ends(const Result<>& result) {
    if (!result) transfer_.error_ = result.error();
    state_ = !result ? State::failed : transfer_.tally_.failures.count != 0 ? State::incomplete : State::done;
  }

 private:
  Desk& desk_;
  Transfer& transfer_;
  std::optional<State> state_;
  bool runs_ = false;
};

Desk::Desk(core::asio::any_io_executor executor) : executor_(executor), free_(executor) {}
Desk::~Desk() = default;

Result<std::shared_ptr<Transfer>> Desk::start(Order order) {
  if (stopping_) return Error(Errc::closed, "The server is stopping.");
  if (line_.size() >= kWaiting) {
    return Error(Errc::limit_reached,
                 std::to_string(kWaiting) + " transfers wait already. Try again when some are over.");
  }
  trim();
  auto transfer = std::make_shared<Transfer>(executor_, base::make_id(), std::move(order));
  transfers_.push_front(transfer);
  line_.push_back(transfer.get());
  tell(*transfer, true);
  transfer->scope_.spawn("transfer " + transfer->id(), run(*transfer));
  return transfer;
}

Task<> Desk::run(Transfer& transfer) {
  Ending ending(*this, transfer);
  while (running_ >= kRunning || line_.front() != &transfer) co_await free_.wait();
  line_.pop_front();
  ++running_;
  ending.runs();
  free_.notify();
  transfer.state_ = State::running;
  transfer.started_ = base::wall_seconds();
  transfer.meter_.add(0, Clock::now());
  tell(transfer, true);
  auto copied = co_await copy(transfer);
  ending.ends(copied);
}

Task<Result<>> Desk::copy(Transfer& transfer) {
  const auto on_bytes = [this, &transfer](std::uint64_t bytes) {
    transfer.meter_.add(bytes, Clock::now());
    tell(transfer, false);
  };
  Copier copier(executor_, transfer.order_, transfer.tally_, writing_, on_bytes);
  co_return co_await copier.run();
}

void Desk::tell(Transfer& transfer, bool always) {
  transfer.changed_.notify();
  const auto now = Clock::now();
  if (!on_news || (!always && now - transfer.told_ < kBetween)) return;
  transfer.told_ = now;
  on_news(transfer);
}

std::shared_ptr<Transfer> Desk::find(std::string_view id, std::string_view owner) const {
  for (const auto& one : transfers_) {
    if (one->id() == id && (owner.empty() || one->order().owner == owner)) return one;
  }
  return nullptr;
}

std::vector<std::shared_ptr<Transfer>> Desk::list(std::string_view owner) const {
  std::vector<std::shared_ptr<Transfer>> out;
  for (const auto& one : transfers_) {
    if (owner.empty() || one->order().owner == owner) out.push_back(one);
  }
  return out;
}

bool Desk::cancel(Transfer& transfer) {
  if (transfer.over()) return false;
  transfer.cancelled_ = true;
  transfer.scope_.cancel();
  return true;
}

void Desk::trim() {
  std::size_t over = 0;
  const auto goes = [&over](const std::shared_ptr<Transfer>& one) {
    return one->over() && one->scope_.empty() && ++over >= kKept;
  };
  transfers_.erase(std::remove_if(transfers_.begin(), transfers_.end(), goes), transfers_.end());
}

Task<> Desk::stop() {
  stopping_ = true;
  const auto all = transfers_;
  for (const auto& one : all) co_await one->scope_.stop();
}

}  // namespace duotty::transfer
