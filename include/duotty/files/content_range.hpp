#pragma once
// The part of a file that a request asks for (RFC 9110 section 14), and names of files in headers (RFC 6266).
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace duotty::files {

struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;  ///< behind its last byte
};
enum class RangeOutcome { whole, part, impossible };

/// Reads a Range header for a file of `size` bytes. Several ranges, or none that can be understood, are the whole.
RangeOutcome parse_range(std::string_view header, std::uint64_t size, Range& range);
/// The value of Content-Disposition that lets a browser save the file under its name.
std::string attachment(std::string_view name);
/// Whether a list of entity tags (If-None-Match) has `etag`.
bool has_etag(std::string_view header, std::string_view etag);

}  // namespace duotty::files
