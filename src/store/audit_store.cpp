#include <duotty/core/event.hpp>
#include <duotty/core/offload.hpp>
#include <duotty/core/scope.hpp>
#include <duotty/store/audit_store.hpp>

#include "audit_tables.hpp"
#include "desk.hpp"

namespace duotty::store {
namespace {

/// Limits are looked after when a server starts and after so many rows.
constexpr std::size_t kRowsBetweenPrunes = 500;
/// Rows that wait for a disk that takes none; what comes then is lost, and counted.
constexpr std::size_t kMostWaiting = 50'000;

struct Waiting {
  AuditRow row;
  AuditStore::Finish finish;
};

}  // namespace

struct AuditStore::Impl {
  Impl(core::asio::any_io_executor executor, std::string path, AuditLimits with)
      : desk(std::make_shared<Desk<AuditTables>>(std::move(path))),
        limits(with),
        queued(executor),
        idle(executor),
        scope(executor) {
    scope.spawn("writes to the audit", write());
  }

  core::Task<> write() {
    bool first = true;
    while (true) {
      while (queue.empty() && !first && !prune_due) co_await queued.wait();
      auto batch = std::make_shared<std::vector<Waiting>>(std::move(queue));
      queue.clear();
      rows += batch->size();
      const bool prune = first || prune_due || rows >= kRowsBetweenPrunes;
      if (prune) rows = 0;
      first = prune_due = false;
      const std::size_t owed = batch->empty() ? 0 : lost;
      const std::size_t count = batch->size();
      if (owed > 0) batch->insert(batch->begin(), Waiting{lost_row(), {}});
      writing = true;
      auto work = [to = desk, batch, prune, most = limits]() { return turn(*to, *batch, prune, most); };
      const Outcome outcome = co_await offload.run(std::move(work));
      writing = false;
      lost += outcome.failed ? count : 0;
      lost -= outcome.failed ? 0 : owed;
      complaints.hear(outcome);
      idle.notify();
    }
  }

  AuditRow lost_row() const {
    AuditRow row;
    row.at = now_ms();
    row.kind = "owner";
    row.who = "server";
    row.method = "audit.lost";
    row.bytes = static_cast<std::int64_t>(lost);
    row.outcome = "io";
    return row;
  }

  static Outcome turn(Desk<AuditTables>& desk, std::vector<Waiting>& batch, bool prune, const AuditLimits& limits) {
    Outcome outcome;
    std::vector<AuditRow> rows;
    rows.reserve(batch.size());
    for (Waiting& one : batch) {
      if (one.finish) one.finish(one.row);
      one.finish = {};
      rows.push_back(std::move(one.row));
    }
    auto done = desk.ready();
    if (done && !rows.empty()) done = desk.tables.add(rows);
    if (!done) outcome.failed = done.error();
    if (done && prune) done = desk.tables.prune(limits, now_ms());
    if (!done && !outcome.failed) core::log_error("the audit was not pruned: {}", done.error().message());
    outcome.notice = desk.tables.notice();
    return outcome;
  }

  core::Task<> drain() {
    while (!queue.empty() || writing) co_await idle.wait();
  }

  std::shared_ptr<Desk<AuditTables>> desk;
  AuditLimits limits;
  std::vector<Waiting> queue;
  std::size_t rows = 0;
  std::size_t lost = 0;  ///< rows that could not be written since the last that could
  bool writing = false;
  bool prune_due = false;
  Complaints complaints{"calls are not written to the audit"};
  core::Event queued;
  core::Event idle;
  core::Offload offload;
  core::Scope scope;
};

AuditStore::AuditStore(core::asio::any_io_executor executor, std::string path, AuditLimits limits)
    : impl_(std::make_unique<Impl>(std::move(executor), std::move(path), limits)) {}

AuditStore::~AuditStore() = default;

void AuditStore::put(AuditRow row, Finish finish) {
  if (impl_->queue.size() >= kMostWaiting) {
    ++impl_->lost;
    return;
  }
  impl_->queue.push_back({std::move(row), std::move(finish)});
  impl_->queued.notify();
}

void AuditStore::set_limits(AuditLimits limits) {
  impl_->limits = limits;
  impl_->prune_due = true;
  impl_->queued.notify();
}

core::Task<base::Result<std::vector<AuditRow>>> AuditStore::find(AuditQuery query) {
  co_await impl_->drain();
  auto work = [desk = impl_->desk, query = std::move(query)]() -> base::Result<std::vector<AuditRow>> {
    if (auto ready = desk->ready(); !ready) return ready.error();
    return desk->tables.find(query);
  };
  co_return co_await impl_->offload.run(std::move(work));
}

core::Task<> AuditStore::stop() {
  if (!impl_->scope.stopping()) co_await impl_->drain();
  co_await impl_->scope.stop();
}

}  // namespace duotty::store
