#include <algorithm>
#include <duotty/base/plain_text.hpp>
#include <duotty/files/paths.hpp>
#include <filesystem>

namespace duotty::files {
namespace {

using base::Errc;
using base::Error;

constexpr std::size_t kShown = 200;

}  // namespace

std::string shown(std::string_view path) {
  return base::clean_line(path, kShown);
}

std::string inside(const std::string& folder, const std::string& name) {
  return folder.ends_with('/') ? folder + name : folder + "/" + name;
}

std::string folder_of(const std::string& path) {
  return path.substr(0, std::max<std::size_t>(1, path.rfind('/')));
}

std::string name_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

bool begins_at_home(std::string_view path) noexcept {
  return path == "~" || path.starts_with("~/");
}

Result<std::string> absolute_path(std::string_view path, const std::string& home) {
  if (path.find('\0') != std::string_view::npos) return Error(Errc::invalid_params, "A path has no NUL in it.", "path");
  std::string text = begins_at_home(path) ? home + std::string(path.substr(1)) : std::string(path);
  if (!text.starts_with('/')) {
    return Error(Errc::invalid_params, "\"" + shown(path) + "\" is not a path. Begin it with / or ~/.", "path");
  }
  if (text.size() > kMostPath) return Error(Errc::invalid_params, "The path is too long.", "path");
  text = std::filesystem::path(text).lexically_normal().string();
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  if (text.starts_with("//")) text.erase(0, 1);
  return text;
}

}  // namespace duotty::files
