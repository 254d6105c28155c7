#pragma once
// SHA-256 (FIPS 180-4).
#include <string>
#include <string_view>

namespace duotty::http {

/// The 32 bytes of the digest.
std::string sha256(std::string_view bytes);
/// The digest as 64 hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

}  // namespace duotty::http
