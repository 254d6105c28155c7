#pragma once
// Reaching a link from another process of ours.
#include <duotty/base/unique_fd.hpp>
#include <string>

namespace duotty::link {

/// A connection to the link that listens at `path`; nothing when none does or it is another user's.
base::UniqueFd reach_link(const std::string& path);

}  // namespace duotty::link
