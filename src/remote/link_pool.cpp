#include <unistd.h>

#include <duotty/base/random.hpp>
#include <duotty/core/offload.hpp>
#include <duotty/core/private_directory.hpp>
#include <duotty/core/scope.hpp>
#include <duotty/remote/link_pool.hpp>
#include <duotty/ssh/names.hpp>
#include <duotty/store/connection_store.hpp>
#include <list>

#include "plan.hpp"
#include "spawn.hpp"

namespace duotty::remote {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using core::Task;
using LinkPtr = std::shared_ptr<Link>;
using Clock = std::chrono::steady_clock;

/// More than the link takes for all steps, each of which it watches itself.
constexpr std::chrono::seconds kSlack{10};
/// A link is a process of this machine.
constexpr std::chrono::seconds kGreeting{5};
constexpr std::chrono::seconds kSweep{20};
constexpr std::size_t kMostHops = 8;

Errc code_of(link::Reason reason) {
  switch (reason) {
    case link::Reason::unreachable:
      return Errc::unreachable;
    case link::Reason::timeout:
      return Errc::timeout;
    case link::Reason::protocol:
      return Errc::protocol;
    case link::Reason::bad_key:
    case link::Reason::unanswered:
      return Errc::not_configured;
    case link::Reason::closed:
    case link::Reason::refused:
      return Errc::upstream;
    default:
      return Errc::internal;
  }
}

std::string stored_words(const HostKeyFacts& facts) {
  std::string out;
  for (const std::string& one : facts.stored) out += (out.empty() ? "" : ", ") + one;
  return out;
}

}  // namespace

/// What an attempt is for.
enum class Aim { use, test, look };

struct LinkPool::Impl {
  /// One connection, and the attempt that is under way, if any.
  struct Entry {
    explicit Entry(const core::asio::any_io_executor& executor) : news(executor) {}
    LinkPtr link;
    std::string target;           ///< where `link` leads: connections can be edited
    std::unique_ptr<Stream> way;  ///< through another host; the connection ends with it
    std::shared_ptr<struct Course> course;
    core::Event news;
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
  Task<bool> ends(store::ConnectionRow row);
  Task<Result<std::unique_ptr<Stream>>> way_to(Course& course);
  Task<> run(EntryPtr entry, std::shared_ptr<Course> course);
  Task<Result<LinkPtr>> establish(Course& course);
  Task<Result<LinkPtr>> survivor(Course& course, const std::string& path);
  Task<Result<LinkPtr>> fresh(Course& course, const std::string& path);
  Task<Result<>> converse(Course& course, Link& link);
  Task<Result<>> on_host_key(Course& course, Link& link, link::HostKey shown);
  Task<Result<>> decide(Course& course, const HostKeyFacts& facts);
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
  core::Scope scope;
};

/// One attempt to connect.
struct Course {
  explicit Course(store::ConnectionRow row_, Aim aim_ = Aim::use)
      : row(std::move(row_)), profile(profile_of(row)), target(target_of(row, profile)), aim(aim_) {}

  store::ConnectionRow row;
  SshProfile profile;
  std::string target;
  Aim aim;
  Attempt attempt;
  std::unique_ptr<Stream> way;
  std::optional<Result<LinkPtr>> result;
  Clock::time_point since = Clock::now();

