#pragma once
// The one check of nonces and tokens: they stand in scripts and marks, so nothing in them may need quoting.
#include <algorithm>
#include <string_view>

namespace duotty::exec {

inline bool is_token_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/// True for `min` to 64 characters of [A-Za-z0-9_-].
inline bool is_token(std::string_view text, std::size_t min = 1) {
  return text.size() >= min && text.size() <= 64 && std::all_of(text.begin(), text.end(), is_token_character);
}

/// True for an absolute path that can stand on an input line between single quotes.
inline bool is_plain_path(std::string_view path) {
  return path.starts_with('/') && std::none_of(path.begin(), path.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte < 0x20 || byte == 0x7f || c == '\'' || c == '!' || c == '\\';
         });
}

}  // namespace duotty::exec
