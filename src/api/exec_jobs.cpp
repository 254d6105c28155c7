// Execs with more than a wait for the end: standard input, a place in the queue, the background, a fresh terminal.
#include <algorithm>
#include <duotty/api/block_service.hpp>
#include <duotty/api/job_service.hpp>
#include <duotty/base/text.hpp>
#include <duotty/session/registry.hpp>

#include "host_jobs.hpp"
#include "jobs.hpp"

namespace duotty::api {
namespace {

using session::ExecCommand;

/// A fresh terminal that nobody closes, as when the worker was killed, ends by itself after so long.
constexpr double kOrphanSeconds = 600;
/// Tag of terminals that were made for one command.
constexpr const char* kIsolated = "isolated";
constexpr auto kNumberWait = std::chrono::seconds(1);
constexpr auto kNoLimit = std::chrono::hours(48);

/// A shell like that of `like`, in the same directory and of the same size.
Task<Result<std::shared_ptr<session::Session>>> fresh_terminal(Services& s, Call& call, const session::Session& like) {
  const auto size = like.terminal().size();
  session::CreateRequest request;
  request.created_by = made_by(call);
  request.owner = call.caller.owner;
  request.size = {size.cols, size.rows};
  request.ttl_seconds = kOrphanSeconds;
  request.user_visible = false;
  request.transient = true;
  request.cwd = like.cwd();
  if (like.remote()) {
    auto may = may_use_host(s, call, like.meta().connection_id);
    if (!may) co_return may.error();
    auto host = co_await s.reach(call, like.meta().connection_id);
    if (!host) co_return host.error();
    request.remote = std::move(*host);
  }
  if (like.meta().integration_planned) request.shell = like.meta().shell;
  request.tags = {kIsolated};
  co_return co_await s.registry->create(std::move(request));
}

/// Closes a terminal once the database has what its command did: after that nothing else tells it.
jobs::WhenOver closes(Services& s, std::shared_ptr<session::Session> session) {
  return [registry = s.registry, blocks = s.blocks, session]() -> Task<> {
    co_await blocks->kept();
    registry->close(session);
  };
}

}  // namespace

ExecResult exec_result(session::ExecOutcome outcome, const std::string& terminal) {
  ExecResult r;
  if (outcome.seq > 0) {
    r.seq = static_cast<std::int64_t>(outcome.seq);
    r.output_ref = output_ref({terminal, outcome.seq});
  }
  r.ok = outcome.status == "completed";
  r.status = outcome.status;
  r.exit_code = outcome.exit_code;
  r.exit_source = outcome.exit_source;
  r.signal = outcome.signal;
  r.stdout_text = std::move(outcome.output);
  r.cwd = outcome.cwd;
  r.duration_ms = outcome.duration.count();
  r.truncated = outcome.truncated;
  r.omitted_bytes = static_cast<std::int64_t>(outcome.omitted_bytes);
  r.total_bytes = static_cast<std::int64_t>(outcome.total_bytes);
  r.size = static_cast<std::int64_t>(outcome.size);
  r.alive = outcome.alive;
  if (!outcome.reason.empty()) r.reason = outcome.reason;
  if (const auto& a = outcome.awaiting) r.awaiting = Awaiting{a->kind, a->prompt_text, a->echo};
  if (!outcome.foreground.empty()) r.foreground = outcome.foreground;
  if (const auto& p = outcome.process) r.process = ForegroundProcess{p->pid, p->name, p->state, p->reads, p->nested};
  return r;
}

bool runs_as_job(const TerminalExec& params) {
  return params.background_after.has_value() || params.isolated;
}

Result<> set_exec_options(ExecCommand& command, const TerminalExec& params) {
  if (params.stdin_b64) {
    auto bytes = base::base64_decode(*params.stdin_b64);
    if (!bytes) return Error(bytes.error().code(), bytes.error().message(), "stdin_b64");
    command.stdin_bytes = std::move(*bytes);
  }
  if (params.queue) command.queue = *params.queue ? ExecCommand::Queue::anybody : ExecCommand::Queue::nobody;
  return {};
}

Task<Result<ExecResult>> exec_as_job(Services& s, Call& call, const TerminalExec& params,
                                     std::shared_ptr<session::Session> session, ExecCommand command,
                                     session::ExecProgress progress, std::shared_ptr<const std::string> verdict) {
  const auto deadline = std::chrono::steady_clock::now() + command.timeout;
  jobs::JobRequest request;
  if (params.isolated) {
    auto made = co_await fresh_terminal(s, call, *session);
    if (!made) co_return made.error();
    session = *made;
    request.when_over = closes(s, session);
  }
  const bool acts = command.on_timeout != ExecCommand::OnTimeout::nothing;
  command.to_its_end = true;
  request.session = session;
  request.command = std::move(command);
  request.progress = std::move(progress);
  request.owner = call.caller.owner;
  request.verdict = std::move(verdict);
  const jobs::JobCaller caller(s.jobs->start(std::move(request)));
  auto& job = caller.job();
  co_await job.wait_typed();
  auto until = acts ? job.typed_at() + kNoLimit : deadline;
  if (params.background_after) {
    const auto patience = std::chrono::milliseconds(static_cast<std::int64_t>(*params.background_after * 1000));
    until = std::min(until, job.typed_at() + patience);
  }
  co_await job.wait(until);
  // What has no number yet would not be found again after a restart.
  co_await job.wait_started(std::chrono::steady_clock::now() + kNumberWait);
  if (job.over()) co_await job.wait_left();
  auto outcome = co_await job.state();
  if (!outcome) co_return outcome.error();
  auto result = exec_result(std::move(*outcome), session->id());
  if (params.isolated) result.terminal_id = session->id();
  if (!job.over()) {
    s.jobs->keep(caller.shared());
    result.job_id = job.id();
    // Whoever gets the id may ask the next worker for it.
    co_await s.blocks->kept();
    result.reason = until == deadline ? "timeout" : "background";
    if (until == deadline && result.status == "running") result.status = "timeout";
  }
  co_return result;
}

namespace {

/// Notes the end of those that have ended while there was no worker; what nothing is stored of is not kept.
Task<> resume_on_hosts(Services& s, const std::vector<store::StoredJob>& stored) {
  if (!s.jobs->hosts) co_return;
  for (const auto& row : stored) {
    if (row.connection.empty() || row.ended_at) continue;
    const auto job = co_await s.jobs->hosts->find(row.job, {});
    if (!job || job->over) s.blocks->put_job(record_of(job ? *job : host_job_of(row)));
  }
  co_await forget_unstored(s);
}

}  // namespace

Task<> resume_jobs(Services& s) {
  store::JobQuery all;
  auto stored = co_await s.blocks->jobs(std::move(all));
  if (!stored) co_return;
  co_await s.blocks->mended();
  co_await resume_on_hosts(s, *stored);
  for (const auto& job : *stored) {
    const auto session = s.registry->find(job.key.terminal);
    if (!session || !(*session)->meta().transient || job.key.seq == 0) continue;
    const auto& tags = (*session)->meta().tags;
    if (std::find(tags.begin(), tags.end(), kIsolated) == tags.end()) continue;
    // One that has ended meanwhile is over at once; in a terminal that somebody else uses by now nothing is closed.
    if (const auto* running = (*session)->blocks().running(); running && running->seq != job.key.seq) continue;
    s.jobs->watch(*session, job.key.seq, closes(s, *session));
  }
}

}  // namespace duotty::api
