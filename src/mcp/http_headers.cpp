#include "http_headers.hpp"

#include <duotty/base/text.hpp>

#include "stateless.hpp"

namespace duotty::mcp {
namespace {

constexpr std::string_view kEncodedBegin = "=?base64?";
constexpr std::string_view kEncodedEnd = "?=";

/// A field's value: text that a field cannot hold comes encoded. Nothing when it is malformed.
std::optional<std::string> decoded(std::string_view value) {
  const bool encoded = value.size() >= kEncodedBegin.size() + kEncodedEnd.size() && value.starts_with(kEncodedBegin) &&
                       value.ends_with(kEncodedEnd);
  if (!encoded) return std::string(value);
  value.remove_prefix(kEncodedBegin.size());
  value.remove_suffix(kEncodedEnd.size());
  auto text = base::base64_decode(value);
  if (!text || !base::is_utf8(*text)) return std::nullopt;
  return *text;
}

/// The parameter that `Mcp-Name` repeats, for methods that have one.
const char* named_by(const std::string& method) {
  if (method == "tools/call" || method == "prompts/get") return "name";
  return method == "resources/read" ? "uri" : nullptr;
}

Failure mismatch(const char* field) {
  return {code::header_mismatch, std::string(field) + " is missing, or says something else than the body.", {}};
}

}  // namespace

std::optional<Failure> check_headers(const http::Request& request, const Message& message) {
  if (request.headers.get(kRevisionHeader) != stated_revision(message)) return mismatch(kRevisionHeader);
  // A server of this revision only may not be known yet to who asks for another one.
  if (stated_revision(message) != kStatelessRevision) return std::nullopt;
  if (request.headers.get("Mcp-Method") != message.method) return mismatch("Mcp-Method");
  const char* member = named_by(message.method);
  if (member == nullptr) return std::nullopt;
  const auto field = request.headers.find("Mcp-Name");
  const auto name = field ? decoded(*field) : std::nullopt;
  if (!name || *name != text_of(message.params, member)) return mismatch("Mcp-Name");
  return std::nullopt;
}

}  // namespace duotty::mcp
