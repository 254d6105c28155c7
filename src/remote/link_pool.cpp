#include <unistd.h>

#include <duotty/base/random.hpp>
#include <duotty/core/offload.hpp>
#include <duotty/core/private_directory.hpp>
#include <duotty/core/scope.hpp>
#include <duotty/remote/link_pool.hpp>
#include <duotty/ssh/names.hpp>
#include <duotty/store/connection_store.hpp>
#include <list>

#include "conversation.hpp"
#include "spawn.hpp"

namespace duotty::remote {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using core::Task;
using LinkPtr = std::shared_ptr<Link>;
using Clock = std::chrono::steady_clock;

/// A link is a process of this machine.
constexpr std::chrono::seconds kGreeting{5};
constexpr std::chrono::seconds kSweep{20};
constexpr std::size_t kMostHops = 8;
/// Longer than anything takes: waits are repeated.
constexpr std::chrono::hours kLong{1};

Error awaiting(Attempt& attempt) {
  attempt.step = "sign_in";
  attempt.reason = "awaiting_auth";
  return {Errc::awaiting_auth,
          "The host asks something before it lets us in. Answer with ssh.answer (duotty ssh connect asks you), then do "
          "this again."};
}

/// How an attempt stands; `attempt` gets its course.
Result<Progress> progress_of(const Course& course, Attempt& attempt) {
  attempt = course.attempt;
  if (attempt.questions) return Progress::awaiting_auth;
  if (!course.result) return Progress::connecting;
  if (!*course.result) return course.result->error();
  return Progress::connected;
}

}  // namespace

struct LinkPool::Impl {
  /// One connection, and the attempt that is under way, if any.
  struct Entry {
    LinkPtr link;
    std::string target;           ///< where `link` leads: connections can be edited
    std::unique_ptr<Stream> way;  ///< through another host
    std::shared_ptr<Course> course;
    Attempt how;  ///< `link` was made

    /// Forgets the link and the way to it. Terminals may still use them, which the worker has nothing to do with.
    LinkPtr take_link() {
      if (way) way->leave();
      way.reset();
      return std::exchange(link, nullptr);
    }
  };
  using EntryPtr = std::shared_ptr<Entry>;

  Impl(core::asio::any_io_executor executor_, LinkPoolOptions options_, store::ConnectionStore& connections_,
       core::Offload& offload_)
      : executor(executor_),
        options(std::move(options_)),
        connections(connections_),
        offload(offload_),
        scope(executor_) {
    scope.spawn("warm links", sweep());
  }

  LinkPtr hold(base::UniqueFd socket) {
    return links.emplace_back(std::make_shared<Link>(executor, std::move(socket)));
  }

  Task<Result<LinkPtr>> acquire(store::ConnectionRow row, Attempt& attempt);
  Task<std::shared_ptr<Course>> join(store::ConnectionRow row, Clock::time_point deadline, LinkPtr& there,
                                     Attempt& attempt);
  Task<bool> ends(store::ConnectionRow row);
  Task<Result<std::unique_ptr<Stream>>> way_to(Course& course);
  Task<> run(EntryPtr entry, std::shared_ptr<Course> course);
  Task<Result<LinkPtr>> establish(Course& course);
  Task<Result<LinkPtr>> survivor(Course& course, const std::string& path);
  Task<Result<LinkPtr>> fresh(Course& course, const std::string& path);
  Task<> watch(std::string id, LinkPtr link);
  void tell(const std::string& id, const char* state) const {
    if (options.on_state) options.on_state(id, state);
  }
  Task<> release(LinkPtr link, bool end);
  std::string socket_of(const std::string& id) const {
    return options.directory + "/" + id + "-v" + std::to_string(link::kVersion);
  }
  Task<> sweep();

