#pragma once
// Paths as callers write them, the same wherever the files are.
#include <duotty/files/file_system.hpp>
#include <string>
#include <string_view>

namespace duotty::files {

/// A path as messages show it.
std::string shown(std::string_view path);
/// Whether it begins where one starts: "~" or "~/...".
bool begins_at_home(std::string_view path) noexcept;
/// `path` absolute and without ".", ".." and slashes too many; `home` stands for its "~". Nothing is looked up. Errors:
/// invalid_params.
Result<std::string> absolute_path(std::string_view path, const std::string& home);

}  // namespace duotty::files
