#pragma once
// Texts of files in their encodings, and as UTF-8.
#include <duotty/base/error.hpp>
#include <string>
#include <string_view>

namespace duotty::files {

using base::Result;

/// Names of what texts can be written in: "utf-8", "latin-1", "utf-16" (by its mark, else little-endian), "utf-16le",
/// "utf-16be", "gb18030".
bool is_encoding(std::string_view name);
/// What the text is in by its first bytes, as far as they tell: "utf-8", "utf-16le", "utf-16be"; empty when it is none
/// of them or has a NUL.
std::string encoding_of(std::string_view bytes);

struct Decoded {
  std::string text;      ///< UTF-8, without a mark
  std::size_t used = 0;  ///< bytes; fewer when the last character is cut off
};
/// Bytes to UTF-8. Errors: invalid_params when they are not in that encoding, or the system does not know it.
Result<Decoded> decode_text(std::string_view bytes, const std::string& encoding);
/// UTF-8 to bytes, for utf-16 with a mark. Errors: invalid_params when there is no such character.
Result<std::string> encode_text(std::string_view text, const std::string& encoding);

}  // namespace duotty::files