  core::asio::any_io_executor executor;
  LinkPoolOptions options;
  store::ConnectionStore& connections;
  core::Offload& offload;
  std::map<std::string, EntryPtr> entries;  ///< by id of the connection
  std::list<LinkPtr> links;                 ///< all, so that each is stopped
  int rounds = 0;                           ///< of questions
  core::Scope scope;
};

LinkPool::LinkPool(boost::asio::any_io_executor executor, LinkPoolOptions options, store::ConnectionStore& connections,
                   core::Offload& offload)
    : impl_(std::make_unique<Impl>(std::move(executor), std::move(options), connections, offload)) {}
LinkPool::~LinkPool() = default;

Task<Result<LinkPtr>> LinkPool::acquire(std::string name, Attempt& attempt) {
  auto row = co_await impl_->connections.find(std::move(name));
  if (!row) co_return row.error();
  co_return co_await impl_->acquire(std::move(*row), attempt);
}

/// The connection that is there, else the attempt that was begun or joined, once it has settled or at the deadline.
Task<std::shared_ptr<Course>> LinkPool::Impl::join(store::ConnectionRow row, Clock::time_point deadline, LinkPtr& there,
                                                   Attempt& attempt) {
  auto& entry = entries[row.id];
  if (!entry) entry = std::make_shared<Entry>();
  const auto held = entry;
  const auto wanted = std::make_shared<Course>(executor, std::move(row), Aim::use);
  for (;;) {
    if (held->link && held->link->alive() && held->target == wanted->target) {
      attempt = held->how;
      attempt.steps.clear();
      attempt.reused = true;
      there = held->link;
      co_return nullptr;
    }
    if (!held->course) {
      held->course = wanted;
      wanted->tell = [this, id = wanted->row.id](const char* state) { tell(id, state); };
      scope.spawn("connecting", run(held, wanted));
    }
    const auto course = held->course;
    const bool same = course->target == wanted->target && !course->taken_back;
    if (!same) course->take_back();
    while (same ? !course->settled() : !course->result) {
      if (Clock::now() >= deadline) co_return same ? course : wanted;
      co_await course->news.wait_until(deadline);
    }
    if (same) co_return course;
  }
}

Task<Result<LinkPtr>> LinkPool::Impl::acquire(store::ConnectionRow row, Attempt& attempt) {
  LinkPtr there;
  std::shared_ptr<Course> course;
  while (!there && (!course || !course->settled())) {
    course = co_await join(row, Clock::now() + kLong, there, attempt);
  }
  if (there) co_return there;
  attempt = course->attempt;
  if (course->result) co_return *course->result;
  co_return awaiting(attempt);
}

Task<Result<Progress>> LinkPool::connect(std::string name, core::Event::time_point deadline, Attempt& attempt) {
  auto row = co_await impl_->connections.find(std::move(name));
  if (!row) co_return row.error();
  LinkPtr there;
  const auto course = co_await impl_->join(std::move(*row), deadline, there, attempt);
  if (!course) co_return Progress::connected;
  co_return progress_of(*course, attempt);
}

Task<Result<Progress>> LinkPool::answer(std::string name, int round, std::vector<base::Secret> answers,
                                        core::Event::time_point deadline, Attempt& attempt) {
  auto row = co_await impl_->connections.find(std::move(name));
  if (!row) co_return row.error();
  const auto found = impl_->entries.find(row->id);
  const auto course = found == impl_->entries.end() ? nullptr : found->second->course;
  if (!course || !course->attempt.questions || course->attempt.questions->round != round) {
    co_return Error(Errc::conflict, "That round of questions is over. ssh.connect tells what is asked now.", "round");
  }
  const std::size_t asked = course->attempt.questions->prompts.size();
  if (answers.empty()) {
    course->take_back();
  } else if (answers.size() != asked) {
    co_return Error(Errc::invalid_params,
                    "There are " + std::to_string(asked) + " questions and " + std::to_string(answers.size()) +
                        " answers. Send one for each, or none to give up.",
                    "answers");
  } else {
    course->attempt.questions.reset();
    course->answers = std::move(answers);
    course->news.notify();
  }
  while (!course->settled() && Clock::now() < deadline) co_await course->news.wait_until(deadline);
  co_return progress_of(*course, attempt);
}

