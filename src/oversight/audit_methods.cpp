// The audit: listing and exporting it, and what is being done now.
#include <cmath>
#include <duotty/base/utc_time.hpp>
#include <duotty/oversight/methods.hpp>
#include <duotty/rpc/registrar.hpp>

#include "groups.hpp"
#include "types.hpp"

namespace duotty::oversight {
namespace {

constexpr auto kHeartbeat = std::chrono::seconds(15);
/// Entries of an export that are read at a time.
constexpr std::size_t kPage = 500;

std::optional<std::string> or_null(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

AuditEntry entry_of(const store::AuditRow& row) {
  AuditEntry out;
  out.id = row.id;
  out.at = base::utc_time(row.at);
  out.time = static_cast<double>(row.at) / 1000;
  out.kind = row.kind;
  out.who = row.who;
  out.owner = row.owner;
  out.surface = row.surface;
  out.source = row.source;
  out.client = row.client;
  out.method = row.method;
  out.terminal_id = or_null(row.terminal);
  out.terminal_name = or_null(row.terminal_name);
  out.sha256 = or_null(row.digest);
  out.bytes = row.bytes;
  out.outcome = row.outcome;
  out.status = or_null(row.status);
  out.exit_code = row.exit_code;
  out.duration_ms = row.duration_ms;
  return out;
}

store::AuditQuery query_of(const AuditFilter& filter, const Call& call) {
  store::AuditQuery query;
  query.who = filter.who;
  query.kind = filter.kind;
  query.owner = call.caller.owner;
  query.method = filter.method;
  query.terminal = filter.terminal_id;
  query.outcome = filter.outcome;
  if (filter.since) query.since = static_cast<std::int64_t>(std::ceil(*filter.since * 1000));
  if (filter.until) query.until = static_cast<std::int64_t>(std::ceil(*filter.until * 1000));
  return query;
}

Task<Result<AuditEntries>> list(Services& s, Call& call, AuditList p) {
  store::AuditQuery query = query_of(p, call);
  query.before_id = p.before;
  query.limit = static_cast<std::size_t>(p.limit);
  auto rows = co_await s.trail->store().find(std::move(query));
  if (!rows) co_return rows.error();
  AuditEntries out;
  for (const auto& row : *rows) out.entries.push_back(entry_of(row));
  if (rows->size() == static_cast<std::size_t>(p.limit)) out.next_before = rows->back().id;
  co_return out;
}

rpc::StreamEvent item(const char* name, Json data) {
  rpc::StreamEvent out;
  out.name = name;
  out.data = std::make_shared<const Json>(std::move(data));
  return out;
}

Task<Result<>> export_all(Services& s, Call& call, AuditExport p, rpc::Sink& sink) {
  store::AuditQuery query = query_of(p, call);
  query.oldest_first = true;
  query.limit = kPage;
  query.after_id = 0;
  bool more = true;
  while (more) {
    store::AuditQuery page = query;
    auto rows = co_await s.trail->store().find(std::move(page));
    if (!rows) co_return rows.error();
    auto opened = co_await sink.open();
    if (!opened) co_return opened.error();
    for (const auto& row : *rows) {
      rpc::StreamEvent out = item("entry", record::encode(entry_of(row)));
      auto sent = co_await sink.send(std::move(out));
      if (!sent) co_return sent.error();
    }
    more = rows->size() == kPage;
    if (more) query.after_id = rows->back().id;
  }
  co_return Result<>();
}

Json activity_json(const Activity& activity) {
  const store::AuditRow& row = activity.row;
  ActivityItem out;
  out.id = static_cast<std::int64_t>(activity.id);
  out.running = activity.running;
  out.time = static_cast<double>(row.at) / 1000;
  out.kind = row.kind;
  out.who = row.who;
  out.surface = row.surface;
  out.client = row.client;
  out.method = row.method;
  out.what = activity.what;
  out.terminal_id = or_null(row.terminal);
  out.terminal_name = or_null(row.terminal_name);
  out.outcome = or_null(row.outcome);
  out.status = or_null(row.status);
  out.exit_code = row.exit_code;
  out.duration_ms = row.duration_ms;
  return record::encode(out);
}

/// What has changed since the last look, as items: a snapshot at first.
std::vector<rpc::StreamEvent> news_for(Services& s, const Call& call, bool first, std::uint64_t& seq,
                                       std::string& told_requests) {
  std::vector<rpc::StreamEvent> out;
  Json all = Json::array();
  for (const auto& activity : s.trail->since(seq, call.caller.owner)) {
    if (first) {
      all.push_back(activity_json(*activity));
    } else {
      out.push_back(item("activity", activity_json(*activity)));
    }
  }
  seq = s.trail->last_seq();
  if (first) out.push_back(item("snapshot", {{"activities", std::move(all)}}));
  if (!call.caller.has(Scope::admin)) return out;
  Json requests = pending_json(s);
  std::string ids;
  for (const Json& one : requests["requests"]) ids += one["request_id"].get<std::string>() + " ";
  if (ids != told_requests || first) out.push_back(item("access", std::move(requests)));
  told_requests = std::move(ids);
  return out;
}

Task<Result<>> activity_stream(Services& s, Call& call, record::Empty, rpc::Sink& sink) {
  auto opened = co_await sink.open();
  if (!opened) co_return opened.error();
  std::uint64_t seq = 0;
  std::string told_requests;
  bool first = true;
  while (true) {
    auto items = news_for(s, call, first, seq, told_requests);
    first = false;
    for (auto& out : items) {
      auto sent = co_await sink.send(std::move(out));
      if (!sent) co_return sent.error();
    }
    // What came while these were sent is told at once; requests are also forgotten by time alone.
    if (s.trail->last_seq() > seq) continue;
    const bool woken = co_await s.news->wait_until(std::chrono::steady_clock::now() + kHeartbeat);
    if (!woken) {
      rpc::StreamEvent out = item("heartbeat", Json::object());
      auto sent = co_await sink.send(std::move(out));
      if (!sent) co_return sent.error();
    }
  }
}

}  // namespace

void add_audit_methods(Registrar& table) {
  table.call(
      "audit.list", list,
      {.http = {"GET", "/api/audit"},
       .scope = Scope::admin,
       .about = "Calls that changed something and calls that were refused for lack of a scope, newest first: who, "
                "what, where, when, how it ended, and the hash of what was sent. Never contents.",
       .example = R"({"who": "token", "outcome": "failed", "limit": 20})"});
  table.stream<AuditEntry>("audit.export", export_all,
                           {.http = {"GET", "/api/audit/export", "application/x-ndjson", "duotty-audit.jsonl"},
                            .scope = Scope::admin,
                            .about = "The audit as JSON lines, oldest first.",
                            .example = R"({"since": 1767225600})"});
  table.stream<Json>(
      "activity.stream", activity_stream,
      {.http = {"GET", "/api/agent/activity/stream"},
       .scope = Scope::read,
       .about =
           "What is being done now, as far as it changes something or was refused: a `snapshot` of the last calls, "
           "then an `activity` when one begins and when it has ended; for administrators, `access` with the "
           "requests that wait."});
}

}  // namespace duotty::oversight
