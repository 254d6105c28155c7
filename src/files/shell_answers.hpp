#pragma once
// What a host's shell is sent and what it answers, as host/files.sh has them. Pure.
#include <duotty/files/file_system.hpp>
#include <string_view>

namespace duotty::files {

/// What a request has come to: the numbers with which the functions of host/files.sh return, and those of programs.
enum class Verdict {
  done = 0,
  not_found = 42,
  denied = 43,
  exists = 44,
  link = 45,
  other_kind = 46,
  not_empty = 47,
  words = 48,
  unsupported = 49,
  no_folder = 50,
};

struct ShellAnswer {
  int status = 0;
  std::string body;

  bool is(Verdict verdict) const noexcept { return status == static_cast<int>(verdict); }
};

/// What the answer means for `path`, when it is not Verdict::done.
base::Error error_of(const ShellAnswer& answer, const std::string& path);

/// What is known of a file there.
struct Found {
  Info info;
  std::uint64_t node = 0;  ///< of the file itself: another file at its path has another one
};

/// One line about a file, of stat or of ls. The year that ls leaves out is the one that ends last before `now_s`.
std::optional<Found> parse_found(std::string_view line, std::int64_t now_s);
/// Lines with names behind " ./" and in front of "/". Nothing when they are none.
std::optional<std::vector<Entry>> parse_entries(std::string_view body, std::int64_t now_s);
/// What stays of a folder that was to be removed, and why.
std::optional<Removal> parse_removal(std::string_view body, const std::string& path);

/// A request: the function and its arguments; what is not given is empty there too.
std::string request_of(std::string_view function, std::string_view first, std::string_view second = {},
                       std::string_view third = {});
/// A request that writes `bytes` at the end of the file there and answers what it is then.
std::string print_request(const std::string& path, std::string_view bytes);
/// For umask: what takes away from a new file what is not in `mode`; empty when nothing is.
std::string umask_for(std::uint32_t mode);
/// For touch -t, in UTC; empty for times that it cannot have.
std::string touch_time(std::int64_t mtime_ns);

}  // namespace duotty::files
