#include "process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <system_error>
#include <thread>

namespace duotty::bench {

namespace fs = std::filesystem;

TempFolder::TempFolder() {
  std::string name = (fs::temp_directory_path() / "duotty-bench-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::system_error(errno, std::generic_category(), "mkdtemp");
  path_ = name;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

Process::Process(const std::vector<std::string>& argv, const std::map<std::string, std::string>& environment,
                 const fs::path& log) {
  std::vector<std::string> variables;
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  std::vector<char*> args;
  std::vector<char*> env;
  for (const auto& arg : argv) args.push_back(const_cast<char*>(arg.c_str()));
  for (const auto& variable : variables) env.push_back(const_cast<char*>(variable.c_str()));
  args.push_back(nullptr);
  env.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid_ > 0) return;
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int in = ::open("/dev/null", O_RDONLY);
  ::dup2(in, 0);
  ::dup2(out, 1);
  ::dup2(out, 2);
  ::execve(args[0], args.data(), env.data());
  ::_exit(127);
}

Process::~Process() {
  ::kill(pid_, SIGTERM);
  for (int i = 0; i < 600; ++i) {
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ::kill(-pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool Process::alive() const {
  return ::waitpid(pid_, nullptr, WNOHANG) == 0;
}

namespace {

std::string slurp(const fs::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Fields of /proc/<pid>/stat after the command's name; [1] is the parent, [11] and [12] the CPU ticks.
std::vector<std::string> stat_of(const std::string& pid) {
  const std::string text = slurp("/proc/" + pid + "/stat");
  const auto close = text.rfind(')');
  std::vector<std::string> fields;
  if (close == std::string::npos) return fields;
  std::istringstream in(text.substr(close + 1));
  for (std::string field; in >> field;) fields.push_back(field);
  return fields;
}

std::string program_of(const std::string& pid) {
  std::error_code error;
  return fs::read_symlink("/proc/" + pid + "/exe", error).string();
}

void add(Weight& sum, const std::string& pid) {
  std::istringstream rollup(slurp("/proc/" + pid + "/smaps_rollup"));
  for (std::string line; std::getline(rollup, line);) {
    std::istringstream words(line);
    std::string name;
    double kb = 0;
    words >> name >> kb;
    if (name == "Rss:") sum.rss_kb += kb;
    if (name == "Pss:") sum.pss_kb += kb;
  }
  const auto fields = stat_of(pid);
  if (fields.size() > 12) {
    sum.cpu_seconds += (std::stod(fields[11]) + std::stod(fields[12])) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  }
  ++sum.processes;
}

}  // namespace

Weight Process::weight() const {
  std::multimap<std::string, std::string> children;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string pid = entry.path().filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    const auto fields = stat_of(pid);
    if (fields.size() > 1) children.emplace(fields[1], pid);
  }
  Weight sum;
  const std::string program = program_of(std::to_string(pid_));
  std::vector<std::string> open = {std::to_string(pid_)};
  while (!open.empty()) {
    const std::string pid = open.back();
    open.pop_back();
    if (program_of(pid) != program) continue;
    add(sum, pid);
    for (auto [it, end] = children.equal_range(pid); it != end; ++it) open.push_back(it->second);
  }
  return sum;
}

}  // namespace duotty::bench
