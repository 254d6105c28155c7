#include <algorithm>
#include <duotty/base/random.hpp>
#include <duotty/core/event.hpp>
#include <duotty/core/offload.hpp>
#include <duotty/core/scope.hpp>
#include <duotty/store/event_store.hpp>

#include "desk.hpp"
#include "event_tables.hpp"

namespace duotty::store {
namespace {
/// Old events are removed after so many new ones.
constexpr std::size_t kRowsBetweenPrunes = 1024;
}  // namespace

struct EventStore::Impl {
  Impl(core::asio::any_io_executor executor, std::string path, std::size_t most)
      : desk(std::make_shared<Desk<EventTables>>(std::move(path))),
        keep(most),
        queued(executor),
        idle(executor),
        scope(executor) {}

  core::Task<> write() {
    while (true) {
      while (queue.empty()) co_await queued.wait();
      auto batch = std::make_shared<std::vector<EventRow>>(std::move(queue));
      queue.clear();
      rows += batch->size();
      for (const EventRow& row : *batch) newest = std::max(newest, row.id);
      const bool prune = rows >= kRowsBetweenPrunes;
      if (prune) rows = 0;
      writing = true;
      auto work = [to = desk, batch, prune, most = keep]() {
        Outcome outcome;
        auto done = to->ready();
        if (done) done = to->tables.add(*batch, prune, most);
        if (!done) outcome.failed = done.error();
        outcome.notice = to->tables.notice();
        return outcome;
      };
      const Outcome outcome = co_await offload.run(std::move(work));
      writing = false;
      complaints.hear(outcome);
      if (told && *told) (*told)(newest, !outcome.failed);
      idle.notify();
    }
  }

  std::shared_ptr<Desk<EventTables>> desk;
  std::size_t keep;
  std::vector<EventRow> queue;
  std::size_t rows = 0;
  std::uint64_t newest = 0;  ///< of all that were taken from the queue
  bool writing = false;
  const std::function<void(std::uint64_t, bool)>* told = nullptr;
  Complaints complaints{"events are not kept for the next worker"};
  core::Event queued;
  core::Event idle;
  core::Offload offload;
  core::Scope scope;
};

EventStore::EventStore(boost::asio::any_io_executor executor, std::string path, std::size_t keep)
    : impl_(std::make_unique<Impl>(std::move(executor), std::move(path), keep)) {
  impl_->told = &on_written;
}

EventStore::~EventStore() = default;

core::Task<base::Result<KeptEvents>> EventStore::load() {
  auto work = [desk = impl_->desk, most = impl_->keep, fresh = base::make_id()]() -> base::Result<KeptEvents> {
    if (auto ready = desk->ready(); !ready) return ready.error();
    return desk->tables.load(fresh, most);
  };
  auto kept = co_await impl_->offload.run(std::move(work));
  Outcome outcome;
  if (!kept) outcome.failed = kept.error();
  outcome.notice = impl_->desk->tables.notice();
  impl_->complaints.hear(outcome);
  impl_->scope.spawn("writes events", impl_->write());
  co_return kept;
}

void EventStore::put(EventRow row) {
  impl_->queue.push_back(std::move(row));
  impl_->queued.notify();
}

core::Task<> EventStore::stop() {
  if (!impl_->scope.stopping() && !impl_->scope.empty()) {
    while (!impl_->queue.empty() || impl_->writing) co_await impl_->idle.wait();
  }
  co_await impl_->scope.stop();
}

}  // namespace duotty::store
