#pragma once
// Text -> JSON for hostile input: bounded nesting, strict UTF-8, an error that says where.
#include <duotty/base/error.hpp>
#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace duotty::record {

/// Deepest nesting of objects and lists that parse_json() accepts.
inline constexpr int kMaxJsonDepth = 64;

/// Parses one JSON value (RFC 8259). Fails with invalid_json on a syntax error, on invalid UTF-8 or lone surrogates,
/// and when it is nested deeper than kMaxJsonDepth.
base::Result<nlohmann::json> parse_json(std::string_view text);

/// Compact JSON text; bytes that are not UTF-8 become U+FFFD, so that it never fails.
std::string to_text(const nlohmann::json& json);

}  // namespace duotty::record
