#include <algorithm>
#include <array>
#include <duotty/core/scope.hpp>
#include <duotty/record/codec.hpp>
#include <duotty/record/json_text.hpp>
#include <duotty/remote/forward_book.hpp>
#include <duotty/store/connection_store.hpp>

#include "forward_rules.hpp"
#include "plan.hpp"

namespace duotty::remote {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using core::Task;
using Clock = std::chrono::steady_clock;
using LinkPtr = std::shared_ptr<Link>;
using State = ForwardNote::State;

constexpr int kMostBackoff = 60;
/// A connection that has lasted so long is made anew at once.
constexpr std::chrono::minutes kLasting{1};
constexpr const char* kHungUp = "The connection was hung up. The forward comes back with the next one.";
constexpr const char* kLost = "The connection was lost.";
constexpr const char* kAdopted = "It came with an import, and opens with the next connection.";

/// Reasons that time does not mend.
bool is_final(const std::string& reason) {
  static constexpr std::array kFinal = {"refused",          "bad_key",          "unanswered",      "awaiting_auth",
                                        "host_key_unknown", "host_key_changed", "host_key_revoked"};
  return std::find(kFinal.begin(), kFinal.end(), reason) != kFinal.end();
}

link::Forward stored_forward(const KeptForward& kept) {
  link::Forward forward;
  forward.id = kept.id;
  for (const auto kind : {link::ForwardKind::local, link::ForwardKind::remote, link::ForwardKind::dynamic}) {
    if (link::name(kind) == kept.kind) forward.kind = kind;
  }
  forward.bind = kept.bind;
  forward.port = static_cast<std::uint16_t>(kept.port);
  forward.host = kept.target_host;
  forward.target = static_cast<std::uint16_t>(kept.target_port);
  return forward;
}

}  // namespace

const char* name(State state) noexcept {
  if (state == State::listening) return "listening";
  return state == State::reconnecting ? "reconnecting" : "failed";
}

std::chrono::seconds forward_backoff(int failures) noexcept {
  return std::chrono::seconds(failures > 6 ? kMostBackoff : std::min(kMostBackoff, 1 << std::max(failures - 1, 0)));
}

struct ForwardBook::Impl {
  /// The forwards of one connection.
  struct Group {
    explicit Group(const core::asio::any_io_executor& executor) : news(executor) {}
    LinkPtr link;
    std::map<std::string, ForwardNote> notes;
    int failures = 0;
    Clock::time_point next_try{};
    Clock::time_point since{};  ///< the link was there
    bool look = false;          ///< the link may have more than we know
    core::Event news;

    bool due() const {
      const auto waits = [](const auto& one) { return one.second.state == State::reconnecting; };
      return look || std::any_of(notes.begin(), notes.end(), waits);
    }
    void soon() {
      failures = 0;
      next_try = Clock::now();
      news.notify();
    }
  };
  using GroupPtr = std::shared_ptr<Group>;

  Impl(core::asio::any_io_executor executor_, LinkPool& links_, store::ConnectionStore& connections_, Tell tell_)
      : executor(executor_), links(links_), connections(connections_), tell(std::move(tell_)), scope(executor_) {}

  GroupPtr group_of(const std::string& id) {
    GroupPtr& group = groups[id];
    if (!group) {
      group = std::make_shared<Group>(executor);
      scope.spawn("forwards", tend(id, group));
    }
    return group;
  }
  GroupPtr find(const std::string& id) const {
    const auto found = groups.find(id);
    return found == groups.end() ? nullptr : found->second;
  }
  void put(Group& group, ForwardNote note);
  void change(ForwardNote& note, State state, const std::string& error);
  void lose(Group& group, State next, const std::string& why);
  Task<> begin();
  Task<> tend(std::string id, GroupPtr group);
  Task<> revive(std::string id, GroupPtr group);
  Task<> reopen(std::string id, GroupPtr group, LinkPtr link);
  Task<Result<>> store(std::string connection_id, KeptForward kept, bool keep);

  core::asio::any_io_executor executor;
  LinkPool& links;
  store::ConnectionStore& connections;
  Tell tell;
  std::map<std::string, GroupPtr> groups;  ///< by id of the connection
  core::Scope scope;
};

ForwardBook::ForwardBook(boost::asio::any_io_executor executor, LinkPool& links, store::ConnectionStore& connections,
                         Tell tell)
    : impl_(std::make_unique<Impl>(std::move(executor), links, connections, std::move(tell))) {}
ForwardBook::~ForwardBook() = default;

void ForwardBook::Impl::put(Group& group, ForwardNote note) {
  const auto [at, fresh] = group.notes.insert_or_assign(note.now.forward.id, std::move(note));
  tell(at->second, name(at->second.state));
  group.news.notify();
}

