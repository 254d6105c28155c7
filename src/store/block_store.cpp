#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <duotty/core/event.hpp>
#include <duotty/core/log.hpp>
#include <duotty/core/offload.hpp>
#include <duotty/core/scope.hpp>
#include <duotty/store/block_store.hpp>
#include <optional>

#include "block_tables.hpp"

namespace duotty::store {
namespace {

using base::Errc;
using base::Error;

/// Output that waits to be written; what comes while so much waits is not kept.
constexpr std::size_t kWaitingBytes = std::size_t{64} << 20;
/// Limits are looked after when a server starts and after so many rows.
constexpr std::size_t kRowsBetweenPrunes = 200;

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// What one turn of the writer did, for the log.
struct Outcome {
  std::optional<Error> failed;
  std::string notice;
};

/// The tables as the other thread sees them: opened there, used only there.
struct Desk {
  explicit Desk(std::string path) : tables(std::move(path)) {}
  BlockTables tables;
  bool opened = false;
  std::string trouble;  ///< why there is no database

  base::Result<> ready() {
    if (!opened) {
      opened = true;
      if (auto done = tables.open(); !done) trouble = done.error().message();
    }
    if (!trouble.empty()) return Error(Errc::io, trouble);
    return {};
  }
};

}  // namespace

struct BlockStore::Impl {
  Impl(core::asio::any_io_executor executor, std::string path, BlockLimits with)
      : desk(std::make_shared<Desk>(std::move(path))), limits(with), queued(executor), idle(executor), scope(executor) {
    scope.spawn("writes to the database", write());
  }

  void push(Write what) {
    queue.push_back(std::move(what));
    queued.notify();
  }

  core::Task<> write() {
    bool first = true;
    while (true) {
      while (queue.empty() && !first) co_await queued.wait();
      auto batch = std::make_shared<std::vector<Write>>(std::move(queue));
      queue.clear();
      rows += batch->size();
      const bool prune = first || rows >= kRowsBetweenPrunes;
      if (prune) rows = 0;
      first = false;
      writing = true;
      auto work = [to = desk, batch, prune, most = limits]() { return turn(*to, *batch, prune, most); };
      const Outcome outcome = co_await offload.run(std::move(work));
      for (const Write& one : *batch) waiting -= size_of(one);
      writing = false;
      report(outcome);
      idle.notify();
    }
  }

  static Outcome turn(Desk& desk, const std::vector<Write>& batch, bool prune, const BlockLimits& limits) {
    Outcome outcome;
    auto done = desk.ready();
    if (done) done = batch.empty() ? base::Result<>() : desk.tables.apply(batch);
    if (done && prune) done = desk.tables.prune(limits, now_ms());
    if (!done) outcome.failed = done.error();
    outcome.notice = desk.tables.notice();
    return outcome;
  }

  void report(const Outcome& outcome) {
    if (!outcome.notice.empty() && outcome.notice != told) core::log_error("{}", outcome.notice);
    told = outcome.notice;
    if (outcome.failed && outcome.failed->message() != complained) {
      core::log_error("commands are not stored: {}", outcome.failed->message());
    }
    complained = outcome.failed ? outcome.failed->message() : std::string{};
  }

  static std::size_t size_of(const Write& what) {
    std::size_t bytes = 0;
    if (const auto* output = std::get_if<PutOutput>(&what)) {
      for (const auto& piece : output->pieces) bytes += piece.bytes.size();
    }
    return bytes;
  }

  core::Task<> drain() {
    while (!queue.empty() || writing) co_await idle.wait();
  }

  std::shared_ptr<Desk> desk;
  BlockLimits limits;
  std::vector<Write> queue;
  std::size_t waiting = 0;  ///< bytes of output in the queue and in the batch under way
  std::size_t rows = 0;
  bool writing = false;
  std::string told;
  std::string complained;
  core::Event queued;
  core::Event idle;
  core::Offload offload;
  core::Scope scope;
};

BlockStore::BlockStore(core::asio::any_io_executor executor, std::string path, BlockLimits limits)
    : impl_(std::make_unique<Impl>(std::move(executor), std::move(path), limits)) {}

BlockStore::~BlockStore() = default;

void BlockStore::put(BlockRow row) {
  impl_->push(PutRow{std::move(row)});
}

void BlockStore::put_output(BlockKey key, std::vector<OutputPiece> pieces) {
  Write write = PutOutput{std::move(key), std::move(pieces)};
  const std::size_t bytes = Impl::size_of(write);
  if (impl_->waiting + bytes > kWaitingBytes) return;
  impl_->waiting += bytes;
  impl_->push(std::move(write));
}

void BlockStore::close_missing(std::vector<std::string> live_terminals) {
  impl_->push(CloseMissing{std::move(live_terminals)});
}

void BlockStore::set_limits(BlockLimits limits) {
  impl_->limits = limits;
  impl_->rows = kRowsBetweenPrunes;
}

core::Task<base::Result<std::vector<BlockRow>>> BlockStore::find(BlockQuery query) {
  co_await impl_->drain();
  auto work = [desk = impl_->desk, query = std::move(query)]() -> base::Result<std::vector<BlockRow>> {
    if (auto ready = desk->ready(); !ready) return ready.error();
    return desk->tables.find(query);
  };
  co_return co_await impl_->offload.run(std::move(work));
}

core::Task<base::Result<std::vector<OutputPiece>>> BlockStore::output(BlockKey key) {
  co_await impl_->drain();
  auto work = [desk = impl_->desk, key = std::move(key)]() -> base::Result<std::vector<OutputPiece>> {
    if (auto ready = desk->ready(); !ready) return ready.error();
    return desk->tables.output(key);
  };
  co_return co_await impl_->offload.run(std::move(work));
}

core::Task<base::Result<std::int64_t>> BlockStore::remove(BlockQuery query) {
  co_await impl_->drain();
  auto work = [desk = impl_->desk, query = std::move(query)]() -> base::Result<std::int64_t> {
    if (auto ready = desk->ready(); !ready) return ready.error();
    return desk->tables.remove(query);
  };
  co_return co_await impl_->offload.run(std::move(work));
}

core::Task<> BlockStore::flush() {
  co_await impl_->drain();
}

core::Task<> BlockStore::stop() {
  if (!impl_->scope.stopping()) co_await impl_->drain();
  co_await impl_->scope.stop();
}

}  // namespace duotty::store
