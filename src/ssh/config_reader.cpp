// The files of a configuration.
#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <duotty/base/unique_fd.hpp>
#include <duotty/ssh/config_file.hpp>

namespace duotty::ssh {
namespace {

using base::Errc;
using base::Error;

/// A word behind Include as a path with wildcards; nothing for the home of somebody else.
std::optional<std::string> pattern_of(const std::string& word, const std::string& home) {
  if (word.empty() || word.find('\0') != std::string::npos) return std::nullopt;
  if (word.front() == '/') return word;
  if (word.front() != '~') return home + "/.ssh/" + word;
  if (word.size() < 2 || word[1] != '/') return std::nullopt;
  return home + word.substr(1);
}

struct Found {
  glob_t paths{};
  Found() = default;
  Found(const Found&) = delete;
  Found& operator=(const Found&) = delete;
  ~Found() { ::globfree(&paths); }
};

}  // namespace

base::Result<std::string> read_config_text(const std::string& path, std::size_t most) {
  // A pipe must not be waited for.
  const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) {
    const bool missing = errno == ENOENT || errno == ENOTDIR;
    return Error(missing ? Errc::not_found : Errc::io, "Cannot read " + path + ": " + std::strerror(errno) + ".");
  }
  struct stat facts {};
  if (::fstat(fd.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) return Error(Errc::io, path + " is not a file.");
  std::string text;
  char buffer[16384];
  while (true) {
    const ssize_t count = ::read(fd.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Error(Errc::io, "Cannot read " + path + ": " + std::strerror(errno) + ".");
    if (count == 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
    if (text.size() > most) {
      return Error(Errc::too_large, path + " is longer than the " + std::to_string(most) + " bytes that are read.");
    }
  }
}

IncludeFiles include_from(std::string home) {
  return
      [home = std::move(home)](const std::string& word, std::size_t left) -> base::Result<std::vector<IncludedFile>> {
        std::vector<IncludedFile> files;
        const auto pattern = pattern_of(word, home);
        Found found;
        if (!pattern || ::glob(pattern->c_str(), 0, nullptr, &found.paths) != 0) return files;
        for (std::size_t i = 0; i < found.paths.gl_pathc; ++i) {
          const std::string path = found.paths.gl_pathv[i];
          auto text = read_config_text(path, left);
          if (!text && text.error().code() == Errc::too_large) return text.error();
          if (!text) continue;
          left -= text->size();
          files.push_back({path, std::move(*text)});
        }
        return files;
      };
}

}  // namespace duotty::ssh
