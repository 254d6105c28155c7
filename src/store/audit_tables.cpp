#include "audit_tables.hpp"

#include <algorithm>

#include "conditions.hpp"

namespace duotty::store {
namespace {

/// A row is never changed. It goes only together with everything before it, after the mark has moved past it, and the
/// mark only moves forward: so a gap in the middle cannot be made through these tables.
constexpr const char* kMigrations[] = {R"sql(
CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL, duration_ms INTEGER NOT NULL, kind TEXT NOT NULL, who TEXT NOT NULL, owner TEXT NOT NULL,
  surface TEXT NOT NULL, source TEXT NOT NULL, client TEXT NOT NULL, method TEXT NOT NULL, terminal TEXT NOT NULL,
  terminal_name TEXT NOT NULL, digest TEXT NOT NULL, bytes INTEGER NOT NULL, outcome TEXT NOT NULL,
  status TEXT NOT NULL, exit_code INTEGER);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_terminal ON audit (terminal, id);
CREATE TABLE audit_mark (one INTEGER PRIMARY KEY CHECK (one = 1), pruned_to INTEGER NOT NULL);
INSERT INTO audit_mark (one, pruned_to) VALUES (1, 0);
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit BEGIN
  SELECT RAISE(ABORT, 'the audit is append-only');
END;
CREATE TRIGGER audit_is_never_replaced BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE id = new.id) BEGIN
  SELECT RAISE(ABORT, 'the audit is append-only');
END;
CREATE TRIGGER audit_goes_from_its_beginning BEFORE DELETE ON audit
WHEN old.id > (SELECT pruned_to FROM audit_mark) BEGIN
  SELECT RAISE(ABORT, 'the audit is append-only');
END;
CREATE TRIGGER audit_mark_moves_forward BEFORE UPDATE ON audit_mark WHEN new.pruned_to < old.pruned_to BEGIN
  SELECT RAISE(ABORT, 'the audit is append-only');
END;
CREATE TRIGGER audit_mark_stays BEFORE DELETE ON audit_mark BEGIN
  SELECT RAISE(ABORT, 'the audit is append-only');
END;
)sql"};
constexpr FileKind kKind{kMigrations, "SELECT max(id) FROM audit; SELECT pruned_to FROM audit_mark", "the audit"};
constexpr std::int64_t kDay = std::int64_t{24} * 3600 * 1000;

Conditions conditions_of(const AuditQuery& query) {
  Conditions all;
  if (!query.who.empty()) {
    all.also("(who = ? OR substr(who, 1, length(?)) = ?)", query.who);
    all.value(query.who + ":");
    all.value(query.who + ":");
  }
  if (!query.kind.empty()) all.also("kind = ?", query.kind);
  if (!query.owner.empty()) all.also("owner = ?", query.owner);
  if (query.method.ends_with('.')) {
    all.also("substr(method, 1, length(?)) = ?", query.method);
    all.value(query.method);
  } else if (!query.method.empty()) {
    all.also("method = ?", query.method);
  }
  if (!query.terminal.empty()) {
    all.also("(terminal = ? OR terminal_name = ?)", query.terminal);
    all.value(query.terminal);
  }
  if (query.outcome == "failed") {
    all.also("outcome <> 'ok'");
  } else if (!query.outcome.empty()) {
    all.also("outcome = ?", query.outcome);
  }
  if (query.since) all.also("at >= ?", *query.since);
  if (query.until) all.also("at < ?", *query.until);
  if (query.before_id) all.also("id < ?", *query.before_id);
  if (query.after_id) all.also("id > ?", *query.after_id);
  return all;
}

}  // namespace

AuditTables::AuditTables(std::string path) : file_(std::move(path), kKind) {}

base::Result<> AuditTables::add(const std::vector<AuditRow>& rows) {
  return file_.write([&] { return insert(rows); });
}