Task<Result<>> LinkPool::probe(std::string name, Attempt& attempt, bool only_key) {
  auto row = co_await impl_->connections.find(std::move(name));
  if (!row) co_return row.error();
  Course course(impl_->executor, std::move(*row), only_key ? Aim::look : Aim::test);
  auto link = co_await impl_->establish(course);
  attempt = std::move(course.attempt);
  if (!link) co_return link.error();
  co_return Result<>();
}

Task<Result<>> LinkPool::accept(HostKeyFacts facts) {
  auto write = [path = impl_->options.own_known_hosts, facts = std::move(facts)] {
    return ssh::add_known_host(path, facts.host, facts.port, facts.key, false);
  };
  co_return co_await impl_->offload.run(std::move(write));
}

Task<> LinkPool::Impl::run(EntryPtr entry, std::shared_ptr<Course> course) {
  course->say("connecting");
  if (auto old = entry->take_link()) scope.spawn("old link", release(std::move(old), false));
  auto result = co_await establish(*course);
  if (result) {
    entry->link = *result;
    entry->target = course->target;
    entry->way = std::move(course->way);
    entry->how = course->attempt;
    scope.spawn("watching a link", watch(course->row.id, *result));
    store::ConnectionStore::Change used = [](store::ConnectionRow& row, store::ConnectionSecrets&) -> Result<> {
      row.last_connected =
          std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
              .count();
      return {};
    };
    static_cast<void>(co_await connections.change(course->row.id, std::move(used)));
  }
  course->say(result ? "connected" : result.error().code() == Errc::awaiting_auth ? "awaiting_auth" : "failed");
  course->result.emplace(std::move(result));
  entry->course.reset();
  course->news.notify();
}

/// Tells the end of a connection.
Task<> LinkPool::Impl::watch(std::string id, LinkPtr link) {
  while (link->alive()) {
    co_await link->next(Clock::now() + kLong);
  }
  // Its connection may have been made anew, to somewhere else.
  const auto at = entries.find(id);
  const bool another = at != entries.end() && at->second->link && at->second->link != link && at->second->link->alive();
  if (!another) tell(id, "disconnected");
}

Task<Result<LinkPtr>> LinkPool::Impl::establish(Course& course) {
  if (auto made = core::make_private_directory(options.directory); !made) {
    co_return course.fail(made.error(), "connect", "internal");
  }
  const std::string path = socket_of(course.row.id);
  // A probe must not take the socket of a link that is in use.
  if (course.aim != Aim::use) co_return co_await fresh(course, path + "-" + base::make_id());
  auto found = co_await survivor(course, path);
  if (!found || *found) co_return found;
  co_return co_await fresh(course, path);
}

/// The link that an earlier worker has left, connected to the same place; nothing when there is none.
Task<Result<LinkPtr>> LinkPool::Impl::survivor(Course& course, const std::string& path) {
  auto socket = dial_link(path);
  if (!socket) co_return course.fail(socket.error(), "connect", "internal");
  if (!*socket) co_return LinkPtr();
  auto link = hold(std::move(*socket));
  link->say(link::Hello());
  const auto deadline = Clock::now() + kGreeting;
  const auto first = co_await link->next(deadline);
  const auto* welcome = first ? std::get_if<link::Welcome>(&*first) : nullptr;
  if (welcome != nullptr && welcome->stage == link::Stage::ready && welcome->target == course.target) {
    const auto second = co_await link->next(deadline);
    const auto* ready = second ? std::get_if<link::Ready>(&*second) : nullptr;
    if (ready != nullptr) {
      course.attempt.method = ready->method;
      course.attempt.banner = ready->banner;
      course.attempt.server = ready->server;
      course.attempt.reused = true;
      co_return link;
    }
  }
  scope.spawn("stale link", release(std::move(link), false));
  co_return LinkPtr();
}