void ForwardBook::Impl::change(ForwardNote& note, State state, const std::string& error) {
  const bool other = note.state != state || note.error != error;
  note.state = state;
  note.error = error;
  if (other) tell(note, name(state));
}

/// The link is gone, or is not to be used any more.
void ForwardBook::Impl::lose(Group& group, State next, const std::string& why) {
  group.link = nullptr;
  if (Clock::now() - group.since > kLasting) group.failures = 0;
  group.next_try = Clock::now() + (group.failures > 0 ? forward_backoff(group.failures) : Clock::duration::zero());
  for (auto it = group.notes.begin(); it != group.notes.end();) {
    ForwardNote& note = it->second;
    note.now.open = 0;
    if (note.keep) {
      if (note.state == State::listening) change(note, next, why);
      ++it;
    } else {
      note.error = why;
      tell(note, "closed");
      it = group.notes.erase(it);
    }
  }
  group.news.notify();
}

Task<> ForwardBook::Impl::begin() {
  auto rows = co_await connections.list();
  if (rows) {
    for (const store::ConnectionRow& row : *rows) {
      for (const KeptForward& kept : profile_of(row).forwards) {
        ForwardNote note;
        note.connection_id = row.id;
        note.now.forward = stored_forward(kept);
        note.keep = true;
        note.state = State::reconnecting;
        group_of(row.id)->notes.emplace(kept.id, std::move(note));
      }
    }
  }
  const auto left = co_await links.left_forwarding();
  for (const std::string& id : left) {
    const auto group = group_of(id);
    group->look = true;
    group->soon();
  }
}

/// Sees to the forwards of one connection as long as there are any.
Task<> ForwardBook::Impl::tend(std::string id, GroupPtr group) {
  co_await core::sleep_for(Clock::duration::zero());  // whoever has made it puts something in
  while (group->look || !group->notes.empty()) {
    if (group->link && !group->link->alive()) lose(*group, State::reconnecting, kLost);
    if (!group->due()) {
      co_await group->news.wait();
    } else if (Clock::now() < group->next_try) {
      co_await group->news.wait_until(group->next_try);
    } else {
      co_await revive(id, group);
    }
  }
  groups.erase(id);
}

/// Connects and opens what is not there.
Task<> ForwardBook::Impl::revive(std::string id, GroupPtr group) {
  Attempt attempt;
  auto link = co_await links.acquire(id, attempt);
  group->look = false;
  group->next_try = Clock::now() + forward_backoff(++group->failures);
  if (link) {
    if (group->link && group->link != *link) lose(*group, State::reconnecting, kLost);
    group->link = *link;
    group->since = Clock::now();
    co_await reopen(id, group, *link);
    co_return;
  }
  if (link.error().code() == Errc::not_found) group->notes.clear();  // deleted meanwhile
  const State state = is_final(attempt.reason) ? State::failed : State::reconnecting;
  for (auto& [key, note] : group->notes) {
    if (note.state == State::reconnecting) change(note, state, link.error().message());
  }
}

Task<> ForwardBook::Impl::reopen(std::string id, GroupPtr group, LinkPtr link) {
  const auto there = co_await link->forwards();
  if (!there) co_return;
  std::vector<link::Forward> missing;
  for (const auto& [key, note] : group->notes) {
    if (note.state == State::reconnecting) missing.push_back(note.now.forward);
  }
  for (const link::Forwarding& one : *there) {
    std::erase_if(missing, [&](const link::Forward& forward) { return forward.id == one.forward.id; });
    const auto found = group->notes.find(one.forward.id);
    if (found == group->notes.end()) {
      ForwardNote note;
      note.connection_id = id;
      note.now = one;
      put(*group, std::move(note));
    } else {
      found->second.now = one;
      change(found->second, State::listening, {});
    }
  }
  for (const link::Forward& forward : missing) {
    auto opened = co_await link->forward(forward);
    const auto found = group->notes.find(forward.id);
    if (found == group->notes.end()) {
      link->unforward(forward.id);  // closed meanwhile
    } else if (opened) {
      found->second.now = *opened;
      change(found->second, State::listening, {});
    } else {
      change(found->second, State::reconnecting, opened.error().message());
    }
  }
}

/// Puts one among those that are stored with the connection, or takes it out.
Task<Result<>> ForwardBook::Impl::store(std::string connection_id, KeptForward kept, bool keep) {
  store::ConnectionStore::Change change = [kept = std::move(kept), keep](store::ConnectionRow& row,
                                                                         store::ConnectionSecrets&) -> Result<> {
    SshProfile profile = profile_of(row);
    std::erase_if(profile.forwards, [&](const KeptForward& one) { return one.id == kept.id; });
    if (keep) profile.forwards.push_back(kept);
    row.profile = record::to_text(record::encode(profile));
    return {};
  };
  auto changed = co_await connections.change(std::move(connection_id), std::move(change));
  if (!changed) co_return changed.error();
  co_return Result<>();
}

