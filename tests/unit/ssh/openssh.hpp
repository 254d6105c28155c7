#pragma once
// OpenSSH's own programs, as the judges of what ours reads and writes.
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <duotty/base/text.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "temporary_folder.hpp"

namespace duotty::ssh {

struct Folder : tests::TemporaryFolder {
  std::string operator/(const std::string& name) const { return file(name); }
  std::string write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path() / name).parent_path());
    std::ofstream(path() / name) << text;
    return *this / name;
  }
  std::string read(const std::string& name) const {
    std::ifstream file(path() / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

struct Ran {
  int status = -1;
  std::string out;
};

inline Ran run(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += base::shell_quote(word) + " ";
  Ran ran;
  std::FILE* pipe = ::popen((line + "2>&1 </dev/null").c_str(), "r");
  if (pipe == nullptr) return ran;
  std::array<char, 4096> buffer{};
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    ran.out.append(buffer.data(), count);
  }
  const int status = ::pclose(pipe);
  ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ran;
}

}  // namespace duotty::ssh