Task<Result<LinkPtr>> LinkPool::Impl::fresh(Course& course, const std::string& path) {
  auto start = [program = options.program, path, keeper = options.keeper_pid] {
    return start_link(program, path, keeper);
  };
  auto socket = co_await offload.run(std::move(start));
  if (!socket) co_return course.fail(socket.error(), "connect", "internal");
  if (!*socket)
    co_return course.fail(Error(Errc::spawn_failed, "The process for the SSH connection does not answer."), "connect",
                          "internal");
  auto types = [options = options, host = course.row.host, port = static_cast<std::uint16_t>(course.row.port)] {
    return known_types(options, host, port);
  };
  const auto known = co_await offload.run(std::move(types));
  auto link = hold(std::move(*socket));
  link->say(link::Hello());
  course.since = Clock::now();
  Result<> done;
  if (auto way = co_await way_to(course)) {
    course.way = std::move(*way);
    link->say(plan_connect(course.row, course.profile, known, options), course.way ? course.way->data.get() : -1);
    if (course.way) course.way->data.reset();
    done = co_await converse({options, connections, offload, rounds}, course, *link);
  } else {
    done = way.error();
  }
  if (course.aim != Aim::use) ::unlink(path.c_str());
  if (done && course.aim == Aim::use) co_return link;
  scope.spawn("unused link", release(std::move(link), true));
  if (!done) co_return done.error();
  co_return LinkPtr();
}

/// Whether the way through `row` comes to an end: hosts that wait for each other would wait for ever.
Task<bool> LinkPool::Impl::ends(store::ConnectionRow row) {
  for (std::size_t hops = 1; hops <= kMostHops; ++hops) {
    const std::string way = profile_of(row).proxy_jump;
    if (way.empty() || way == "none") co_return true;
    const auto jumps = ssh::parse_jumps(way);
    if (!jumps) co_return true;  // told when it is tried
    auto next = co_await connections.find(jumps->back().host);
    if (!next) co_return true;
    row = std::move(*next);
  }
  co_return false;
}

/// A stream to the host through the one before it; nothing when the way is direct.
Task<Result<std::unique_ptr<Stream>>> LinkPool::Impl::way_to(Course& course) {
  std::unique_ptr<Stream> none;
  if (course.profile.proxy_jump.empty() || course.profile.proxy_jump == "none") co_return none;
  auto jumps = ssh::parse_jumps(course.profile.proxy_jump);
  if (!jumps) co_return course.fail(jumps.error(), "connect", "internal");
  const ssh::Jump& jump = jumps->back();
  auto row = co_await connections.find(jump.host);
  const std::string hint = " Store " + jump.host + " as a connection, with its own proxy_jump where it needs one.";
  if (!row)
    co_return course.fail(Error(Errc::not_configured,
                                "The way leads through " + jump.host + ", which is not known." + hint, "proxy_jump"),
                          "connect", "jump");
  const bool same = (jump.user.empty() || jump.user == row->username) && (!jump.port || *jump.port == row->port);
  if (!same || (jumps->size() > 1 && profile_of(*row).proxy_jump.empty())) {
    co_return course.fail(
        Error(Errc::not_configured,
              "The stored connection " + row->title + " is not the way that proxy_jump describes." + hint,
              "proxy_jump"),
        "connect", "jump");
  }
  if (!co_await ends(*row)) {
    co_return course.fail(
        Error(Errc::not_configured, "The way has more than 8 hosts, or leads in a circle.", "proxy_jump"), "connect",
        "jump");
  }
  Attempt before;
  auto link = co_await acquire(std::move(*row), before);
  if (!link) {
    course.attempt.host_key = before.host_key;
    course.attempt.questions = before.questions;
    co_return course.fail(Error(link.error().code(), "On the way, at " + jump.host + ": " + link.error().message()),
                          "connect", before.reason);
  }
  auto stream = co_await (*link)->direct(course.row.host, static_cast<std::uint16_t>(course.row.port));
  if (!stream) {
    co_return course.fail(
        Error(Errc::unreachable, jump.host + " has no way to " + course.row.host + ": " + stream.error().message()),
        "connect", "unreachable");
  }
  co_return stream;
}

