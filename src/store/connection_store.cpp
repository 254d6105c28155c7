#include <duotty/core/offload.hpp>
#include <duotty/store/connection_store.hpp>

#include "connection_table.hpp"
#include "desk.hpp"

namespace duotty::store {

struct ConnectionStore::Impl {
  explicit Impl(std::shared_ptr<Desk<ConnectionTable>> with) : desk(std::move(with)) {}

  /// Runs `work` on the tables, on their thread.
  template <class R, class Work>
  core::Task<base::Result<R>> run(Work work) {
    auto turn = [to = desk, work = std::move(work)]() mutable -> base::Result<R> {
      if (auto ready = to->ready(); !ready) return ready.error();
      return work(to->tables);
    };
    auto done = co_await offload.run(std::move(turn));
    Outcome outcome;
    outcome.notice = desk->tables.notice();
    complaints.hear(outcome);
    co_return done;
  }

  std::shared_ptr<Desk<ConnectionTable>> desk;
  Complaints complaints{"SSH connections are not stored"};
  core::Offload offload;
};

ConnectionStore::ConnectionStore(std::string path, std::string key_path)
    : impl_(std::make_unique<Impl>(std::make_shared<Desk<ConnectionTable>>(std::move(path), std::move(key_path)))) {}

ConnectionStore::~ConnectionStore() = default;

core::Task<base::Result<std::vector<ConnectionRow>>> ConnectionStore::list() {
  auto work = [](ConnectionTable& table) { return table.list(); };
  co_return co_await impl_->run<std::vector<ConnectionRow>>(work);
}

core::Task<base::Result<ConnectionRow>> ConnectionStore::find(std::string name) {
  auto work = [name = std::move(name)](ConnectionTable& table) { return table.find(name); };
  co_return co_await impl_->run<ConnectionRow>(std::move(work));
}

core::Task<base::Result<std::vector<std::string>>> ConnectionStore::add(std::vector<Fresh> fresh) {
  auto work = [fresh = std::move(fresh)](ConnectionTable& table) mutable { return table.add(fresh); };
  co_return co_await impl_->run<std::vector<std::string>>(std::move(work));
}

core::Task<base::Result<ConnectionRow>> ConnectionStore::change(std::string name, Change change) {
  auto work = [name = std::move(name), change = std::move(change)](ConnectionTable& table) {
    return table.change(name, change);
  };
  co_return co_await impl_->run<ConnectionRow>(std::move(work));
}

core::Task<base::Result<ConnectionRow>> ConnectionStore::remove(std::string name) {
  auto work = [name = std::move(name)](ConnectionTable& table) { return table.remove(name); };
  co_return co_await impl_->run<ConnectionRow>(std::move(work));
}

core::Task<base::Result<ConnectionSecrets>> ConnectionStore::reveal(std::string id) {
  auto work = [id = std::move(id)](ConnectionTable& table) { return table.reveal(id); };
  co_return co_await impl_->run<ConnectionSecrets>(std::move(work));
}

}  // namespace duotty::store
