#include "json_read.hpp"

#include <cmath>

namespace duotty::llm {

using nlohmann::json;

namespace {
const json& null_value() {
  static const json value;
  return value;
}
}  // namespace

const json& member(const json& object, std::string_view name) {
  if (!object.is_object()) return null_value();
  const auto found = object.find(name);
  return found == object.end() ? null_value() : *found;
}

const json& element(const json& array, std::size_t index) {
  return array.is_array() && index < array.size() ? array[index] : null_value();
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

std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string content_text(const json& content) {
  if (!content.is_array()) return text_of(content);
  std::string text;
  for (const json& part : content) text += text_of(member(part, "text"));
  return text;
}

}  // namespace duotty::llm
