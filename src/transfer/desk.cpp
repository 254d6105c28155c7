#include <algorithm>
#include <array>
#include <duotty/base/random.hpp>
#include <duotty/base/utc_time.hpp>
#include <duotty/core/log.hpp>
#include <duotty/transfer/desk.hpp>

#include "copier.hpp"
#include "ledger.hpp"

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

Transfer::Transfer(core::asio::any_io_executor executor, Record record)
    : record_(std::move(record)), changed_(executor), scope_(executor) {}

double Transfer::rate() const {
  return state() == State::running ? meter_.rate(Clock::now()) : 0;
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
    Record& record = transfer_.record_;
    record.ended = base::wall_seconds();
    // What ends with the worker only is the next one's.
    const bool goes_on = desk_.stopping_ && !transfer_.cancelled_ && state_.value_or(State::failed) == State::failed;
    if (!state_) state_ = transfer_.cancelled_ || goes_on ? State::cancelled : State::failed;
    record.state = *state_;
    if (*state_ == State::failed && !record.error) record.error = Error();
    // The files stay open for nobody.
    record.order.source.reset();
    record.order.target.reset();
    record.order.still_good = nullptr;
    if (!goes_on) desk_.keep_later(transfer_.shared_from_this());
    desk_.free_.notify();
    desk_.tell(transfer_, true);
  }
  void runs() { runs_ = true; }
  void ends(const Result<>& result) {
    if (!result) transfer_.record_.error = result.error();
    state_ = !result ? State::failed : transfer_.tally().failures.count != 0 ? State::incomplete : State::done;
  }

 private:
  Desk& desk_;
  Transfer& transfer_;
  std::optional<State> state_;
  bool runs_ = false;
};

Desk::Desk(core::asio::any_io_executor executor, std::string directory)
    : executor_(executor), free_(executor), ledger_(std::make_unique<Ledger>(std::move(directory))), scope_(executor) {}
Desk::~Desk() = default;

void Desk::resume() {
  for (Record& record : ledger_->load()) {
    Order& order = record.order;
    const bool over = record.state != State::waiting && record.state != State::running;
    order.again = !over;
    if (!over) record.tally = {};
    auto transfer = std::make_shared<Transfer>(executor_, std::move(record));
    transfers_.push_front(transfer);
    if (!over) enter(transfer);
  }
  trim();
}

Task<Result<std::shared_ptr<Transfer>>> Desk::start(Order order) {
  if (line_.size() >= kWaiting) {
    co_return Error(Errc::limit_reached,
                    std::to_string(kWaiting) + " transfers wait already. Try again when some are over.");
  }
  trim();
  Record record;
  record.id = base::make_id();
  record.order = std::move(order);
  record.created = base::wall_seconds();
  auto transfer = std::make_shared<Transfer>(executor_, std::move(record));
  co_await keep(transfer);
  if (stopping_) {
    std::vector<std::string> ids(1, transfer->id());
    co_await ledger_->remove(std::move(ids));
    co_return Error(Errc::closed, "The server is stopping.");
  }
  transfers_.push_front(transfer);
  enter(transfer);
  co_return transfer;
}

void Desk::enter(const std::shared_ptr<Transfer>& transfer) {
  transfer->record_.state = State::waiting;
  line_.push_back(transfer.get());
  tell(*transfer, true);
  transfer->scope_.spawn("transfer " + transfer->id(), run(*transfer));
}

Task<> Desk::run(Transfer& transfer) {
  Ending ending(*this, transfer);
  while (running_ >= kRunning || line_.front() != &transfer) co_await free_.wait();
  line_.pop_front();
  ++running_;
  ending.runs();
  free_.notify();
  Record& record = transfer.record_;
  record.state = State::running;
  record.started = base::wall_seconds();
  transfer.meter_.add(0, Clock::now());
  tell(transfer, true);
  if (record.order.again) {
    auto found = co_await find_again(transfer);
    if (!found) {
      ending.ends(found);
      co_return;
    }
  }
  auto copied = co_await copy(transfer);
  ending.ends(copied);
}

/// Places and rights of one that an earlier worker has begun.
Task<Result<>> Desk::find_again(Transfer& transfer) {
  Record& record = transfer.record_;
  if (record.renewed >= kRenewals) {
    co_return Error(Errc::closed, "The server ended " + std::to_string(record.renewed) +
                                      " times while this was copied. Start it again, with resume to go on.");
  }
  ++record.renewed;
  // First, so that one that ends the worker each time is found out.
  co_await keep(transfer.shared_from_this());
  if (!open) co_return Error(Errc::closed, "The server that copied this has ended. Start it again.");
  co_return co_await open(record.order);
}

Task<> Desk::keep(std::shared_ptr<Transfer> transfer) {
  auto kept = co_await ledger_->put(transfer->id(), encode(transfer->record()));
  if (!kept) core::log_error("a transfer is not kept for the next worker: {}", kept.error().message());
}

Task<Result<>> Desk::copy(Transfer& transfer) {
  const auto on_bytes = [this, &transfer](std::uint64_t bytes) {
    transfer.meter_.add(bytes, Clock::now());
    tell(transfer, false);
  };
  Copier copier(executor_, transfer.record_.order, transfer.record_.tally, writing_, on_bytes);
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
    if (one->id() == id && (owner.empty() || one->order().caller.owner == owner)) return one;
  }
  return nullptr;
}

std::vector<std::shared_ptr<Transfer>> Desk::list(std::string_view owner) const {
  std::vector<std::shared_ptr<Transfer>> out;
  for (const auto& one : transfers_) {
    if (owner.empty() || one->order().caller.owner == owner) out.push_back(one);
  }
  return out;
}

bool Desk::cancel(Transfer& transfer) {
  if (transfer.over()) return false;
  transfer.cancelled_ = true;
  transfer.scope_.cancel();
  return true;
}

void Desk::keep_later(std::shared_ptr<Transfer> transfer) {
  ++keeping_;
  scope_.spawn("record of a transfer", keep_counted(std::move(transfer)));
}

Task<> Desk::keep_counted(std::shared_ptr<Transfer> transfer) {
  co_await keep(std::move(transfer));
  --keeping_;
  free_.notify();
}

void Desk::trim() {
  std::size_t over = 0;
  std::vector<std::string> gone;
  const auto goes = [&](const std::shared_ptr<Transfer>& one) {
    const bool old = one->over() && one->scope_.empty() && ++over >= kKept;
    if (old) gone.push_back(one->id());
    return old;
  };
  transfers_.erase(std::remove_if(transfers_.begin(), transfers_.end(), goes), transfers_.end());
  if (!gone.empty()) scope_.spawn("old transfers", ledger_->remove(std::move(gone)));
}

Task<> Desk::stop() {
  stopping_ = true;
  const auto all = transfers_;
  for (const auto& one : all) co_await one->scope_.stop();
  while (keeping_ > 0) co_await free_.wait();
  co_await scope_.stop();
}

}  // namespace duotty::transfer
