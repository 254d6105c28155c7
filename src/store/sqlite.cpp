#include "sqlite.hpp"

#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <duotty/base/unique_fd.hpp>

namespace duotty::store {
namespace {

using base::Errc;
using base::Error;

Error error_of(int code, const std::string& message) {
  const int primary = code & 0xFF;
  const bool damaged = primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
  return {damaged ? Errc::protocol : Errc::io, "The database said: " + message + "."};
}

}  // namespace

base::Result<Database> Database::open(const std::string& path) {
  // SQLite would make it with the mode that the umask leaves; its companions then get the mode of the file.
  const base::UniqueFd made(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!made) return Error(Errc::io, path + " could not be opened: " + std::strerror(errno) + ".");
  Database database;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  database.handle_.reset(handle);
  if (code != SQLITE_OK) return error_of(code, handle ? sqlite3_errmsg(handle) : sqlite3_errstr(code));
  sqlite3_busy_timeout(handle, 2000);
  return database;
}

base::Result<> Database::run(const char* sql) {
  const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error();
  return {};
}

base::Error Database::error() const {
  return error_of(sqlite3_extended_errcode(handle_.get()), sqlite3_errmsg(handle_.get()));
}

Statement::Statement(const Database& database, std::string_view sql) : database_(database.get()) {
  sqlite3_stmt* handle = nullptr;
  check(sqlite3_prepare_v2(database_, sql.data(), static_cast<int>(sql.size()), &handle, nullptr));
  handle_.reset(handle);
}

void Statement::check(int code) {
  if (code == SQLITE_OK || code_ != SQLITE_OK) return;
  code_ = code;
  message_ = sqlite3_errmsg(database_);
}

Statement& Statement::bind(int at, std::string_view text) {
  check(
      sqlite3_bind_text64(handle_.get(), at, text.data() ? text.data() : "", text.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind(int at, std::int64_t number) {
  check(sqlite3_bind_int64(handle_.get(), at, number));
  return *this;
}

Statement& Statement::bind_blob(int at, std::string_view bytes) {
  check(sqlite3_bind_blob64(handle_.get(), at, bytes.data() ? bytes.data() : "", bytes.size(), SQLITE_STATIC));
  return *this;
}

Statement& Statement::bind_null(int at) {
  check(sqlite3_bind_null(handle_.get(), at));
  return *this;
}

bool Statement::row() {
  if (code_ != SQLITE_OK) return false;
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) check(code);
  return false;
}

base::Result<> Statement::run() {
  while (row()) {
  }
  if (handle_) sqlite3_reset(handle_.get());
  return status();
}

base::Result<> Statement::status() const {
  if (code_ != SQLITE_OK) return error_of(code_, message_);
  return {};
}

std::string Statement::text(int column) const {
  const auto* bytes = sqlite3_column_text(handle_.get(), column);
  return bytes ? std::string(reinterpret_cast<const char*>(bytes),
                             static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column)))
               : std::string();
}

std::string Statement::blob(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle_.get(), column));
  return bytes ? std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column)))
               : std::string();
}

}  // namespace duotty::store
