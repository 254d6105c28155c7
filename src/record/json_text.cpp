#include <duotty/base/text.hpp>
#include <duotty/record/json_text.hpp>
#include <nlohmann/json.hpp>

namespace duotty::record {
namespace {

/// Deepest nesting of brackets outside of strings; a cheap look before the parser allocates anything.
int depth_of(std::string_view text) noexcept {
  int depth = 0;
  int deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return deepest;
}

}  // namespace

base::Result<nlohmann::json> parse_json(std::string_view text) {
  if (depth_of(text) > kMaxJsonDepth) {
    return base::Error(base::Errc::invalid_json,
                       "The JSON is nested deeper than " + std::to_string(kMaxJsonDepth) + " levels.");
  }
  if (!base::is_utf8(text)) return base::Error(base::Errc::invalid_json, "The body is not valid UTF-8.");
  auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) {
    // Parse once more for the position: only bad input pays for it.
    try {
      const auto again = nlohmann::json::parse(text);
    } catch (const nlohmann::json::parse_error& e) {
      return base::Error(base::Errc::invalid_json,
                         "The body is not valid JSON: error at byte " + std::to_string(e.byte) + ".");
    }
    return base::Error(base::Errc::invalid_json, "The body is not valid JSON.");
  }
  return json;
}

std::string to_text(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace duotty::record