void ForwardBook::start() {
  impl_->scope.spawn("forwards of before", impl_->begin());
}

Task<Result<ForwardNote>> ForwardBook::open(std::string connection_id, link::Forward forward, bool keep,
                                            Attempt& attempt) {
  Result<link::Forwarding> opened = Error();
  LinkPtr link;
  // A connection that was warm may have died since.
  for (int i = 0; i < 2; ++i) {
    attempt = {};
    auto there = co_await impl_->links.acquire(connection_id, attempt);
    if (!there) co_return there.error();
    link = *there;
    opened = co_await link->forward(forward);
    if (opened || opened.error().code() != Errc::unreachable) break;
  }
  if (!opened) co_return opened.error();
  if (keep) {
    auto stored = co_await impl_->store(connection_id, kept_of(opened->forward), true);
    if (!stored) {
      link->unforward(opened->forward.id);
      co_return stored.error();
    }
  }
  const auto group = impl_->group_of(connection_id);
  if (group->link && group->link != link) impl_->lose(*group, State::reconnecting, kLost);
  if (!group->link) group->since = Clock::now();
  group->link = link;
  ForwardNote note;
  note.connection_id = connection_id;
  note.now = *opened;
  note.keep = keep;
  impl_->put(*group, note);
  co_return note;
}

Task<std::vector<ForwardNote>> ForwardBook::list(std::string connection_id) {
  std::vector<std::pair<std::string, Impl::GroupPtr>> wanted;
  for (const auto& [id, group] : impl_->groups) {
    if (connection_id.empty() || id == connection_id) wanted.emplace_back(id, group);
  }
  std::vector<ForwardNote> out;
  for (const auto& [id, group] : wanted) {
    if (const LinkPtr link = group->link; link && link->alive()) {
      const auto now = co_await link->forwards();
      for (const link::Forwarding& one : now ? *now : std::vector<link::Forwarding>()) {
        const auto found = group->notes.find(one.forward.id);
        if (found != group->notes.end()) found->second.now = one;
      }
    }
    for (const auto& [key, note] : group->notes) out.push_back(note);
  }
  co_return out;
}

Task<Result<ForwardNote>> ForwardBook::close(std::string id) {
  for (const auto& [connection_id, group] : impl_->groups) {
    const auto found = group->notes.find(id);
    if (found == group->notes.end()) continue;
    const auto held = group;
    ForwardNote note = found->second;
    if (note.keep) {
      auto stored = co_await impl_->store(note.connection_id, kept_of(note.now.forward), false);
      if (!stored && stored.error().code() != Errc::not_found) co_return stored.error();
    }
    if (held->link) held->link->unforward(id);
    if (held->notes.erase(id) > 0) impl_->tell(note, "closed");
    held->news.notify();
    co_return note;
  }
  co_return Error(Errc::not_found, "There is no forward of that id. ssh.forwards.list has those that there are.", "id");
}

void ForwardBook::notice(const std::string& connection_id, const std::string& state) {
  const auto group = impl_->find(connection_id);
  if (!group) return;
  if (state == "connected") {
    for (auto& [id, note] : group->notes) {
      if (note.state == State::failed) impl_->change(note, State::reconnecting, note.error);
    }
    group->soon();
  }
  group->news.notify();
}

void ForwardBook::hung_up(const std::string& connection_id) {
  const auto group = impl_->find(connection_id);
  if (!group) return;
  impl_->lose(*group, State::failed, kHungUp);
  for (auto& [id, note] : group->notes) impl_->change(note, State::failed, kHungUp);
}

void ForwardBook::moved(const std::string& connection_id) {
  const auto group = impl_->find(connection_id);
  if (!group) return;
  if (group->link) group->link->unforward({});
  impl_->lose(*group, State::reconnecting, "The connection leads elsewhere by now.");
  for (auto& [id, note] : group->notes) impl_->change(note, State::reconnecting, note.error);
  group->soon();
}

Task<> ForwardBook::adopt(std::string connection_id) {
  auto row = co_await impl_->connections.find(std::move(connection_id));
  if (!row) co_return;
  for (const KeptForward& kept : profile_of(*row).forwards) {
    const auto group = impl_->group_of(row->id);
    if (group->notes.count(kept.id) != 0) continue;
    ForwardNote note;
    note.connection_id = row->id;
    note.now.forward = stored_forward(kept);
    note.keep = true;
    note.state = State::failed;
    note.error = kAdopted;
    impl_->put(*group, std::move(note));
  }
}

void ForwardBook::forget(const std::string& connection_id) {
  const auto group = impl_->find(connection_id);
  if (!group) return;
  for (auto& [id, note] : group->notes) note.keep = false;
  impl_->lose(*group, State::failed, "The connection was deleted.");
}

Task<> ForwardBook::stop() {
  co_await impl_->scope.stop();
}

}  // namespace duotty::remote
