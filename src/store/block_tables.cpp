#include "block_tables.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "block_search.hpp"

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
)sql"};
constexpr int kVersion = static_cast<int>(std::size(kMigrations));

constexpr std::int64_t kDay = std::int64_t{24} * 3600 * 1000;
/// Rows whose outputs, or which themselves, go in one step when the file is over its quota.
constexpr int kStep = 64;

std::int64_t signed_of(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

}  // namespace

base::Result<> BlockTables::open() {
  auto opened = open_file();
  if (!opened && opened.error().code() == Errc::protocol) {
    if (auto aside = set_aside(); !aside) return aside;
    opened = open_file();
  }
  if (!opened) database_ = {};
  return opened;
}

base::Result<> BlockTables::open_file() {
  auto opened = Database::open(path_);
  if (!opened) return opened.error();
  database_ = std::move(*opened);
  // Must stand before the first table is made.
  if (auto set = database_.run("PRAGMA auto_vacuum = INCREMENTAL"); !set) return set;
  for (const char* pragma : {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL", "PRAGMA foreign_keys = ON",
                             "PRAGMA secure_delete = ON", "PRAGMA journal_size_limit = 16777216"}) {
    if (auto set = database_.run(pragma); !set) return set;
  }
  return migrate();
}

base::Result<> BlockTables::migrate() {
  std::int64_t version = 0;
  {
    Statement ask(database_, "PRAGMA user_version");
    if (ask.row()) version = ask.number(0);
    if (auto asked = ask.status(); !asked) return asked;
  }
  if (version > kVersion) {
    return Error(Errc::unsupported, path_ + " was made by a newer version of duotty. Commands are not stored.");
  }
  for (; version < kVersion; ++version) {
    const std::string step = "BEGIN IMMEDIATE;" + std::string(kMigrations[version]) +
                             "PRAGMA user_version = " + std::to_string(version + 1) + ";COMMIT;";
    if (auto done = database_.run(step.c_str()); !done) {
      const Error reason = done.error();
      static_cast<void>(database_.run("ROLLBACK"));
      return reason;
    }
  }
  // Reads a page of each table, so that a file whose middle is gone is found out now.
  return database_.run(
      "SELECT max(id) FROM block; SELECT max(block) FROM block_output; SELECT 1 FROM block_text LIMIT 1");
}

base::Result<> BlockTables::set_aside() {
  database_ = {};
  const std::string aside = path_ + ".damaged-" + std::to_string(std::time(nullptr));
  if (std::rename(path_.c_str(), aside.c_str()) != 0) {
    return Error(Errc::io, path_ + " is damaged and could not be moved aside: " + std::strerror(errno) + ".");
  }
  for (const char* companion : {"-wal", "-shm"}) {
    static_cast<void>(std::rename((path_ + companion).c_str(), (aside + companion).c_str()));
  }
  notice_ = path_ + " is damaged. It was set aside as " + aside + "; the history of commands begins anew.";
  return {};
}

base::Result<> BlockTables::apply(const std::vector<Write>& batch) {
  auto applied = apply_once(batch);
  if (applied || applied.error().code() != Errc::protocol) return applied;
  if (auto aside = set_aside(); !aside) return aside;
  if (auto opened = open_file(); !opened) return opened;
  return apply_once(batch);
}

base::Result<> BlockTables::apply_once(const std::vector<Write>& batch) {
  if (auto begun = database_.run("BEGIN IMMEDIATE"); !begun) return begun;
  base::Result<> done;
  for (const Write& one : batch) {
    done = std::visit([this](const auto& what) { return write(what); }, one);
    if (!done) break;
  }
  if (done) done = database_.run("COMMIT");
  if (!done) static_cast<void>(database_.run("ROLLBACK"));
  return done;
}

base::Result<> BlockTables::write(const PutRow& put) {
  const BlockRow& row = put.row;
  Statement insert(database_,
                   "INSERT INTO block (terminal, seq, terminal_name, owner, by_whom, command, cwd, user, host, shell,"
                   " started_at, ended_at, exit_code, signal, status, output_begin, output_end, cols, rows)"
                   " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19)"
                   " ON CONFLICT (terminal, seq) DO UPDATE SET ended_at = excluded.ended_at,"
                   " exit_code = excluded.exit_code, signal = excluded.signal, status = excluded.status,"
                   " output_end = excluded.output_end, cols = excluded.cols, rows = excluded.rows"
                   " WHERE block.status = 'running' AND excluded.status <> 'running'");
  insert.bind(1, row.key.terminal).bind(2, signed_of(row.key.seq)).bind(3, row.terminal_name).bind(4, row.owner);
  insert.bind(5, row.by).bind(6, row.command).bind(7, row.cwd).bind(8, row.user).bind(9, row.host);
  insert.bind(10, row.shell).bind(11, row.started_at).bind_optional(12, row.ended_at);
  insert.bind_optional(13, row.exit_code).bind(14, row.signal).bind(15, row.status);
  insert.bind(16, signed_of(row.output_begin)).bind(17, signed_of(row.output_end));
  insert.bind(18, std::int64_t{row.cols}).bind(19, std::int64_t{row.rows});
  return insert.run();
}

