#include "conversation.hpp"

#include <algorithm>
#include <duotty/core/offload.hpp>

namespace duotty::remote {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using core::Task;
using Clock = std::chrono::steady_clock;

/// More than the link takes for all steps, each of which it watches itself.
constexpr std::chrono::seconds kSlack{10};
/// For a person who looks a code up.
constexpr std::chrono::minutes kAnswerPatience{2};

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

/// Whether secrets may go to a host with that key.
Task<Result<>> decide(Desk& desk, Course& course, const HostKeyFacts& facts) {
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
    auto write = [path = desk.options.own_known_hosts, facts] {
      return ssh::add_known_host(path, facts.host, facts.port, facts.key, false);
    };
    auto written = co_await desk.offload.run(std::move(write));
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

Task<Result<>> on_host_key(Desk& desk, Course& course, Link& link, link::HostKey shown) {
  auto judge = [options = desk.options, host = course.row.host, port = static_cast<std::uint16_t>(course.row.port),
                key = ssh::HostKey{std::move(shown.type), std::move(shown.blob)}] {
    return judge_host_key(options, host, port, key);
  };
  auto facts = co_await desk.offload.run(std::move(judge));
  if (!facts) co_return course.fail(facts.error(), "host_key", "internal");
  course.attempt.host_key = *facts;
  auto decided = co_await decide(desk, course, *facts);
  if (!decided || course.aim == Aim::look) co_return decided;
  course.note("host_key", true, facts->key.type + " " + facts->fingerprint);
  auto secrets = co_await desk.connections.reveal(course.row.id);
  if (!secrets) co_return course.fail(secrets.error(), "sign_in", "internal");
  auto plan = [row = course.row, profile = course.profile, secrets = std::move(*secrets), home = desk.options.home] {
    return plan_sign_in(row, profile, secrets, home);
  };
  auto how = co_await desk.offload.run(std::move(plan));
  if (!how) co_return course.fail(how.error(), "sign_in", "bad_key");
  link.say(*how);
  co_return Result<>();
}

Questions questions_of(std::string id, int round, link::Prompts prompts) {
  Questions out{std::move(id), round, std::move(prompts.name), std::move(prompts.instruction), {}};
  for (std::size_t i = 0; i < prompts.prompts.size(); ++i) {
    const bool shown = i < prompts.hidden.size() && prompts.hidden[i] == '0';
    out.prompts.push_back({std::move(prompts.prompts[i]), !shown});
  }
  return out;
}

/// Puts questions to whoever answers in time.
Task<Result<>> put(Desk& desk, Course& course, Link& link, link::Prompts prompts) {
  if (course.aim != Aim::use) {
    link.say(link::Answers());  // nobody is there to ask
    co_return Result<>();
  }
  course.answers.reset();
  if (!course.taken_back) {
    course.attempt.questions = questions_of(course.row.id, ++desk.rounds, std::move(prompts));
    course.say("awaiting_auth");
    course.news.notify();
  }
  const auto deadline = Clock::now() + kAnswerPatience;
  while (!course.answers && !course.taken_back && Clock::now() < deadline) co_await course.news.wait_until(deadline);
  course.attempt.questions.reset();
  if (!course.answers) {
    co_return course.fail(Error(Errc::not_configured, course.row.host + " asked something to sign in " +
                                                          course.row.username + ", and nobody has answered."),
                          "sign_in", "unanswered");
  }
  course.say("connecting");
  link::Answers given;
  for (const base::Secret& one : *course.answers) given.answers.emplace_back(one.reveal());
  course.answers.reset();
  link.say(given);
  for (std::string& one : given.answers) std::fill(one.begin(), one.end(), '\0');
  co_return Result<>();
}

}  // namespace

void Course::note(std::string step, bool ok, std::string detail) {
  const auto now = Clock::now();
  if (!ok) attempt.step = step;
  attempt.steps.push_back(
      {std::move(step), ok, std::move(detail), std::chrono::duration_cast<std::chrono::milliseconds>(now - since)});
  since = now;
}

Error Course::fail(Error error, std::string step, std::string reason) {
  note(std::move(step), false, error.message());
  attempt.reason = std::move(reason);
  return error;
}

Task<Result<>> converse(Desk desk, Course& course, Link& link) {
  for (;;) {
    // The link watches each step; this only guards against one that hangs.
    auto message = co_await link.next(Clock::now() + 4 * desk.options.step + kSlack);
    if (!message) {
      co_return course.fail(Error(Errc::internal, "The process of the SSH connection has ended or hangs."),
                            course.attempt.host_key ? "sign_in" : "connect", "internal");
    }
    if (auto* shown = std::get_if<link::HostKey>(&*message)) {
      course.note("connect", true, course.row.host + " port " + std::to_string(course.row.port));
      auto decided = co_await on_host_key(desk, course, link, std::move(*shown));
      if (!decided || course.aim == Aim::look) co_return decided;
    } else if (auto* prompts = std::get_if<link::Prompts>(&*message)) {
      auto asked = co_await put(desk, course, link, std::move(*prompts));
      if (!asked) co_return asked;
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

}  // namespace duotty::remote
