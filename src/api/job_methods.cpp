// Jobs: commands that go on after their caller has been answered.
#include <algorithm>
#include <csignal>
#include <duotty/api/block_service.hpp>
#include <duotty/session/registry.hpp>
#include <set>

#include "host_jobs.hpp"
#include "job_records.hpp"
#include "jobs.hpp"

namespace duotty::api {
namespace {

using session::ExecOutcome;
using Time = std::chrono::steady_clock::time_point;

/// A job of this worker, or one on a host; or what is stored of one that an earlier worker started, its command's row,
/// or both.
struct Found {
  std::shared_ptr<jobs::Job> job;
  std::optional<jobs::HostJob> host;  ///< it runs, or ran, on a host without a terminal
  std::optional<store::StoredJob> stored;
  std::optional<store::BlockRow> row;
};

JobInfo found_info(const Found& found) {
  if (found.job) return info_of(*found.job, found.job->glance());
  if (found.host) return info_of(*found.host);
  return found.stored ? info_of(*found.stored) : info_of(*found.row);
}

Task<Result<Found>> find_job(Services& s, const Call& call, std::string id) {
  Found found;
  found.job = s.jobs->find(id, call.caller.owner);
  if (found.job) co_return found;
  if (s.jobs->hosts) found.host = co_await s.jobs->hosts->find(id, call.caller.owner);
  if (found.host) co_return found;
  store::JobQuery query;
  query.job = id;
  query.owner = call.caller.owner;
  auto stored = co_await s.blocks->jobs(std::move(query));
  if (stored && !stored->empty()) found.stored = std::move(stored->front());
  if (found.stored && !found.stored->connection.empty()) {
    found.host = host_job_of(*found.stored);
    co_return found;
  }
  auto key = parse_output_ref(id);
  if (found.stored && found.stored->key.seq > 0) key = found.stored->key;
  if (key && key->seq > 0) {
    auto row = co_await s.blocks->row(std::move(*key), call.caller.owner);
    if (row) found.row = std::move(*row);
  }
  if (found.stored || found.row) co_return found;
  co_return Error(Errc::not_found, "No job \"" + id + "\". job.list names them.", "job_id");
}

/// The result of a command that an earlier worker started, from its block.
Task<Result<ExecResult>> result_of(Services& s, const Call& call, store::BlockRow row) {
  ExecResult result;
  result.ok = row.status == "completed";
  result.status = row.status == "lost" ? "idle" : row.status;
  result.exit_code = row.exit_code;
  if (row.exit_code) result.exit_source = "mark";
  if (!row.signal.empty()) result.signal = row.signal;
  if (row.ended_at) result.duration_ms = std::max<std::int64_t>(0, *row.ended_at - row.started_at);
  result.seq = static_cast<std::int64_t>(row.key.seq);
  result.output_ref = output_ref(row.key);
  if (!result.ok) result.reason = result.status;
  const auto session = s.registry->find(row.key.terminal, call.caller.owner);
  result.alive = session && (*session)->alive();
  if (session) result.size = static_cast<std::int64_t>((*session)->size());
  auto block = co_await s.blocks->text(row.key, call.caller.owner);
  if (!block) co_return block.error();
  result.stdout_text = *block->text;
  result.total_bytes = static_cast<std::int64_t>(block->raw_bytes);
  result.omitted_bytes = static_cast<std::int64_t>(block->omitted_bytes);
  result.truncated = block->omitted_bytes > 0;
  co_return result;
}

Task<Result<JobResult>> answer(Services& s, const Call& call, Found found) {
  JobResult out;
  if (found.job) {
    auto state = co_await found.job->state();
    out.job = info_of(*found.job, state);
    if (state) out.result = exec_result(std::move(*state), out.job.terminal_id);
  } else if (found.host) {
    out.job = info_of(*found.host);
    static_cast<HostResult&>(out) = co_await host_result(s, std::move(*found.host));
  } else {
    out.job = found_info(found);
    if (found.row) {
      auto result = co_await result_of(s, call, std::move(*found.row));
      if (!result) co_return result.error();
      out.result = std::move(*result);
    }
  }
  if (out.result) out.result->gate = out.job.gate;
  co_return out;
}

bool runs(const session::Session& session, const store::BlockKey& key) {
  const auto* running = session.blocks().running();
  return session.alive() && running && running->seq == key.seq;
}

/// Suspends until the job is over or `deadline` has passed, and looks again.
Task<Result<Found>> wait_for(Services& s, const Call& call, Found found, Time deadline) {
  if (found.job) {
    co_await found.job->wait(deadline);
    co_return found;
  }
  if (found.host) {
    if (found.host->over || !s.jobs->hosts) co_return found;
    const std::string name = found.host->id;
    co_await s.jobs->hosts->wait(name, deadline);
    co_return co_await find_job(s, call, name);
  }
  if (!found.row) co_return found;
  const std::string id = found.stored ? found.stored->job : output_ref(found.row->key);
  const auto key = found.row->key;
  const auto session = s.registry->find(key.terminal, call.caller.owner);
  if (session) {
    while (runs(**session, key) && std::chrono::steady_clock::now() < deadline) {
      co_await (*session)->changed().wait_until(deadline);
    }
  }
  co_return co_await find_job(s, call, id);
}

Time after(double milliseconds) {
  return std::chrono::steady_clock::now() + std::chrono::milliseconds(static_cast<std::int64_t>(milliseconds));
}

Task<Result<JobResult>> get(Services& s, Call& call, JobId p) {
  auto found = co_await find_job(s, call, p.job_id);
  if (!found) co_return found.error();
  co_return co_await answer(s, call, std::move(*found));
}

Task<Result<JobListResult>> list(Services& s, Call& call, JobList p) {
  JobListResult out;
  std::string terminal = p.terminal_id;
  if (const auto session = s.registry->find(terminal, call.caller.owner)) terminal = (*session)->id();
  const auto add = [&](JobInfo info) {
    if (!terminal.empty() && info.terminal_id != terminal) return;
    if (p.status.empty() || info.status == p.status) out.jobs.push_back(std::move(info));
  };
  store::JobQuery query;
  query.terminal = terminal;
  query.owner = call.caller.owner;
  auto stored = co_await s.blocks->jobs(std::move(query));
  std::set<std::string> living;
  for (const auto& job : s.jobs->list(call.caller.owner)) {
    living.insert(job->id());
    add(info_of(*job, job->glance()));
  }
  std::vector<jobs::HostJob> on_hosts;
  if (s.jobs->hosts) on_hosts = co_await s.jobs->hosts->list(call.caller.owner);
  for (const auto& job : on_hosts) {
    living.insert(job.id);
    add(info_of(job));
  }
  // Without a database there are those of this worker alone.
  for (const auto& job : stored ? *stored : std::vector<store::StoredJob>()) {
    if (living.contains(job.job)) continue;
    add(job.connection.empty() ? info_of(job) : info_of(host_job_of(job)));
  }
  std::stable_sort(out.jobs.begin(), out.jobs.end(),
                   [](const auto& a, const auto& b) { return a.started > b.started; });
  if (out.jobs.size() > static_cast<std::size_t>(p.limit)) out.jobs.resize(static_cast<std::size_t>(p.limit));
  co_return out;
}

Task<Result<JobResult>> wait(Services& s, Call& call, JobWait p) {
  const auto deadline = after(p.max_wait_ms);
  auto found = co_await find_job(s, call, p.job_id);
  if (!found) co_return found.error();
  auto waited = co_await wait_for(s, call, std::move(*found), deadline);
  if (!waited) co_return waited.error();
  co_return co_await answer(s, call, std::move(*waited));
}

/// All of a job's clean output so far.
Task<Result<std::string>> text_of(Services& s, const Call& call, const Found& found) {
  if (found.job) {
    const auto& job = *found.job;
    const bool in_memory = job.seq() == 0 || (job.over() && job.result() &&
                                              (!job.result()->output.empty() || job.result()->total_bytes == 0));
    if (in_memory) {
      auto state = co_await job.state();
      if (!state) co_return std::string();
      co_return std::move(state->output);
    }
  } else if (!found.row) {
    co_return std::string();
  }
  store::BlockKey key;
  key.terminal = found.job ? found.job->session()->id() : found.row->key.terminal;
  key.seq = found.job ? found.job->seq() : found.row->key.seq;
  auto block = co_await s.blocks->text(std::move(key), call.caller.owner);
  if (!block) co_return block.error();
  co_return *block->text;
}

bool inside_character(const std::string& text, std::size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
}

Task<Result<JobOutputResult>> output(Services& s, Call& call, JobOutput p) {
  auto found = co_await find_job(s, call, p.job_id);
  if (!found) co_return found.error();
  if (found->host) co_return co_await host_output(s, std::move(*found->host), p);
  JobOutputResult out;
  out.job = found_info(*found);
  auto whole = co_await text_of(s, call, *found);
  if (!whole) co_return whole.error();
  const std::string& text = *whole;
  std::size_t begin = std::min(static_cast<std::size_t>(p.since), text.size());
  while (inside_character(text, begin)) ++begin;
  std::size_t end = std::min(text.size(), begin + static_cast<std::size_t>(p.limit));
  while (end > begin && inside_character(text, end)) --end;
  out.text = text.substr(begin, end - begin);
  out.since = static_cast<std::int64_t>(begin);
  out.total_bytes = static_cast<std::int64_t>(text.size());
  out.has_more = end < text.size();
  std::size_t next = end;
  if (!out.job.done && !out.has_more) {
    const auto newline = text.rfind('\n');
    next = newline == std::string::npos ? begin : std::max(begin, newline + 1);
  }
  out.next_since = static_cast<std::int64_t>(next);
  co_return out;
}

int number_of(const std::string& signal) {
  if (signal == "TERM") return SIGTERM;
  if (signal == "HUP") return SIGHUP;
  if (signal == "QUIT") return SIGQUIT;
  return signal == "KILL" ? SIGKILL : SIGINT;
}

Task<Result<JobCancelled>> cancel(Services& s, Call& call, JobCancel p) {
  const auto deadline = after(p.max_wait_ms);
  auto found = co_await find_job(s, call, p.job_id);
  if (!found) co_return found.error();
  JobCancelled out;
  Result<> sent = Error(Errc::conflict, "");
  if (found->host) {
    if (auto may = may_cancel_on_host(call); !may) co_return may.error();
    if (s.jobs->hosts) sent = s.jobs->hosts->cancel(found->host->id, p.signal);
  } else if (found->job) {
    sent = s.jobs->cancel(*found->job, number_of(p.signal));
  } else if (found->row) {
    const auto session = s.registry->find(found->row->key.terminal, call.caller.owner);
    if (session && runs(**session, found->row->key)) {
      sent = (*session)->signal(number_of(p.signal), pty::SignalTarget::foreground);
    }
    if (sent && found->stored) {
      found->stored->cancelled = true;
      s.blocks->put_job(*found->stored);
    }
  }
  if (!sent && sent.error().code() != Errc::conflict) co_return sent.error();
  out.sent = sent.has_value();
  auto waited = co_await wait_for(s, call, std::move(*found), deadline);
  if (!waited) co_return waited.error();
  out.job = found_info(*waited);
  if (waited->host) {
    out.note = cancel_note(*waited->host, p.signal, out.sent);
    static_cast<HostResult&>(out) = co_await host_result(s, std::move(*waited->host));
  }
  log_event(s, call, "job_cancel", {{"job_id", p.job_id}, {"signal", p.signal}, {"sent", out.sent}});
  co_return out;
}

}  // namespace

void add_job_methods(Registrar& table) {
  table.call(
      "job.list", list,
      {.http = {"GET", "/api/agent/jobs"},
       .scope = Scope::read,
       .about = "Commands that were put into the background, in terminals and on hosts (ssh.run_async), newest first; "
                "the last thousand, also those of before a restart of the server.",
       .example = R"({"status": "running"})"});
  table.call(
      "job.get", get,
      {.http = {"GET", "/api/agent/jobs/{job_id}"},
       .scope = Scope::read,
       .about = "One job: how it stands, and its result so far. The `output_ref` of any command is a job's id too. "
                "That of a terminal has its result in `result`; one on a host (kind ssh) in the answer itself.",
       .example = R"({"job_id": "k3x9w2m8q1zz:17"})"});
  table.call(
      "job.wait", wait,
      {.http = {"POST", "/api/agent/jobs/{job_id}/wait"},
       .scope = Scope::read,
       .about = "Waits for the end of a job and answers with its result; after `max_wait_ms` with how it stands.",
       .example = R"({"job_id": "k3x9w2m8q1zz:17", "max_wait_ms": 60000})"});
  table.call(
      "job.output", output,
      {.http = {"GET", "/api/agent/jobs/{job_id}/output"},
       .scope = Scope::read,
       .about = "Output of a job from `since` on, while it runs and afterwards: that of a terminal as clean text, "
                "one `stream` of a command on a host exactly as it was written.",
       .example = R"({"job_id": "k3x9w2m8q1zz:17", "since": 0})"});
  table.call(
      "job.cancel", cancel,
      {.http = {"POST", "/api/agent/jobs/{job_id}/cancel"},
       .scope = Scope::exec,
       .about = "Sends a signal to what a job runs, waits a moment, and says whether it has ended. On a host KILL "
                "also closes its channel.",
       .example = R"({"job_id": "k3x9w2m8q1zz:17", "signal": "TERM"})",
       .mutates = true});
}

}  // namespace duotty::api
