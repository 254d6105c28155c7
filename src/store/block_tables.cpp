#include "block_tables.hpp"

#include <duotty/base/text.hpp>

#include "block_search.hpp"
#include "job_table.hpp"

namespace duotty::store {
namespace {

using base::Errc;
using base::Error;

/// Migration number n brings a file from version n to n + 1.
constexpr const char* kMigrations[] = {R"sql(
CREATE TABLE block (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  terminal TEXT NOT NULL, seq INTEGER NOT NULL, terminal_name TEXT NOT NULL, owner TEXT NOT NULL, by_whom TEXT NOT NULL,
  command TEXT NOT NULL, cwd TEXT NOT NULL, user TEXT NOT NULL, host TEXT NOT NULL, shell TEXT NOT NULL,
  started_at INTEGER NOT NULL, ended_at INTEGER, exit_code INTEGER, signal TEXT NOT NULL, status TEXT NOT NULL,
  output_begin INTEGER NOT NULL, output_end INTEGER NOT NULL, cols INTEGER NOT NULL, rows INTEGER NOT NULL,
  UNIQUE (terminal, seq));
CREATE INDEX block_started ON block (started_at);
CREATE TABLE block_output (
  block INTEGER NOT NULL REFERENCES block (id) ON DELETE CASCADE,
  begin INTEGER NOT NULL, bytes BLOB NOT NULL, UNIQUE (block, begin));
CREATE VIRTUAL TABLE block_text USING fts5 (command, content = 'block', content_rowid = 'id', tokenize = 'trigram');
CREATE TRIGGER block_added AFTER INSERT ON block BEGIN
  INSERT INTO block_text (rowid, command) VALUES (new.id, new.command);
END;
CREATE TRIGGER block_removed AFTER DELETE ON block BEGIN
  INSERT INTO block_text (block_text, rowid, command) VALUES ('delete', old.id, old.command);
END;
)sql",
                                       R"sql(
ALTER TABLE block ADD COLUMN secret INTEGER NOT NULL DEFAULT 0;
CREATE VIRTUAL TABLE output_text USING fts5 (text, tokenize = 'trigram');
CREATE TRIGGER block_output_removed AFTER DELETE ON block_output BEGIN
  DELETE FROM output_text WHERE rowid = old.block;
END;
CREATE TRIGGER block_secret AFTER UPDATE OF secret ON block WHEN new.secret BEGIN
  DELETE FROM output_text WHERE rowid = new.id;
END;
CREATE TABLE job (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  job TEXT NOT NULL UNIQUE, terminal TEXT NOT NULL, seq INTEGER NOT NULL, owner TEXT NOT NULL, by_whom TEXT NOT NULL,
  command TEXT NOT NULL, asked_at INTEGER NOT NULL, ended_at INTEGER, status TEXT NOT NULL, exit_code INTEGER,
  error TEXT NOT NULL, verdict TEXT NOT NULL, cancelled INTEGER NOT NULL);
CREATE INDEX job_command ON job (terminal, seq);
CREATE TRIGGER job_removed AFTER DELETE ON block BEGIN
  DELETE FROM job WHERE terminal = old.terminal AND seq = old.seq;
END;
)sql",
                                       R"sql(
ALTER TABLE job ADD COLUMN connection TEXT NOT NULL DEFAULT '';
ALTER TABLE job ADD COLUMN signal TEXT NOT NULL DEFAULT '';
)sql"};
constexpr FileKind kKind{kMigrations,
                         "SELECT max(id) FROM block; SELECT max(block) FROM block_output; SELECT 1 FROM block_text"
                         " LIMIT 1; SELECT max(id) FROM job; SELECT 1 FROM output_text LIMIT 1",
                         "the history of commands"};

constexpr std::int64_t kDay = std::int64_t{24} * 3600 * 1000;
/// Rows whose outputs, or which themselves, go in one step when the file is over its quota.
constexpr int kStep = 64;
/// What a byte of searched text takes with its entries in the index, about.
constexpr int kIndexShare = 5;

