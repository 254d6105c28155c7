#include "host_jobs.hpp"

#include <algorithm>
#include <duotty/api/block_service.hpp>
#include <duotty/api/job_service.hpp>
#include <duotty/base/text.hpp>
#include <duotty/base/utc_time.hpp>
#include <duotty/jobs/job_desk.hpp>

namespace duotty::api {
namespace {

using jobs::HostJob;
using jobs::Stream;

/// Of each output in one answer: the beginning and the end.
constexpr std::size_t kMostOutput = std::size_t{8} << 20;

std::int64_t milliseconds(double seconds) {
  return static_cast<std::int64_t>(seconds * 1000);
}

double end_of(const HostJob& job) {
  return job.over ? job.ended : base::wall_seconds();
}

/// The word of WinkTerm for it.
const char* winkterm_word(const HostJob& job) {
  if (!job.over) return "running";
  if (job.status == "completed") return "success";
  if (job.status == "timeout") return "timeout";
  if (job.status == "cancelled") return "canceled";
  return job.status == "lost" ? "error" : "failed";
}

/// Bytes from `since` up to `until`, as far as they are kept.
Task<std::string> read_all(Services& s, const HostJob& job, Stream stream, std::uint64_t since, std::uint64_t until) {
  std::string out;
  while (since < until) {
    auto piece = co_await s.jobs->hosts->read(job.id, stream, since, until - since);
    if (piece.bytes.empty() || piece.begin >= until) break;
    if (piece.begin > since) out += "\n[" + std::to_string(piece.begin - since) + " bytes left out]\n";
    since = piece.begin + piece.bytes.size();
    out += piece.bytes;
  }
  co_return out;
}

struct Whole {
  std::string text;
  std::optional<std::string> exactly;
  std::uint64_t omitted = 0;
};

Task<Whole> whole_output(Services& s, const HostJob& job, Stream stream) {
  const std::uint64_t total = job.written[stream == Stream::err ? 1 : 0];
  Whole out;
  std::string bytes;
  if (total <= kMostOutput) {
    bytes = co_await read_all(s, job, stream, 0, total);
    out.omitted = total - std::min<std::uint64_t>(total, bytes.size());
  } else {
    bytes = co_await read_all(s, job, stream, 0, kMostOutput / 2);
    const std::string tail = co_await read_all(s, job, stream, total - kMostOutput / 2, total);
    out.omitted = total - std::min<std::uint64_t>(total, bytes.size() + tail.size());
    bytes += "\n[" + std::to_string(out.omitted) + " bytes left out]\n" + tail;
  }
  out.text = base::to_valid_utf8(bytes);
  if (out.text != bytes) out.exactly = base::base64_encode(bytes);
  co_return out;
}

}  // namespace

JobInfo info_of(const HostJob& job) {
  JobInfo info;
  info.job_id = job.id;
  info.kind = "ssh";
  info.status = job.status;
  info.done = job.over;
  info.conn_id = job.connection;
  info.command = job.command;
  info.by = job.by;
  info.started = job.asked;
  info.started_at = iso_time(job.asked);
  info.duration_ms = std::max<std::int64_t>(0, milliseconds(end_of(job)) - milliseconds(job.asked));
  info.exit_code = job.exit_code;
  if (!job.signal.empty()) info.signal = job.signal;
  if (!job.note.empty()) info.error = job.note;
  return info;
}

store::JobRow record_of(const HostJob& job) {
  store::JobRow row;
  row.job = job.id;
  row.owner = job.owner;
  row.by = job.by;
  row.command = job.command;
  row.asked_at = milliseconds(job.asked);
  if (job.over) row.ended_at = milliseconds(job.ended);
  row.status = job.status;
  row.exit_code = job.exit_code;
  row.error = job.note;
  row.cancelled = job.status == "cancelled";
  row.connection = job.connection;
  row.signal = job.signal;
  return row;
}

HostJob host_job_of(const store::StoredJob& row) {
  HostJob job;
  job.id = row.job;
  job.connection = row.connection;
  job.command = row.command;
  job.by = row.by;
  job.owner = row.owner;
  job.asked = static_cast<double>(row.asked_at) / 1000;
  job.over = true;
  job.ended = row.ended_at ? static_cast<double>(*row.ended_at) / 1000 : job.asked;
  job.status = row.status;
  job.exit_code = row.exit_code;
  job.signal = row.signal;
  job.note = row.error;
  if (row.ended_at) return job;
  job.status = "lost";
  job.note = "Nothing is left of it but this line. The command may go on there.";
  return job;
}

Task<HostResult> host_result(Services& s, HostJob job) {
  HostResult r;
  r.job_id = job.id;
  r.conn_id = job.connection;
  r.command = short_text(job.command);
  r.status = winkterm_word(job);
  r.done = job.over;
  r.exit_code.emplace(job.exit_code);
  r.ok.emplace();
  r.reason.emplace();
  r.error.emplace();
  r.terminal_id.emplace();
  if (job.over) r.ok = std::optional(job.status == "completed");
  if (job.over && job.status != "completed") r.reason = std::optional(job.status);
  if (job.status == "lost" || job.status == "failed") r.error = std::optional(job.note);
  if (!job.signal.empty()) r.signal = job.signal;
  r.created_at = iso_time(job.asked);
  r.updated_at = iso_time(job.over ? job.ended : std::max(job.begun, job.asked));
  auto out = co_await whole_output(s, job, Stream::out);
  auto err = co_await whole_output(s, job, Stream::err);
  r.stdout_text = std::move(out.text);
  r.stderr_text = std::move(err.text);
  r.stdout_b64 = std::move(out.exactly);
  r.stderr_b64 = std::move(err.exactly);
  r.omitted_bytes = static_cast<std::int64_t>(out.omitted + err.omitted);
  co_return r;
}

Task<Result<JobOutputResult>> host_output(Services& s, HostJob job, const JobOutput& p) {
  const bool is_error = p.stream == "stderr";
  const std::uint64_t total = job.written[is_error ? 1 : 0];
  const auto since = std::min(static_cast<std::uint64_t>(p.since), total);
  auto piece = co_await s.jobs->hosts->read(job.id, is_error ? Stream::err : Stream::out, since,
                                            static_cast<std::size_t>(p.limit));
  // What has come since the job was looked at is for the next call.
  if (piece.begin >= total) piece.bytes.clear();
  if (piece.bytes.size() > total - std::min(total, piece.begin)) piece.bytes.resize(total - piece.begin);
  // The rest of a character comes with the next call, where there is one.
  const std::uint64_t end = piece.begin + piece.bytes.size();
  if (!job.over || end < total) {
    const std::size_t held = base::incomplete_utf8_tail(piece.bytes);
    if (held < piece.bytes.size()) piece.bytes.resize(piece.bytes.size() - held);
  }
  JobOutputResult out;
  out.job = info_of(job);
  out.text = base::to_valid_utf8(piece.bytes);
  if (out.text != piece.bytes) out.output_b64 = base::base64_encode(piece.bytes);
  out.since = static_cast<std::int64_t>(piece.begin);
  out.next_since = out.since + static_cast<std::int64_t>(piece.bytes.size());
  out.total_bytes = static_cast<std::int64_t>(total);
  // Nothing comes where nothing is kept any more.
  out.has_more = !piece.bytes.empty() && out.next_since < out.total_bytes;
  co_return out;
}

Task<Result<>> forget_unstored(Services& s) {
  if (!s.jobs->hosts) co_return Result<>();
  // In this order: what begins meanwhile is in neither.
  const auto known = co_await s.jobs->hosts->list({});
  store::JobQuery all;
  auto stored = co_await s.blocks->jobs(std::move(all));
  if (!stored) co_return stored.error();
  std::set<std::string> gone;
  for (const auto& job : known) {
    if (job.over) gone.insert(job.id);
  }
  for (const auto& row : *stored) gone.erase(row.job);
  co_await s.jobs->hosts->forget(std::move(gone));
  co_return Result<>();
}

Result<> may_cancel_on_host(const Call& call) {
  if (call.caller.has(Scope::ssh)) return {};
  return Error(Errc::denied, "A job on a host is cancelled with a token that has the scope \"ssh\" as well.", "job_id");
}

std::string cancel_note(const HostJob& job, const std::string& signal, bool sent) {
  if (!sent) return "It was over already: " + job.status + ".";
  if (!job.over) {
    return "SIG" + signal +
           " was sent, and it still runs. Not every host passes signals on (OpenSSH does not for root)" +
           (signal == "KILL" ? "; its channel is being closed." : "; KILL closes its channel as well.");
  }
  std::string how = "SIG" + signal + " was sent, and it has ended";
  if (!job.signal.empty()) return how + " by SIG" + job.signal + ".";
  if (job.exit_code) return how + " with exit code " + std::to_string(*job.exit_code) + ".";
  return how + ". " + job.note;
}

}  // namespace duotty::api