Task<> LinkPool::Impl::release(LinkPtr link, bool end) {
  end ? link->end() : link->leave();
  // It closes the socket when it has gone.
  const auto deadline = Clock::now() + kGreeting;
  while (co_await link->next(deadline)) continue;
  co_await link->stop();
  links.remove(link);
}

/// Hangs up what nobody has used for long, and forgets what is lost.
Task<> LinkPool::Impl::sweep() {
  for (;;) {
    co_await core::sleep_for(kSweep);
    for (auto it = entries.begin(); it != entries.end();) {
      Entry& entry = *it->second;
      const bool used = entry.link && entry.link->alive() &&
                        (entry.link->channels() > 0 || entry.link->forwarding() > 0 ||
                         Clock::now() - entry.link->last_use() < options.warm);
      if (entry.course || used) {
        ++it;
        continue;
      }
      if (auto cold = entry.take_link()) scope.spawn("cold link", release(std::move(cold), false));
      it = entries.erase(it);
    }
  }
}

void LinkPool::give_up(const std::string& id) {
  const auto found = impl_->entries.find(id);
  const auto course = found == impl_->entries.end() ? nullptr : found->second->course;
  if (course && course->attempt.questions) course->take_back();
}

Task<std::vector<std::string>> LinkPool::left_forwarding() {
  const std::string suffix = "-v" + std::to_string(link::kVersion);
  auto look = [directory = impl_->options.directory, suffix] { return links_in(directory, suffix); };
  const auto left = co_await impl_->offload.run(std::move(look));
  std::vector<std::string> found;
  for (const std::string& id : left) {
    auto socket = dial_link(impl_->socket_of(id));
    auto row = co_await impl_->connections.find(id);
    if (!socket || !*socket) continue;
    auto link = impl_->hold(std::move(*socket));
    link->say(link::Hello());
    const auto first = co_await link->next(Clock::now() + kGreeting);
    const auto* welcome = first ? std::get_if<link::Welcome>(&*first) : nullptr;
    const bool ours = welcome != nullptr && row && welcome->target == target_of(*row, profile_of(*row));
    const auto forwards = co_await link->forwards();
    if (!ours && forwards && !forwards->empty()) {
      co_await impl_->release(std::move(link), false);
      continue;
    }
    if (forwards && !forwards->empty()) found.push_back(id);
    co_await link->stop();
    impl_->links.remove(link);
  }
  co_return found;
}

Task<bool> LinkPool::hang_up(std::string id) {
  const auto found = impl_->entries.find(id);
  give_up(id);
  if (found == impl_->entries.end() || !found->second->link) {
    // An earlier worker may have left one, with terminals on it.
    auto socket = dial_link(impl_->socket_of(id));
    if (!socket || !*socket) co_return false;
    auto left = impl_->hold(std::move(*socket));
    left->say(link::Hello());
    co_await impl_->release(std::move(left), true);
    co_return true;
  }
  auto link = std::exchange(found->second->link, nullptr);
  const bool was = link->alive();
  co_await impl_->release(std::move(link), true);
  co_return was;
}

std::string LinkPool::socket_of(const std::string& id) const {
  return impl_->socket_of(id);
}

Task<> LinkPool::stop() {
  co_await impl_->scope.stop();
  for (const LinkPtr& link : impl_->links) co_await link->stop();
}

}  // namespace duotty::remote