std::int64_t signed_of(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

}  // namespace

BlockTables::BlockTables(std::string path, CleanText clean) : file_(std::move(path), kKind), clean_(clean) {}

base::Result<> BlockTables::apply(const std::vector<Write>& batch) {
  return file_.write([&]() -> base::Result<> {
    for (const Write& one : batch) {
      auto done = std::visit([this](const auto& what) { return write(what); }, one);
      if (!done) return done;
    }
    return {};
  });
}

base::Result<> BlockTables::write(const PutRow& put) {
  const BlockRow& row = put.row;
  Statement insert(database(),
                   "INSERT INTO block (terminal, seq, terminal_name, owner, by_whom, command, cwd, user, host, shell,"
                   " started_at, ended_at, exit_code, signal, status, output_begin, output_end, cols, rows, secret)"
                   " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20)"
                   " ON CONFLICT (terminal, seq) DO UPDATE SET ended_at = excluded.ended_at,"
                   " exit_code = excluded.exit_code, signal = excluded.signal, status = excluded.status,"
                   " output_end = excluded.output_end, cols = excluded.cols, rows = excluded.rows,"
                   " secret = max(secret, excluded.secret)"
                   " WHERE block.status = 'running' AND excluded.status <> 'running'");
  insert.bind(1, row.key.terminal).bind(2, signed_of(row.key.seq)).bind(3, row.terminal_name).bind(4, row.owner);
  insert.bind(5, row.by).bind(6, row.command).bind(7, row.cwd).bind(8, row.user).bind(9, row.host);
  insert.bind(10, row.shell).bind(11, row.started_at).bind_optional(12, row.ended_at);
  insert.bind_optional(13, row.exit_code).bind(14, row.signal).bind(15, row.status);
  insert.bind(16, signed_of(row.output_begin)).bind(17, signed_of(row.output_end));
  insert.bind(18, std::int64_t{row.cols}).bind(19, std::int64_t{row.rows});
  insert.bind(20, std::int64_t{row.secret});
  return insert.run();
}

base::Result<> BlockTables::write(const PutOutput& put) {
  Statement insert(database(),
                   "INSERT INTO block_output (block, begin, bytes)"
                   " SELECT id, ?3, ?4 FROM block WHERE terminal = ?1 AND seq = ?2"
                   " ON CONFLICT (block, begin) DO UPDATE SET bytes = excluded.bytes"
                   " WHERE length(excluded.bytes) > length(block_output.bytes)");
  for (const OutputPiece& piece : put.pieces) {
    for (std::uint64_t at = 0; at < piece.bytes.size();) {
      const std::uint64_t begin = piece.begin + at;
      const std::uint64_t length = std::min<std::uint64_t>(kPiece - begin % kPiece, piece.bytes.size() - at);
      insert.bind(1, put.key.terminal).bind(2, signed_of(put.key.seq)).bind(3, signed_of(begin));
      insert.bind_blob(4, std::string_view(piece.bytes).substr(at, length));
      if (auto done = insert.run(); !done) return done;
      at += length;
    }
  }
  if (auto done = insert.status(); !done) return done;
  return index_output(put.key);
}

base::Result<> BlockTables::index_output(const BlockKey& key) {
  if (!clean_) return {};
  // The beginning is final once the command has ended, or when it is longer than what is looked at.
  Statement select(database(),
                   "SELECT block.id, substr(bytes, 1, ?3), cols, rows FROM block JOIN block_output ON block = block.id"
                   " WHERE terminal = ?1 AND seq = ?2 AND begin = 0 AND NOT secret"
                   " AND (status <> 'running' OR length(bytes) >= ?3)"
                   " AND NOT EXISTS (SELECT 1 FROM output_text WHERE rowid = block.id)");
  select.bind(1, key.terminal).bind(2, signed_of(key.seq)).bind(3, std::int64_t{kSearchedRaw});
  if (!select.row()) return select.status();
  const std::int64_t id = select.number(0);
  std::string text = clean_(select.blob(1), static_cast<int>(select.number(2)), static_cast<int>(select.number(3)));
  if (text.size() > kSearchedText) {
    text.resize(kSearchedText);
    text.resize(text.size() - base::incomplete_utf8_tail(text));
  }
  if (base::trim(text).empty()) return {};
  Statement insert(database(), "INSERT INTO output_text (rowid, text) VALUES (?1, ?2)");
  return insert.bind(1, id).bind(2, text).run();
}

