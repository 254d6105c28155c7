// Any bytes as a message between worker and link: what is one says the same when it is written again.
#include <cstdint>
#include <duotty/link/protocol.hpp>

#include "require.hpp"

namespace {

using duotty::fuzz::require;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace duotty;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto message = link::decode(bytes);
  if (message) require(link::encode(*message) == bytes, "a message that is written in two ways");
  return 0;
}
