#pragma once
// A hash that is the same in every process and version: for names and for tables of few entries, not against people.
#include <cstdint>
#include <string_view>

namespace duotty::base {

/// FNV-1a of 64 bits.
constexpr std::uint64_t fnv1a(std::string_view bytes) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3U;
  return hash;
}

}  // namespace duotty::base
