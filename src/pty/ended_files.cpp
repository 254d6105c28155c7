#include "ended_files.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace duotty::pty {
namespace {

namespace fs = std::filesystem;

/// One ended terminal's folder.
struct Ended {
  fs::path folder;
  fs::file_time_type kept;  ///< when it was put there: the folder's own time
  fs::file_time_type used;  ///< of the file that was written last
  std::uint64_t bytes = 0;
};

std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    found.push_back(at->path());
  }
  return found;
}

/// Blocks, not lengths: rings are sparse.
std::uint64_t disk_use(const fs::path& file) {
  struct stat st {};
  return ::lstat(file.c_str(), &st) == 0 ? static_cast<std::uint64_t>(st.st_blocks) * 512 : 0;
}

Ended look_at(const fs::path& folder) {
  std::error_code ignored;
  Ended ended{folder, fs::last_write_time(folder, ignored), fs::file_time_type::min(), 0};
  for (const fs::path& file : entries(folder)) {
    ended.bytes += disk_use(file);
    ended.used = std::max(ended.used, fs::last_write_time(file, ignored));
  }
  return ended;
}

}  // namespace

void keep_ended(const std::string& state_dir, fs::file_time_type now) {
  const fs::path from = fs::path(state_dir) / "terminals";
  const fs::path to = fs::path(state_dir) / "ended";
  std::error_code error;
  for (const fs::path& folder : entries(from)) {
    if (!fs::is_directory(fs::symlink_status(folder, error)) || entries(folder).empty()) continue;
    if (::mkdir(to.c_str(), 0700) != 0 && errno != EEXIST) break;
    const fs::path place = to / folder.filename();
    fs::remove_all(place, error);
    fs::rename(folder, place, error);
    if (!error) fs::last_write_time(place, now, error);
  }
  fs::remove_all(from, error);
}

void prune_ended(const std::string& state_dir, fs::file_time_type now, const EndedLimits& limits) {
  std::vector<Ended> all;
  for (const fs::path& folder : entries(fs::path(state_dir) / "ended")) all.push_back(look_at(folder));
  std::sort(all.begin(), all.end(),
            [](const Ended& a, const Ended& b) { return a.kept != b.kept ? a.kept > b.kept : a.used > b.used; });
  std::size_t terminals = 0;
  std::uint64_t bytes = 0;
  std::error_code ignored;
  for (const Ended& ended : all) {
    const bool fits = terminals < limits.terminals && bytes + ended.bytes <= limits.bytes;
    if (!fits || now - ended.kept > limits.age) {
      fs::remove_all(ended.folder, ignored);
      continue;
    }
    ++terminals;
    bytes += ended.bytes;
  }
}

}  // namespace duotty::pty
