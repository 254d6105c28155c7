#include "job_records.hpp"

#include <algorithm>
#include <duotty/api/block_service.hpp>
#include <duotty/api/job_service.hpp>
#include <duotty/record/json_text.hpp>
#include <duotty/session/session.hpp>

#include "methods.hpp"

namespace duotty::api {
namespace {

using session::ExecOutcome;

const char* word(const jobs::Job& job, const Result<ExecOutcome>& state) {
  if (!job.over()) {
    if (!job.typed()) return "queued";
    return state && state->awaiting ? "awaiting_input" : "running";
  }
  if (state && state->status == "completed" && !job.cancelled()) return "completed";
  if (state && state->status == "idle") return "unknown";
  return job.cancelled() ? "cancelled" : "failed";
}

/// The word for a job of which only its command's row is known.
const char* word_of(const std::string& block_status) {
  if (block_status == "running") return "running";
  if (block_status == "completed") return "completed";
  return block_status == "shell_exited" ? "failed" : "unknown";
}

std::optional<GateNote> gate_note(const std::string& verdict) {
  if (verdict.empty()) return std::nullopt;
  const auto json = record::parse_json(verdict);
  if (!json) return std::nullopt;
  auto note = record::decode<GateNote>(*json);
  if (!note) return std::nullopt;
  return std::move(*note);
}

}  // namespace

JobInfo info_of(jobs::Job& job, const Result<ExecOutcome>& state) {
  JobInfo info;
  info.job_id = job.id();
  info.status = word(job, state);
  info.done = job.over();
  info.terminal_id = job.session()->id();
  info.command = job.command();
  info.by = job.by();
  info.started = job.started();
  info.started_at = iso_time(info.started);
  info.duration_ms = job.duration().count();
  if (job.seq() > 0) info.output_ref = output_ref({info.terminal_id, job.seq()});
  if (state) info.exit_code = state->exit_code;
  if (!state) info.error = state.error().message();
  info.gate = gate_note(job.verdict());
  return info;
}

JobInfo info_of(const store::StoredJob& job) {
  JobInfo info;
  info.job_id = job.job;
  info.terminal_id = job.key.terminal;
  info.command = job.command;
  info.by = job.by;
  info.started = static_cast<double>(job.asked_at) / 1000;
  info.started_at = iso_time(info.started);
  if (job.key.seq > 0) info.output_ref = output_ref(job.key);
  info.gate = gate_note(job.verdict);
  info.status = job.status;
  info.exit_code = job.exit_code;
  if (!job.error.empty()) info.error = job.error;
  std::optional<std::int64_t> ended_at = job.ended_at;
  // Its worker is gone without a word of its end: the row of its command knows.
  const bool open = job.status == "queued" || job.status == "running" || job.status == "awaiting_input";
  if (open && job.block_status.empty()) {
    info.status = job.key.seq > 0 ? "unknown" : "failed";
    if (job.key.seq == 0) info.error = "The server was restarted before the command was given to the shell.";
  } else if (open) {
    info.status = word_of(job.block_status);
    if (info.status == "completed" && job.cancelled) info.status = "cancelled";
    info.exit_code = job.block_exit_code;
    ended_at = job.block_ended_at;
  }
  info.done = info.status != "running";
  if (ended_at) info.duration_ms = std::max<std::int64_t>(0, *ended_at - job.asked_at);
  return info;
}

JobInfo info_of(const store::BlockRow& row) {
  JobInfo info;
  info.job_id = output_ref(row.key);
  info.output_ref = info.job_id;
  info.done = row.status != "running";
  info.status = word_of(row.status);
  info.terminal_id = row.key.terminal;
  info.command = row.command;
  info.by = row.by;
  info.started = static_cast<double>(row.started_at) / 1000;
  info.started_at = iso_time(info.started);
  if (row.ended_at) info.duration_ms = std::max<std::int64_t>(0, *row.ended_at - row.started_at);
  info.exit_code = row.exit_code;
  return info;
}

store::JobRow record_of(jobs::Job& job) {
  const auto state = job.glance();
  store::JobRow row;
  row.job = job.id();
  row.key = {job.session()->id(), job.seq()};
  row.owner = job.owner();
  row.by = job.by();
  row.command = job.command();
  row.asked_at = static_cast<std::int64_t>(job.started() * 1000);
  row.status = word(job, state);
  row.verdict = job.verdict();
  row.cancelled = job.cancelled();
  if (!job.over()) return row;
  row.ended_at = row.asked_at + job.duration().count();
  if (state) row.exit_code = state->exit_code;
  if (!state) row.error = state.error().message();
  return row;
}

}  // namespace duotty::api
