#include "event_tables.hpp"

#include <algorithm>

namespace duotty::store {
namespace {

constexpr const char* kMigrations[] = {R"sql(
CREATE TABLE events (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE event_epoch (one INTEGER PRIMARY KEY CHECK (one = 1), word TEXT NOT NULL);
)sql"};
constexpr FileKind kKind{kMigrations, "SELECT max(id) FROM events; SELECT word FROM event_epoch", "the list of events"};

}  // namespace

EventTables::EventTables(std::string path) : file_(std::move(path), kKind) {}

base::Result<KeptEvents> EventTables::load(const std::string& fresh, std::size_t most) {
  KeptEvents kept;
  const auto read = [&]() -> base::Result<> {
    kept = {};
    Statement make(file_.database(), "INSERT OR IGNORE INTO event_epoch (one, word) VALUES (1, ?1)");
    if (auto made = make.bind(1, fresh).run(); !made) return made;
    Statement word(file_.database(), "SELECT word FROM event_epoch");
    if (word.row()) kept.epoch = word.text(0);
    if (auto asked = word.status(); !asked) return asked;
    Statement select(file_.database(), "SELECT id, body FROM events ORDER BY id DESC LIMIT ?1");
    select.bind(1, static_cast<std::int64_t>(most));
    while (select.row()) {
      if (select.number(0) > 0) kept.rows.push_back({static_cast<std::uint64_t>(select.number(0)), select.text(1)});
    }
    return select.status();
  };
  if (auto done = file_.write(read); !done) return done.error();
  std::reverse(kept.rows.begin(), kept.rows.end());
  if (!kept.rows.empty()) newest_ = kept.rows.back().id;
  return kept;
}

base::Result<> EventTables::add(const std::vector<EventRow>& rows, bool prune, std::size_t keep) {
  auto done = file_.transaction([&]() -> base::Result<> {
    Statement insert(file_.database(), "INSERT OR REPLACE INTO events (id, body) VALUES (?1, ?2)");
    for (const EventRow& row : rows) {
      if (auto one = insert.bind(1, static_cast<std::int64_t>(row.id)).bind(2, row.body).run(); !one) return one;
    }
    if (!prune) return {};
    Statement remove(file_.database(), "DELETE FROM events WHERE id <= (SELECT max(id) FROM events) - ?1");
    return remove.bind(1, static_cast<std::int64_t>(keep)).run();
  });
  const std::uint64_t before = newest_;
  for (const EventRow& row : rows) newest_ = std::max(newest_, row.id);
  // A text that was replaced is not to stay in the journal beside the file.
  const bool replaced = std::any_of(rows.begin(), rows.end(), [&](const EventRow& row) { return row.id <= before; });
  if (done && replaced) done = file_.database().run("PRAGMA wal_checkpoint(TRUNCATE)");
  if (!done || !prune) return done;
  return file_.database().run("PRAGMA incremental_vacuum");
}

}  // namespace duotty::store
