#include "json_read.hpp"

#include <cmath>

namespace duotty::llm {

using nlohmann::json;

const json& element(const json& array, std::size_t index) {
  static const json kNull;
  return array.is_array() && index < array.size() ? array[index] : kNull;
}

std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::uint64_t count_of(const json& value) {
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  if (!value.is_number()) return 0;
  const double number = value.get<double>();
  return number > 0 && number < 1e15 ? static_cast<std::uint64_t>(std::llround(number)) : 0;
}

std::string content_text(const json& content) {
  if (!content.is_array()) return text_of(content);
  std::string text;
  for (const json& part : content) text += record::text_of(part, "text");
  return text;
}

}  // namespace duotty::llm