base::Result<> BlockTables::write(const PutOutput& put) {
  Statement insert(database_,
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
  return insert.status();
}

base::Result<> BlockTables::write(const CloseMissing& close) {
  std::string marks;
  for (std::size_t i = 0; i < close.live_terminals.size(); ++i) marks += i == 0 ? "?" : ",?";
  Statement update(database_,
                   "UPDATE block SET status = 'lost' WHERE status = 'running' AND terminal NOT IN (" + marks + ")");
  int at = 0;
  for (const std::string& id : close.live_terminals) update.bind(++at, id);
  return update.run();
}

base::Result<std::vector<BlockRow>> BlockTables::find(const BlockQuery& query) {
  const Search search(query);
  Statement select(
      database_,
      "SELECT id, terminal, seq, terminal_name, owner, by_whom, command, cwd, user, host, shell, started_at,"
      " ended_at, exit_code, signal, status, output_begin, output_end, cols, rows FROM block" +
          search.where() + " ORDER BY " + (query.terminal.empty() ? "id" : "seq") + " DESC LIMIT " +
          std::to_string(query.limit));
  search.bind(select);
  std::vector<BlockRow> rows;
  while (select.row()) {
    BlockRow row;
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
    rows.push_back(std::move(row));
  }
  if (auto read = select.status(); !read) return read.error();
  return rows;
}

base::Result<std::vector<OutputPiece>> BlockTables::output(const BlockKey& key) {
  Statement select(database_,
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
  Statement removal(database_, "DELETE FROM block" + search.where());
  search.bind(removal);
  if (auto done = removal.run(); !done) return done.error();
  const std::int64_t removed = database_.changes();
  if (auto shrunk = database_.run("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)"); !shrunk) {
    return shrunk.error();
  }
  return removed;
}

base::Result<std::int64_t> BlockTables::used_bytes() {
  Statement ask(database_,
                "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count,"
                " pragma_page_size");
  const std::int64_t bytes = ask.row() ? ask.number(0) : 0;
  if (auto asked = ask.status(); !asked) return asked.error();
  return bytes;
}

base::Result<> BlockTables::prune(const BlockLimits& limits, std::int64_t now) {
  if (limits.days > 0) {
    Statement old(database_, "DELETE FROM block WHERE started_at < ?1");
    if (auto done = old.bind(1, now - limits.days * kDay).run(); !done) return done;
  }
  if (limits.count > 0) {
    Statement many(database_,
                   "DELETE FROM block WHERE id <= (SELECT id FROM block ORDER BY id DESC LIMIT 1 OFFSET ?1)");
    if (auto done = many.bind(1, limits.count).run(); !done) return done;
  }
  return limits.bytes > 0 ? prune_bytes(limits.bytes) : base::Result<>();
}

base::Result<> BlockTables::prune_bytes(std::int64_t limit) {
  auto used = used_bytes();
  if (!used) return used.error();
  bool over = *used > limit;
  if (!over) return {};
  const std::string step = std::to_string(kStep);
  // A little more than necessary goes, so that this is not due again at once.
  const std::int64_t goal = limit - limit / 10;
  for (const std::string& what :
       {"DELETE FROM block_output WHERE block IN (SELECT DISTINCT block FROM block_output ORDER BY block LIMIT " +
            step + ")",
        "DELETE FROM block WHERE id IN (SELECT id FROM block ORDER BY id LIMIT " + step + ")"}) {
    Statement removal(database_, what);
    while (over) {
      if (auto done = removal.run(); !done) return done;
      const bool went = database_.changes() > 0;
      used = used_bytes();
      if (!used) return used.error();
      over = *used > goal;
      if (!went) break;
    }
  }
  return database_.run("PRAGMA incremental_vacuum");
}

}  // namespace duotty::store
