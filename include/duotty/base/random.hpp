#pragma once
// Unpredictable bytes from the kernel (getrandom(2)), and what is made of them.
#include <cstddef>
#include <string>

namespace duotty::base {

/// `count` bytes from the kernel's generator. Never fails once the machine has booted; throws std::system_error else.
std::string random_bytes(std::size_t count);
/// Terminal id: 12 characters of [a-z0-9], the first a letter, so that no JSON or YAML reader takes it for a number.
std::string make_id();
/// A key for people and clients: `bytes` of entropy as unpadded base64url (default 32 bytes, 43 characters).
std::string make_token(std::size_t bytes = 32);

}  // namespace duotty::base
