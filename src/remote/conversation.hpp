#pragma once
// What is said with a link until it is connected: the host's key is judged, secrets follow, and what the host asks is
// put to whoever answers.
#include "course.hpp"

namespace duotty::core {
class Offload;
}

namespace duotty::remote {

/// What it takes; everything outlives the conversation.
struct Desk {
  const LinkPoolOptions& options;
  store::ConnectionStore& connections;
  core::Offload& offload;
  int& rounds;  ///< of questions so far, so that each has a number of its own
};

/// Goes on with a link that was told where to connect, until it is ready, or has shown its key when that is the aim.
/// Errors: those of LinkPool::acquire().
core::Task<base::Result<>> converse(Desk desk, Course& course, Link& link);

}  // namespace duotty::remote
