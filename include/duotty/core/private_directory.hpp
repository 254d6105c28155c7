#pragma once
// Directories that only this user may enter.
#include <duotty/base/error.hpp>
#include <string>

namespace duotty::core {

/// Makes it with mode 0700; one that is there is left as it is. The parent must exist. Errors: io.
base::Result<> make_private_directory(const std::string& path);
/// True for a directory itself, not a link to one, that belongs to this user and that nobody else can enter.
bool is_private_directory(const std::string& path);

}  // namespace duotty::core
