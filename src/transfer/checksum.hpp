#pragma once
// SHA-256 of what comes in pieces.
#include <duotty/core/offload.hpp>
#include <memory>
#include <string>

namespace duotty::transfer {

class Checksum {
 public:
  Checksum();
  /// Takes the next piece; a large one is gone through on the thread of `offload`.
  core::Task<> add(core::Offload& offload, std::string_view bytes);
  /// Of everything that was added, once.
  std::string value();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace duotty::transfer
