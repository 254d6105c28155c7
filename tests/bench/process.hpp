#pragma once
// Servers as processes: started with a clean environment, weighed, and ended without a trace.
#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace duotty::bench {

/// A folder of its own below the system's temporary folder, removed with everything in it at the end.
class TempFolder {
 public:
  TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// What a server's own processes use; the shells it runs are not counted.
struct Weight {
  double rss_kb = 0;
  double pss_kb = 0;       ///< shared pages divided by their users: the honest sum for several processes
  double cpu_seconds = 0;  ///< user and system time so far
  int processes = 0;
};

class Process {
 public:
  /// Starts `argv` with exactly `environment`, output to `log`. Throws std::system_error.
  Process(const std::vector<std::string>& argv, const std::map<std::string, std::string>& environment,
          const std::filesystem::path& log);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  /// SIGTERM, six seconds, SIGKILL.
  ~Process();

  pid_t pid() const { return pid_; }
  bool alive() const;
  /// The sum over this process and those of its descendants that run the same program.
  Weight weight() const;

 private:
  pid_t pid_ = -1;
};

}  // namespace duotty::bench