base::Result<> AuditTables::insert(const std::vector<AuditRow>& rows) {
  Statement insert(file_.database(),
                   "INSERT INTO audit (at, duration_ms, kind, who, owner, surface, source, client, method,"
                   " terminal, terminal_name, digest, bytes, outcome, status, exit_code)"
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)");
  for (const AuditRow& row : rows) {
    insert.bind(1, row.at).bind(2, row.duration_ms).bind(3, row.kind).bind(4, row.who).bind(5, row.owner);
    insert.bind(6, row.surface).bind(7, row.source).bind(8, row.client).bind(9, row.method).bind(10, row.terminal);
    insert.bind(11, row.terminal_name).bind(12, row.digest).bind(13, row.bytes).bind(14, row.outcome);
    insert.bind(15, row.status).bind_optional(16, row.exit_code);
    if (auto done = insert.run(); !done) return done;
  }
  return {};
}

base::Result<> AuditTables::prune(const AuditLimits& limits, std::int64_t now) {
  std::int64_t to = 0;
  if (limits.days > 0) {
    // Up to the first row that is young enough: a clock that was set back must not make a gap.
    const auto young = ask_number(file_.database(),
                                  "SELECT coalesce((SELECT min(id) FROM audit WHERE at >= ?1) - 1,"
                                  " (SELECT max(id) FROM audit), 0)",
                                  std::max<std::int64_t>(0, now - limits.days * kDay));
    if (!young) return young.error();
    to = *young;
  }
  if (limits.count > 0) {
    const auto many =
        ask_number(file_.database(), "SELECT id FROM audit ORDER BY id DESC LIMIT 1 OFFSET ?1", limits.count);
    if (!many) return many.error();
    to = std::max(to, *many);
  }
  return to > 0 ? prune_to(to) : base::Result<>();
}

base::Result<> AuditTables::prune_to(std::int64_t id) {
  const auto any =
      ask_number(file_.database(), "SELECT count(*) FROM (SELECT 1 FROM audit WHERE id <= ?1 LIMIT 1)", id);
  if (!any || *any == 0) return any ? base::Result<>() : base::Result<>(any.error());
  auto done = file_.transaction([&]() -> base::Result<> {
    for (const char* sql :
         {"UPDATE audit_mark SET pruned_to = ?1 WHERE pruned_to < ?1", "DELETE FROM audit WHERE id <= ?1"}) {
      Statement step(file_.database(), sql);
      if (auto run = step.bind(1, id).run(); !run) return run;
    }
    return {};
  });
  if (!done) return done;
  return file_.database().run("PRAGMA incremental_vacuum");
}

base::Result<std::vector<AuditRow>> AuditTables::find(const AuditQuery& query) {
  const Conditions conditions = conditions_of(query);
  Statement select(file_.database(),
                   "SELECT id, at, duration_ms, kind, who, owner, surface, source, client, method, terminal,"
                   " terminal_name, digest, bytes, outcome, status, exit_code FROM audit" +
                       conditions.where() + " ORDER BY id " + (query.oldest_first ? "ASC" : "DESC") + " LIMIT " +
                       std::to_string(query.limit));
  conditions.bind(select);
  std::vector<AuditRow> rows;
  while (select.row()) {
    AuditRow row;
    row.id = select.number(0);
    row.at = select.number(1);
    row.duration_ms = select.number(2);
    row.kind = select.text(3);
    row.who = select.text(4);
    row.owner = select.text(5);
    row.surface = select.text(6);
    row.source = select.text(7);
    row.client = select.text(8);
    row.method = select.text(9);
    row.terminal = select.text(10);
    row.terminal_name = select.text(11);
    row.digest = select.text(12);
    row.bytes = select.number(13);
    row.outcome = select.text(14);
    row.status = select.text(15);
    if (!select.null(16)) row.exit_code = static_cast<int>(select.number(16));
    rows.push_back(std::move(row));
  }
  if (auto read = select.status(); !read) return read.error();
  return rows;
}

}  // namespace duotty::store
