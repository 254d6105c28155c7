#include <cstdint>
#include <cstring>
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

void put_escaped(std::string& out, char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\b':
      out += "\\b";
      break;
    case '\f':
      out += "\\f";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      out += "\\u00";
      out += kDigits[static_cast<unsigned char>(c) >> 4];
      out += kDigits[static_cast<unsigned char>(c) & 15];
  }
}

constexpr bool is_plain(char c) noexcept {
  return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}

/// How many bytes from `at` on stand in a JSON string as they are. Eight at a time: outputs are long and mostly plain.
std::size_t plain_run(std::string_view text, std::size_t at) noexcept {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHigh = 0x8080808080808080;
  const auto zeros = [](std::uint64_t word) { return (word - kOnes) & ~word & kHigh; };  // some, when there is a zero
  std::size_t end = at;
  for (std::uint64_t word = 0; end + sizeof word <= text.size(); end += sizeof word) {
    std::memcpy(&word, text.data() + end, sizeof word);
    const std::uint64_t control = (word - kOnes * 0x20) & ~word & kHigh;
    if ((control | zeros(word ^ (kOnes * '"')) | zeros(word ^ (kOnes * '\\'))) != 0) break;
  }
  while (end < text.size() && is_plain(text[end])) ++end;
  return end - at;
}

/// A string as RFC 8259 wants it. The library's own writer decodes every byte, which for a megabyte of output takes
/// longer than the command that printed it.
void put_string(std::string& out, std::string_view text) {
  std::string mended;
  if (!base::is_utf8(text)) {
    mended = base::to_valid_utf8(text);
    text = mended;
  }
  // Once for a long text: with room for its line ends, which become two characters each.
  out.reserve(out.size() + text.size() + text.size() / 16 + 2);
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = at + plain_run(text, at);
    out += text.substr(at, end - at);
    at = end;
    if (at < text.size()) put_escaped(out, text[at++]);
  }
  out += '"';
}

void put_value(std::string& out, const nlohmann::json& json) {
  bool first = true;
  const auto separate = [&] {
    if (!first) out += ',';
    first = false;
  };
  if (json.is_string()) {
    put_string(out, json.get_ref<const std::string&>());
  } else if (json.is_object()) {
    out += '{';
    for (const auto& [key, value] : json.items()) {
      separate();
      put_string(out, key);
      out += ':';
      put_value(out, value);
    }
    out += '}';
  } else if (json.is_array()) {
    out += '[';
    for (const auto& value : json) {
      separate();
      put_value(out, value);
    }
    out += ']';
  } else {
    out += json.dump();
  }
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
    } catch (const nlohmann::json::out_of_range&) {
      return base::Error(base::Errc::invalid_json, "The body has a number that is too large.");
    }
    return base::Error(base::Errc::invalid_json, "The body is not valid JSON.");
  }
  return json;
}

std::string to_text(const nlohmann::json& json) {
  std::string out;
  put_value(out, json);
  return out;
}

}  // namespace duotty::record
