#include "stored_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <duotty/base/unique_fd.hpp>

namespace duotty::store {

using base::Errc;
using base::Error;

base::Result<std::int64_t> ask_number(const Database& database, const char* sql, std::optional<std::int64_t> given) {
  Statement ask(database, sql);
  if (given) ask.bind(1, *given);
  const std::int64_t number = ask.row() ? ask.number(0) : 0;
  if (auto asked = ask.status(); !asked) return asked.error();
  return number;
}

base::Result<> StoredFile::open() {
  auto opened = open_file();
  if (!opened && opened.error().code() == Errc::protocol) {
    if (auto aside = set_aside(); !aside) return aside;
    opened = open_file();
  }
  if (!opened) database_ = {};
  return opened;
}

base::Result<> StoredFile::open_file() {
  struct stat there {};
  if (::lstat(path_.c_str(), &there) != 0 && errno == ENOENT) {
    if (auto made = make_file(); !made) return made;
  }
  return open_database(path_, "PRAGMA synchronous = NORMAL");
}

base::Result<> StoredFile::open_database(const std::string& path, const char* synchronous) {
  auto opened = Database::open(path);
  if (!opened) return opened.error();
  database_ = std::move(*opened);
  // The second must stand before a table is made.
  for (const char* pragma :
       {synchronous, "PRAGMA auto_vacuum = INCREMENTAL", "PRAGMA journal_mode = WAL", "PRAGMA foreign_keys = ON",
        "PRAGMA secure_delete = ON", "PRAGMA journal_size_limit = 16777216"}) {
    if (auto set = database_.run(pragma); !set) return set;
  }
  return migrate();
}

base::Result<> StoredFile::make_file() {
  const std::string fresh = path_ + ".new";
  for (const char* companion : {"", "-wal", "-shm", "-journal"}) ::unlink((fresh + companion).c_str());
  auto made = open_database(fresh, "PRAGMA synchronous = OFF");
  database_ = {};  // its log goes into the file with it
  if (!made) return made;
  const base::UniqueFd file(::open(fresh.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
  const bool whole = file && ::fdatasync(file.get()) == 0;
  // What another file of this name left behind would be read into this one.
  for (const char* companion : {"-wal", "-shm", "-journal"}) ::unlink((path_ + companion).c_str());
  if (whole && std::rename(fresh.c_str(), path_.c_str()) == 0) return {};
  return Error(Errc::io, path_ + " could not be made: " + std::strerror(errno) + ".");
}

base::Result<> StoredFile::migrate() {
  const auto found = ask_number(database_, "PRAGMA user_version");
  if (!found) return found.error();
  if (*found > static_cast<std::int64_t>(kind_.migrations.size())) {
    return Error(Errc::unsupported, path_ + " was made by a newer version of duotty. Nothing is written to it.");
  }
  for (auto version = static_cast<std::size_t>(*found); version < kind_.migrations.size(); ++version) {
    auto done = transaction([&] {
      const std::string step =
          std::string(kind_.migrations[version]) + "PRAGMA user_version = " + std::to_string(version + 1) + ";";
      return database_.run(step.c_str());
    });
    if (!done) return done;
  }
  return database_.run(kind_.probe);
}

base::Result<> StoredFile::set_aside() {
  database_ = {};
  const std::string aside = path_ + ".damaged-" + std::to_string(std::time(nullptr));
  if (std::rename(path_.c_str(), aside.c_str()) != 0) {
    return Error(Errc::io, path_ + " is damaged and could not be moved aside: " + std::strerror(errno) + ".");
  }
  for (const char* companion : {"-wal", "-shm"}) {
    static_cast<void>(std::rename((path_ + companion).c_str(), (aside + companion).c_str()));
  }
  notice_ = path_ + " is damaged. It was set aside as " + aside + "; " + kind_.begins_anew + " begins anew.";
  return {};
}

}  // namespace duotty::store
