#pragma once
// SQLite's C interface as owners and values. Errors stick to the statement or database they come from.
#include <sqlite3.h>

#include <cstdint>
#include <duotty/base/error.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace duotty::store {

/// One connection; one thread at a time.
class Database {
 public:
  Database() = default;
  /// Opens or makes the file, 0600. Errors: io.
  static base::Result<Database> open(const std::string& path);

  /// Runs statements that take nothing and whose rows nobody wants. Errors: io, protocol when the file is damaged.
  base::Result<> run(const char* sql);
  sqlite3* get() const noexcept { return handle_.get(); }
  /// What went wrong last.
  base::Error error() const;
  std::int64_t changes() const noexcept { return sqlite3_changes64(handle_.get()); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

/// A prepared statement; parameters are numbered from 1, columns from 0.
class Statement {
 public:
  Statement(const Database& database, std::string_view sql);

  /// Texts and blobs must live until the statement has been run.
  Statement& bind(int at, std::string_view text);
  Statement& bind(int at, std::int64_t number);
  Statement& bind_blob(int at, std::string_view bytes);
  Statement& bind_null(int at);
  template <class T>
  Statement& bind_optional(int at, const std::optional<T>& number) {
    return number ? bind(at, static_cast<std::int64_t>(*number)) : bind_null(at);
  }
  /// Makes the next row current; false at the end and after an error.
  bool row();
  /// Runs to the end and makes ready for the next run.
  base::Result<> run();
  /// Success unless something failed since the statement was made. Errors as Database::run().
  base::Result<> status() const;

  std::string text(int column) const;
  std::int64_t number(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  bool null(int column) const { return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL; }
  std::string blob(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const noexcept { sqlite3_finalize(handle); }
  };
  void check(int code);

  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
  int code_ = SQLITE_OK;
  std::string message_;
};

}  // namespace duotty::store
