#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <duotty/core/event.hpp>
#include <duotty/core/offload.hpp>
#include <duotty/core/scope.hpp>
#include <duotty/store/block_store.hpp>

#include "block_tables.hpp"
#include "desk.hpp"

namespace duotty::store {
namespace {

/// Output that waits to be written; what comes while so much waits is not kept.
constexpr std::size_t kWaitingBytes = std::size_t{64} << 20;
/// Limits are looked after when a server starts and after so many rows.
constexpr std::size_t kRowsBetweenPrunes = 200;
/// Between two turns of the writer that nobody waits for. A transaction costs as much as a short command: many commands
/// in a row share one, while a lone one is written at once.
constexpr std::chrono::milliseconds kRest{25};
/// Before the first turn, which opens the file and looks after the limits: a server that starts has others to answer.
constexpr std::chrono::milliseconds kFirstRest{200};

}  // namespace

struct BlockStore::Impl {
  Impl(core::asio::any_io_executor executor, std::string path, BlockLimits with, CleanText clean)
      : desk(std::make_shared<Desk<BlockTables>>(std::move(path), clean)),
        limits(with),
        queued(executor),
        hurry(executor),
        idle(executor),
        scope(executor) {
    scope.spawn("writes to the database", write());
  }

  void push(Write what) {
    // A client was promised that it finds its job again, whatever happens to this process.
    if (std::holds_alternative<PutJob>(what)) {
      rest_until = {};
      hurry.notify();
    }
    queue.push_back(std::move(what));
    queued.notify();
  }

  core::Task<> write() {
    while (true) {
      while (queue.empty() && !first) co_await queued.wait();
      co_await rest();
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
      rest_until = std::chrono::steady_clock::now() + kRest;
      complaints.hear(outcome);
      idle.notify();
    }
  }

  static Outcome turn(Desk<BlockTables>& desk, const std::vector<Write>& batch, bool prune, const BlockLimits& limits) {
    Outcome outcome;
    auto done = desk.ready();
    if (done) done = batch.empty() ? base::Result<>() : desk.tables.apply(batch);
    if (done && prune) done = desk.tables.prune(limits, now_ms());
    if (!done) outcome.failed = done.error();
    outcome.notice = desk.tables.notice();
    return outcome;
  }

  static std::size_t size_of(const Write& what) {
    std::size_t bytes = 0;
    if (const auto* output = std::get_if<PutOutput>(&what)) {
      for (const auto& piece : output->pieces) bytes += piece.bytes.size();
    }
    return bytes;
  }

  core::Task<> rest() {
    while (in_a_hurry == 0 && waiting < kWaitingBytes / 4 && std::chrono::steady_clock::now() < rest_until) {
      co_await hurry.wait_until(rest_until);
    }
  }

  core::Task<> drain() {
    const Hurry counted(*this);
    while (first || !queue.empty() || writing) co_await idle.wait();
  }

  /// Somebody who waits for what is queued.
  struct Hurry {
    explicit Hurry(Impl& of) : impl(of) {
      ++impl.in_a_hurry;
      impl.hurry.notify();
    }
    Hurry(const Hurry&) = delete;
    Hurry& operator=(const Hurry&) = delete;
    ~Hurry() { --impl.in_a_hurry; }
    Impl& impl;
  };

  std::shared_ptr<Desk<BlockTables>> desk;
  BlockLimits limits;
  std::vector<Write> queue;
  std::size_t waiting = 0;  ///< bytes of output in the queue and in the batch under way
  std::size_t rows = 0;
  bool first = true;  ///< the first turn has not begun
  bool writing = false;
  int in_a_hurry = 0;
  std::chrono::steady_clock::time_point rest_until = std::chrono::steady_clock::now() + kFirstRest;
  Complaints complaints{"commands are not stored"};
  core::Event queued;
  core::Event hurry;
  core::Event idle;
  core::Offload offload;
  core::Scope scope;
};

BlockStore::BlockStore(core::asio::any_io_executor executor, std::string path, BlockLimits limits, CleanText clean)
    : impl_(std::make_unique<Impl>(std::move(executor), std::move(path), limits, clean)) {}

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

void BlockStore::put_secret(BlockKey key) {
  impl_->push(PutSecret{std::move(key)});
}

void BlockStore::put_job(JobRow row) {
  impl_->push(PutJob{std::move(row)});
}

void BlockStore::set_limits(BlockLimits limits) {
  impl_->limits = limits;
  impl_->rows = kRowsBetweenPrunes;
}

core::Task<base::Result<std::vector<FoundBlock>>> BlockStore::find(BlockQuery query) {
  co_await impl_->drain();
  auto work = [desk = impl_->desk, query = std::move(query)]() -> base::Result<std::vector<FoundBlock>> {
    if (auto ready = desk->ready(); !ready) return ready.error();
    return desk->tables.find(query);
  };
  co_return co_await impl_->offload.run(std::move(work));
}

core::Task<base::Result<std::vector<StoredJob>>> BlockStore::jobs(JobQuery query) {
  co_await impl_->drain();
  auto work = [desk = impl_->desk, query = std::move(query)]() -> base::Result<std::vector<StoredJob>> {
    if (auto ready = desk->ready(); !ready) return ready.error();
    return desk->tables.jobs(query);
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
