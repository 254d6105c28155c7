#include "connection_table.hpp"

#include <duotty/base/plain_text.hpp>
#include <duotty/base/random.hpp>

#include "desk.hpp"

namespace duotty::store {
namespace {

using base::Errc;
using base::Error;

constexpr const char* kMigrations[] = {R"sql(
CREATE TABLE connection (
  id TEXT PRIMARY KEY NOT NULL, title TEXT NOT NULL, host TEXT NOT NULL, port INTEGER NOT NULL,
  username TEXT NOT NULL, profile TEXT NOT NULL, runbook TEXT NOT NULL, created_at INTEGER NOT NULL,
  last_connected INTEGER, password BLOB, private_key BLOB, passphrase BLOB) WITHOUT ROWID;
CREATE INDEX connection_title ON connection (title);
)sql"};
constexpr FileKind kKind{kMigrations, "SELECT max(id), max(title) FROM connection", "the list of SSH connections"};

constexpr std::size_t kShown = 80;
constexpr ConnectionSecret kSecrets[] = {ConnectionSecret::password, ConnectionSecret::private_key,
                                         ConnectionSecret::passphrase};

/// Where a secret stands: in this row, as this member.
std::string place_of(const std::string& id, ConnectionSecret secret) {
  std::string place = "connection";
  place += '\0';
  place += id;
  place += '\0';
  place += name(secret);
  return place;
}

}  // namespace

std::string_view name(ConnectionSecret secret) noexcept {
  switch (secret) {
    case ConnectionSecret::password:
      return "password";
    case ConnectionSecret::private_key:
      return "private_key";
    case ConnectionSecret::passphrase:
      break;
  }
  return "passphrase";
}

ConnectionTable::ConnectionTable(std::string path, std::string key_path)
    : file_(std::move(path), kKind), sealer_(std::move(key_path)) {}

base::Result<std::vector<ConnectionRow>> ConnectionTable::select(const char* condition, const std::string& value) {
  Statement select(file_.database(),
                   std::string("SELECT id, title, host, port, username, profile, runbook, created_at, last_connected,"
                               " password, private_key, passphrase FROM connection WHERE ") +
                       condition + " ORDER BY title COLLATE NOCASE, id");
  select.bind(1, value);
  std::vector<ConnectionRow> rows;
  while (select.row()) {
    ConnectionRow row;
    row.id = select.text(0);
    row.title = select.text(1);
    row.host = select.text(2);
    row.port = static_cast<int>(select.number(3));
    row.username = select.text(4);
    row.profile = select.text(5);
    row.runbook = select.text(6);
    row.created_at = select.number(7);
    if (!select.null(8)) row.last_connected = select.number(8);
    for (std::size_t i = 0; i < kConnectionSecrets; ++i) row.has[i] = !select.null(9 + static_cast<int>(i));
    rows.push_back(std::move(row));
  }
  if (auto read = select.status(); !read) return read.error();
  return rows;
}

base::Result<std::vector<ConnectionRow>> ConnectionTable::list() {
  return select("?1 = ''", "");
}

base::Result<ConnectionRow> ConnectionTable::find(const std::string& name) {
  for (const char* condition : {"id = ?1", "title = ?1", "host = ?1"}) {
    auto rows = select(condition, name);
    if (!rows) return rows.error();
    if (rows->size() == 1) return std::move(rows->front());
    if (rows->size() > 1) {
      std::string ids;
      for (const ConnectionRow& row : *rows) {
        if (ids.size() < kShown) ids += (ids.empty() ? "" : ", ") + row.id;
      }
      return Error(Errc::conflict, "Several SSH connections are called \"" + base::clean_line(name, kShown) +
                                       "\". Name one by its id: " + ids + ".");
    }
  }
  return Error(Errc::not_found, "There is no SSH connection \"" + base::clean_line(name, kShown) +
                                    "\". ssh.connections.list has those that there are.");
}

base::Result<> ConnectionTable::write(const ConnectionRow& row) {
  Statement upsert(file_.database(),
                   "INSERT INTO connection (id, title, host, port, username, profile, runbook, created_at,"
                   " last_connected) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (id) DO UPDATE SET"
                   " title = excluded.title, host = excluded.host, port = excluded.port,"
                   " username = excluded.username, profile = excluded.profile, runbook = excluded.runbook,"
                   " last_connected = excluded.last_connected");
  upsert.bind(1, row.id).bind(2, row.title).bind(3, row.host).bind(4, std::int64_t{row.port}).bind(5, row.username);
  upsert.bind(6, row.profile).bind(7, row.runbook).bind(8, row.created_at).bind_optional(9, row.last_connected);
  return upsert.run();
}

base::Result<> ConnectionTable::write_secrets(ConnectionRow& row, const ConnectionSecrets& secrets) {
  for (const ConnectionSecret secret : kSecrets) {
    const auto at = static_cast<std::size_t>(secret);
    if (!secrets[at]) continue;
    Statement update(file_.database(), "UPDATE connection SET " + std::string(name(secret)) + " = ?2 WHERE id = ?1");
    update.bind(1, row.id);
    std::string sealed;
    if (secrets[at]->empty()) {
      update.bind_null(2);
    } else {
      auto text = sealer_.seal(secrets[at]->reveal(), place_of(row.id, secret));
      if (!text) return text.error();
      sealed = std::move(*text);
      update.bind_blob(2, sealed);
    }
    if (auto done = update.run(); !done) return done;
    row.has[at] = !secrets[at]->empty();
  }
  return {};
}

base::Result<std::vector<std::string>> ConnectionTable::add(std::vector<ConnectionStore::Fresh>& fresh) {
  std::vector<std::string> ids;
  const auto work = [&]() -> base::Result<> {
    ids.clear();
    const auto count = ask_number(file_.database(), "SELECT count(*) FROM connection");
    if (!count) return count.error();
    if (static_cast<std::size_t>(*count) + fresh.size() > kMostConnections) {
      return Error(Errc::limit_reached, "More than " + std::to_string(kMostConnections) +
                                            " SSH connections cannot be stored. Delete some first.");
    }
    for (ConnectionStore::Fresh& one : fresh) {
      one.row.id = base::make_id();
      one.row.created_at = now_ms();
      if (auto done = write(one.row); !done) return done;
      if (auto done = write_secrets(one.row, one.secrets); !done) return done;
      ids.push_back(one.row.id);
    }
    return {};
  };
  if (auto done = file_.write(work); !done) return done.error();
  return ids;
}

base::Result<ConnectionRow> ConnectionTable::change(const std::string& name, const ConnectionStore::Change& change) {
  auto row = find(name);
  if (!row) return row;
  ConnectionSecrets secrets;
  if (auto done = change(*row, secrets); !done) return done.error();
  const auto work = [&]() -> base::Result<> {
    if (auto done = write(*row); !done) return done;
    return write_secrets(*row, secrets);
  };
  if (auto done = file_.transaction(work); !done) return done.error();
  return row;
}

base::Result<ConnectionRow> ConnectionTable::remove(const std::string& name) {
  auto row = find(name);
  if (!row) return row;
  Statement removal(file_.database(), "DELETE FROM connection WHERE id = ?1");
  if (auto done = removal.bind(1, row->id).run(); !done) return done.error();
  return row;
}

base::Result<ConnectionSecrets> ConnectionTable::reveal(const std::string& name) {
  const auto row = find(name);
  if (!row) return row.error();
  ConnectionSecrets secrets;
  Statement select(file_.database(), "SELECT password, private_key, passphrase FROM connection WHERE id = ?1");
  select.bind(1, row->id);
  while (select.row()) {
    for (const ConnectionSecret secret : kSecrets) {
      const auto at = static_cast<std::size_t>(secret);
      if (select.null(static_cast<int>(at))) continue;
      auto text = sealer_.open(select.blob(static_cast<int>(at)), place_of(row->id, secret));
      if (!text) return text.error();
      secrets[at] = std::move(*text);
    }
  }
  if (auto read = select.status(); !read) return read.error();
  return secrets;
}

}  // namespace duotty::store
