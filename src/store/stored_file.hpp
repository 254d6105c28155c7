#pragma once
// A database file of ours, on whatever thread owns it at the moment: the settings that all of them have, their
// versions, and what is done when one is damaged.
#include <span>
#include <string>
#include <utility>

#include "sqlite.hpp"

namespace duotty::store {

/// What one kind of file is about. All texts are literals.
struct FileKind {
  std::span<const char* const> migrations;  ///< each makes the next version of the tables
  const char* probe;                        ///< reads a page of each table: a file whose middle is gone is found out
  const char* begins_anew;                  ///< what a damaged file leaves behind: "the audit"
};

class StoredFile {
 public:
  StoredFile(std::string path, const FileKind& kind) : path_(std::move(path)), kind_(kind) {}

  /// Opens the file and brings its tables up to date; sets a damaged one aside. What a person should know of that is in
  /// notice(). Errors: io; unsupported when a newer version of duotty made the file.
  base::Result<> open();
  const std::string& notice() const noexcept { return notice_; }
  Database& database() noexcept { return database_; }

  /// Runs `work`, which returns a Result<>, as one transaction: all or nothing.
  template <class Work>
  base::Result<> transaction(Work work) {
    if (auto begun = database_.run("BEGIN IMMEDIATE"); !begun) return begun;
    auto done = work();
    if (done) done = database_.run("COMMIT");
    if (!done) static_cast<void>(database_.run("ROLLBACK"));
    return done;
  }
  /// The same; a file found damaged is set aside and the work is done in a new one.
  template <class Work>
  base::Result<> write(Work work) {
    auto done = transaction(work);
    if (done || done.error().code() != base::Errc::protocol) return done;
    if (auto aside = set_aside(); !aside) return aside;
    if (auto opened = open_file(); !opened) return opened;
    return transaction(work);
  }

 private:
  base::Result<> open_file();
  base::Result<> open_database(const std::string& path, const char* synchronous);
  /// A new file is made beside its place, without a wait for the disk at each step, and takes its place once it is whole.
  base::Result<> make_file();
  base::Result<> migrate();
  base::Result<> set_aside();

  std::string path_;
  const FileKind& kind_;
  Database database_;
  std::string notice_;
};

/// A number that a query with at most one parameter answers; 0 without a row.
base::Result<std::int64_t> ask_number(const Database& database, const char* sql,
                                      std::optional<std::int64_t> given = std::nullopt);

}  // namespace duotty::store