base::Result<> BlockTables::write(const PutSecret& secret) {
  Statement update(database(), "UPDATE block SET secret = 1 WHERE terminal = ?1 AND seq = ?2 AND NOT secret");
  return update.bind(1, secret.key.terminal).bind(2, signed_of(secret.key.seq)).run();
}

base::Result<> BlockTables::write(const CloseMissing& close) {
  std::string marks;
  for (std::size_t i = 0; i < close.live_terminals.size(); ++i) marks += i == 0 ? "?" : ",?";
  Statement update(database(),
                   "UPDATE block SET status = 'lost' WHERE status = 'running' AND terminal NOT IN (" + marks + ")");
  int at = 0;
  for (const std::string& id : close.live_terminals) update.bind(++at, id);
  return update.run();
}

base::Result<std::vector<FoundBlock>> BlockTables::find(const BlockQuery& query) {
  const Search search(query);
  Statement select(
      database(),
      "SELECT id, terminal, seq, terminal_name, owner, by_whom, command, cwd, user, host, shell, started_at,"
      " ended_at, exit_code, signal, status, output_begin, output_end, cols, rows, secret" +
          std::string(query.in_output && !query.text.empty()
                          ? ", (SELECT text FROM output_text WHERE rowid = block.id) FROM block"
                          : " FROM block") +
          search.where() + " ORDER BY " + (query.terminal.empty() ? "id" : "seq") + " DESC LIMIT " +
          std::to_string(query.limit));
  search.bind(select);
  std::vector<FoundBlock> rows;
  while (select.row()) {
    FoundBlock row;
    row.id = select.number(0);
    row.key = {select.text(1), static_cast<std::uint64_t>(select.number(2))};
    row.terminal_name = select.text(3);
    row.owner = select.text(4);
    row.by = select.text(5);
    row.command = select.text(6);
    row.cwd = select.text(7);
    row.user = select.text(8);
    row.host = select.text(9);
    row.shell = select.text(10);
    row.started_at = select.number(11);
    if (!select.null(12)) row.ended_at = select.number(12);
    if (!select.null(13)) row.exit_code = static_cast<int>(select.number(13));
    row.signal = select.text(14);
    row.status = select.text(15);
    row.output_begin = static_cast<std::uint64_t>(select.number(16));
    row.output_end = static_cast<std::uint64_t>(select.number(17));
    row.cols = static_cast<int>(select.number(18));
    row.rows = static_cast<int>(select.number(19));
    row.secret = select.number(20) != 0;
    if (query.in_output && !query.text.empty() && !(query.in_command && has_all_words(row.command, query.text))) {
      row.found_in = FoundIn::output;
      row.excerpt = excerpt(select.text(21), query.text);
    }
    rows.push_back(std::move(row));
  }
  if (auto read = select.status(); !read) return read.error();
  return rows;
}

base::Result<> BlockTables::write(const PutJob& job) {
  return write_job(database(), job.row);
}

base::Result<std::vector<StoredJob>> BlockTables::jobs(const JobQuery& query) {
  return find_jobs(database(), query);
}

base::Result<std::vector<OutputPiece>> BlockTables::output(const BlockKey& key) {
  Statement select(database(),
                   "SELECT begin, bytes FROM block_output WHERE block = (SELECT id FROM block WHERE terminal = ?1 AND"
                   " seq = ?2) ORDER BY begin");
  select.bind(1, key.terminal).bind(2, signed_of(key.seq));
  std::vector<OutputPiece> pieces;
  while (select.row()) pieces.push_back({static_cast<std::uint64_t>(select.number(0)), select.blob(1)});
  if (auto read = select.status(); !read) return read.error();
  return pieces;
}

