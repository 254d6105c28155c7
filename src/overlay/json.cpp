#include "json.hpp"

#include <algorithm>
#include <utility>

namespace duotty::overlay {
namespace {

using Json = nlohmann::json;

constexpr std::pair<term::Attribute, const char*> kAttributes[] = {{term::bold, "bold"},
                                                                   {term::faint, "faint"},
                                                                   {term::italic, "italic"},
                                                                   {term::inverse, "inverse"},
                                                                   {term::strike, "strike"}};

}  // namespace

int number_at(const Json& object, const char* key, int low, int high) {
  return static_cast<int>(std::clamp<std::int64_t>(record::integer_of(object, key), low, high));
}

void add_style(Json& object, const term::Style& style) {
  if (!style.foreground.is_default()) object["fg"] = color_text(style.foreground);
  if (!style.background.is_default()) object["bg"] = color_text(style.background);
  Json words = Json::array();
  for (const auto& [bit, word] : kAttributes) {
    if (style.has(bit)) words.push_back(word);
  }
  if (style.underline != term::Underline::none) words.push_back("underline");
  if (!words.empty()) object["attributes"] = std::move(words);
}

term::Style style_of(const Json& object) {
  term::Style style;
  style.foreground = color(text_of(object, "fg")).value_or(term::Color{});
  style.background = color(text_of(object, "bg")).value_or(term::Color{});
  for (const Json& word : list_of(object, "attributes")) {
    for (const auto& [bit, known] : kAttributes) {
      if (word == known) style.attributes = static_cast<std::uint16_t>(style.attributes | bit);
    }
    if (word == "underline") style.underline = term::Underline::single;
  }
  return style;
}

}  // namespace duotty::overlay
