#pragma once
// Paths as callers write them, the same wherever the files are.
#include <duotty/files/file_system.hpp>
#include <string>
#include <string_view>

namespace duotty::files {

/// A path as messages show it.
std::string shown(std::string_view path);
/// `name` in `folder`.
std::string inside(const std::string& folder, const std::string& name);
/// The folder that the absolute `path` lies in.
std::string folder_of(const std::string& path);
/// Its last part.
std::string name_of(const std::string& path);
/// Whether it begins where one starts: "~" or "~/...".
bool begins_at_home(std::string_view path) noexcept;
/// `path` absolute and without ".", ".." and slashes too many; `home` stands for its "~". Nothing is looked up. Errors:
/// invalid_params.
Result<std::string> absolute_path(std::string_view path, const std::string& home);

}  // namespace duotty::files