base::Result<std::int64_t> BlockTables::remove(const BlockQuery& query) {
  const Search search(query);
  Statement removal(database(), "DELETE FROM block" + search.where());
  search.bind(removal);
  if (auto done = removal.run(); !done) return done.error();
  const std::int64_t removed = database().changes();
  if (auto done = remove_unstarted(database(), query); !done) return done.error();
  // An index forgets the words of rows that are gone only when it is written anew.
  for (const char* index : {"block_text", "output_text"}) {
    const std::string sql = "INSERT INTO " + std::string(index) + " (" + index + ") VALUES ('optimize')";
    if (auto done = database().run(sql.c_str()); !done) return done.error();
  }
  if (auto shrunk = database().run("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)"); !shrunk) {
    return shrunk.error();
  }
  return removed;
}

base::Result<std::int64_t> BlockTables::used_bytes() {
  return ask_number(database(),
                    "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count,"
                    " pragma_page_size");
}

base::Result<> BlockTables::prune(const BlockLimits& limits, std::int64_t now) {
  if (limits.days > 0) {
    Statement old(database(), "DELETE FROM block WHERE started_at < ?1");
    if (auto done = old.bind(1, now - limits.days * kDay).run(); !done) return done;
  }
  if (limits.count > 0) {
    Statement many(database(),
                   "DELETE FROM block WHERE id <= (SELECT id FROM block ORDER BY id DESC LIMIT 1 OFFSET ?1)");
    if (auto done = many.bind(1, limits.count).run(); !done) return done;
  }
  return limits.bytes > 0 ? prune_bytes(limits.bytes) : base::Result<>();
}

base::Result<> BlockTables::prune_bytes(std::int64_t limit) {
  auto used = used_bytes();
  if (!used) return used.error();
  if (*used <= limit) return {};
  const std::string step = std::to_string(kStep);
  // A little more than necessary goes, so that this is not due again at once.
  const std::int64_t goal = limit - limit / 10;
  const std::string outputs = "SELECT DISTINCT block FROM block_output ORDER BY block LIMIT " + step;
  const std::string rows = "SELECT id FROM block ORDER BY id LIMIT " + step;
  const std::pair<std::string, std::string> ways[] = {
      // The text that is searched takes several times its length in the index.
      {"SELECT sum(length(bytes)) + (SELECT coalesce(sum(length(text)), 0) * " + std::to_string(kIndexShare) +
           " FROM output_text WHERE rowid IN (" + outputs + ")) FROM block_output WHERE block IN (" + outputs + ")",
       "DELETE FROM block_output WHERE block IN (" + outputs + ")"},
      {"SELECT sum(length(command) + length(cwd) + 200) FROM block WHERE id IN (" + rows + ")",
       "DELETE FROM block WHERE id IN (" + rows + ")"}};
  for (const auto& [weigh, what] : ways) {
    bool went = true;
    while (went && *used > goal) {
      auto gone = remove_steps(weigh, what, *used - goal);
      if (!gone) return gone.error();
      went = *gone;
      // The index gives back what its rows took only when it is written anew.
      if (auto done = database().run("INSERT INTO output_text (output_text) VALUES ('optimize')"); !done) return done;
      used = used_bytes();
      if (!used) return used.error();
    }
  }
  return database().run("PRAGMA incremental_vacuum");
}

base::Result<bool> BlockTables::remove_steps(const std::string& weigh, const std::string& what, std::int64_t due) {
  bool went = false;
  while (due > 0) {
    Statement size(database(), weigh);
    due -= size.row() ? size.number(0) : 0;
    if (auto asked = size.status(); !asked) return asked.error();
    Statement removal(database(), what);
    if (auto done = removal.run(); !done) return done.error();
    if (database().changes() == 0) break;
    went = true;
  }
  return went;
}

}  // namespace duotty::store
