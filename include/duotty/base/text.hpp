#pragma once
// Small, total functions on text and bytes. All are pure and allocate only their result.
#include <cstdint>
#include <duotty/base/error.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::base {

// --- UTF-8 (RFC 3629) ---------------------------------------------------------------------------------------------

/// True when `text` is well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text) noexcept;
/// `text` with every malformed sequence replaced by U+FFFD (the W3C "maximal subpart" practice).
std::string to_valid_utf8(std::string_view text);
/// Appends one scalar value; surrogates and out-of-range values become U+FFFD.
void append_utf8(std::string& out, char32_t scalar);
/// Number of bytes at the end of `text` that begin a UTF-8 sequence without finishing it: 0 to 3.
std::size_t incomplete_utf8_tail(std::string_view text) noexcept;
/// Number of scalar values in well-formed UTF-8.
std::size_t count_scalars(std::string_view text) noexcept;

/// Index of the first byte at or after `from` that is not printable ASCII (0x20 to 0x7e); text.size() when all are.
std::size_t end_of_printable(std::string_view text, std::size_t from) noexcept;

// --- base64 (RFC 4648 section 4), hex -------------------------------------------------------------------------------

std::string base64_encode(std::string_view bytes);
/// Strict: padding required, no white space. Fails with invalid_params.
Result<std::string> base64_decode(std::string_view text);
std::string hex_encode(std::string_view bytes);
/// Percent-decoding (RFC 3986); nullopt when an escape is malformed. `plus_is_space` for form and query text.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);
std::string percent_encode(std::string_view text);

// --- words ----------------------------------------------------------------------------------------------------------

std::string_view trim(std::string_view text) noexcept;
std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string to_lower(std::string_view ascii);
bool iequals(std::string_view a, std::string_view b) noexcept;
std::string replace_all(std::string text, std::string_view from, std::string_view to);
/// `text` cut to at most `max_bytes` at a character boundary, with an ellipsis when something was cut.
std::string shorten(std::string_view text, std::size_t max_bytes);
/// `word` as one POSIX shell word: single quotes, safe for every byte but NUL.
std::string shell_quote(std::string_view word);
/// Compares without an early exit; for keys, tokens and digests.
bool constant_time_equal(std::string_view a, std::string_view b) noexcept;
/// Non-negative decimal number, whole text, no sign, no overflow.
std::optional<std::uint64_t> parse_u64(std::string_view text) noexcept;

}  // namespace duotty::base
