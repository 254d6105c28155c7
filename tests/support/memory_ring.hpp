#pragma once
// A terminal's ring as a keeper would pass it, in memory and without a keeper.
#include <duotty/pty/ring.hpp>
#include <stdexcept>
#include <utility>

#include "ring_file.hpp"

namespace duotty::tests {

inline pty::Ring memory_ring() {
  pty::RingFile file;
  if (file.create({}, pty::kMinRingCapacity) != 0) throw std::runtime_error("no memory for a ring");
  auto ring = pty::Ring::map(*file.fd());
  if (!ring) throw std::runtime_error(ring.error().message());
  return std::move(*ring);
}

}  // namespace duotty::tests