  void note(std::string step, bool ok, std::string detail) {
    const auto now = Clock::now();
    if (!ok) attempt.step = step;
    attempt.steps.push_back(
        {std::move(step), ok, std::move(detail), std::chrono::duration_cast<std::chrono::milliseconds>(now - since)});
    since = now;
  }
  Error fail(Error error, std::string step, std::string reason) {
    note(std::move(step), false, error.message());
    attempt.reason = std::move(reason);
    return error;
  }
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

Task<Result<LinkPtr>> LinkPool::Impl::acquire(store::ConnectionRow row, Attempt& attempt) {
  auto& entry = entries[row.id];
  if (!entry) entry = std::make_shared<Entry>(executor);
  const auto held = entry;
  const auto wanted = std::make_shared<Course>(std::move(row));
  for (;;) {
    if (held->link && held->link->alive() && held->target == wanted->target) {
      attempt.reused = true;
      co_return held->link;
    }
    if (!held->course) {
      held->course = wanted;
      scope.spawn("connecting", run(held, wanted));
    }
    const auto course = held->course;
    while (!course->result) co_await held->news.wait();
    if (course->target != wanted->target) continue;
    attempt = course->attempt;
    co_return *course->result;
  }
}

Task<Result<>> LinkPool::probe(std::string name, Attempt& attempt, bool only_key) {
  auto row = co_await impl_->connections.find(std::move(name));
  if (!row) co_return row.error();
  Course course(std::move(*row), only_key ? Aim::look : Aim::test);
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
  entry->way.reset();
  if (entry->link) scope.spawn("old link", release(std::exchange(entry->link, nullptr), false));
  auto result = co_await establish(*course);
  if (result) {
    entry->link = *result;
    entry->target = course->target;
    entry->way = std::move(course->way);
    store::ConnectionStore::Change used = [](store::ConnectionRow& row, store::ConnectionSecrets&) -> Result<> {
      row.last_connected =
          std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
              .count();
      return {};
    };
    static_cast<void>(co_await connections.change(course->row.id, std::move(used)));
  }
  course->result.emplace(std::move(result));
  entry->course.reset();
  entry->news.notify();
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
    done = co_await converse(course, *link);
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

Task<Result<>> LinkPool::Impl::converse(Course& course, Link& link) {
  for (;;) {
    // The link watches each step; this only guards against one that hangs.
    auto message = co_await link.next(Clock::now() + 4 * options.step + kSlack);
    if (!message) {
      co_return course.fail(Error(Errc::internal, "The process of the SSH connection has ended or hangs."),
                            course.attempt.host_key ? "sign_in" : "connect", "internal");
    }
    if (auto* shown = std::get_if<link::HostKey>(&*message)) {
      course.note("connect", true, course.row.host + " port " + std::to_string(course.row.port));
      auto decided = co_await on_host_key(course, link, std::move(*shown));
      if (!decided || course.aim == Aim::look) co_return decided;
    } else if (std::holds_alternative<link::Prompts>(*message)) {
      link.say(link::Answers());  // nobody is there to ask
    } else if (auto* ready = std::get_if<link::Ready>(&*message)) {
      course.note("sign_in", true, course.row.username + " by " + ready->method);
      course.attempt.method = ready->method;
      course.attempt.banner = ready->banner;
      course.attempt.server = ready->server;
      co_return Result<>();
    } else if (auto* failed = std::get_if<link::Failed>(&*message)) {
      co_return course.fail(Error(code_of(failed->reason), failed->message), std::string(name(failed->step)),
                            std::string(name(failed->reason)));
    }
  }
}

Task<Result<>> LinkPool::Impl::on_host_key(Course& course, Link& link, link::HostKey shown) {
  auto judge = [options = options, host = course.row.host, port = static_cast<std::uint16_t>(course.row.port),
                key = ssh::HostKey{std::move(shown.type), std::move(shown.blob)}] {
    return judge_host_key(options, host, port, key);
  };
  auto facts = co_await offload.run(std::move(judge));
  if (!facts) co_return course.fail(facts.error(), "host_key", "internal");
  course.attempt.host_key = *facts;
  auto decided = co_await decide(course, *facts);
  if (!decided || course.aim == Aim::look) co_return decided;
  course.note("host_key", true, facts->key.type + " " + facts->fingerprint);
  auto secrets = co_await connections.reveal(course.row.id);
  if (!secrets) co_return course.fail(secrets.error(), "sign_in", "internal");
  auto plan = [row = course.row, profile = course.profile, secrets = std::move(*secrets), home = options.home] {
    return plan_sign_in(row, profile, secrets, home);
  };
  auto how = co_await offload.run(std::move(plan));
  if (!how) co_return course.fail(how.error(), "sign_in", "bad_key");
  link.say(*how);
  co_return Result<>();
}

/// Whether secrets may go to a host with that key.
Task<Result<>> LinkPool::Impl::decide(Course& course, const HostKeyFacts& facts) {
  using State = ssh::HostKeyState;
  const std::string shown = facts.key.type + " " + facts.fingerprint;
  const std::string known = stored_words(facts);
  if (facts.state == State::known || course.aim == Aim::look) co_return Result<>();
  if (facts.state == State::revoked) {
    co_return course.fail(Error(Errc::denied, "The host key of " + facts.host + " is revoked: " + shown +
                                                  ". Nothing was sent. Somebody holds a key that must not be trusted."),
                          "host_key", "host_key_revoked");
  }
  // A host whose other keys are known does not become somebody else's by showing a new kind of key.
  const bool first = facts.state == State::unknown && facts.stored.empty();
  if (first && course.profile.host_key_policy == "accept_new") {
    auto write = [path = options.own_known_hosts, facts] {
      return ssh::add_known_host(path, facts.host, facts.port, facts.key, false);
    };
    auto written = co_await offload.run(std::move(write));
    if (!written) co_return course.fail(written.error(), "host_key", "internal");
    co_return Result<>();
  }
  if (facts.state == State::changed) {
    co_return course.fail(Error(Errc::denied, "The host key of " + facts.host + " has changed: it shows " + shown +
                                                  ", known is " + known +
                                                  ". Nothing was sent. Somebody may be in between; ask whoever runs "
                                                  "the host."),
                          "host_key", "host_key_changed");
  }
  std::string message = "The host key of " + facts.host + " is not known: " + shown + ".";
  if (!known.empty()) message += " Known is " + known + ".";
  message += course.profile.host_key_policy == "strict"
                 ? " This connection takes none that is not in known_hosts."
                 : " Compare the fingerprint with the host's own; ssh.host_keys.accept (scope admin) takes it.";
  co_return course.fail(Error(Errc::conflict, std::move(message)), "host_key", "host_key_unknown");
}

Task<> LinkPool::Impl::release(LinkPtr link, bool end) {
  // Terminals may use it that the worker has nothing to do with.
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
                        (entry.link->channels() > 0 || Clock::now() - entry.link->last_use() < options.warm);
      if (entry.course || used) {
        ++it;
        continue;
      }
      if (entry.link) scope.spawn("cold link", release(std::move(entry.link), false));
      it = entries.erase(it);
    }
  }
}

Task<bool> LinkPool::hang_up(std::string id) {
  const auto found = impl_->entries.find(id);
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
