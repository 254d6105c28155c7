#include "wsh_lines.hpp"

#include <duotty/base/text.hpp>
#include <duotty/term/width.hpp>
#include <string>
#include <string_view>

namespace duotty::compat {
namespace {

using Json = nlohmann::json;

Json colour_of(const std::string& word) {
  if (word.size() == 7 && word.front() == '#') {
    const auto part = [&](std::size_t at) { return std::stoi(word.substr(at, 2), nullptr, 16); };
    return {{"rgb", {{"r", part(1)}, {"g", part(3)}, {"b", part(5)}}}};
  }
  return {{"indexed", base::parse_u64(word).value_or(0)}};
}

void add_look(Json& out, const Json& span) {
  if (span.contains("foreground")) out["fg"] = colour_of(span["foreground"].get<std::string>());
  if (span.contains("background")) out["bg"] = colour_of(span["background"].get<std::string>());
  if (span.contains("underline")) out["underline"] = true;
  for (const auto& attribute : span.value("attributes", Json::array())) {
    const std::string word = attribute.get<std::string>();
    if (word == "strike") out["strikethrough"] = true;
    if (word == "bold" || word == "faint" || word == "italic" || word == "blink" || word == "inverse") out[word] = true;
  }
}

std::size_t length_of(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

/// Hands out a row from left to right.
class Cutter {
 public:
  explicit Cutter(std::string_view text) : text_(text) {}

  /// What stands before `column`; what has no width of its own stays with what it belongs to.
  std::string until(int column) {
    const std::size_t from = at_;
    while (at_ < text_.size()) {
      const std::size_t length = std::min(length_of(text_[at_]), text_.size() - at_);
      const int width = term::text_width(text_.substr(at_, length));
      if (column_ + width > column || (width > 0 && column_ >= column)) break;
      column_ += width;
      at_ += length;
    }
    return std::string(text_.substr(from, at_ - from));
  }

  std::string rest() { return std::string(text_.substr(at_)); }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  int column_ = 0;
};

void push(Json& spans, std::string text, const Json& look) {
  if (text.empty()) return;
  Json span = {{"text", std::move(text)}};
  add_look(span, look);
  spans.push_back(std::move(span));
}

}  // namespace

Json styled_line(const Json& row) {
  const std::string text = row.value("text", "");
  const Json& looks = row.at("spans");
  if (looks.empty()) return text;
  Json spans = Json::array();
  Cutter cutter(text);
  for (const auto& look : looks) {
    push(spans, cutter.until(look.value("begin", 0)), Json::object());
    push(spans, cutter.until(look.value("end", 0)), look);
  }
  push(spans, cutter.rest(), Json::object());
  if (spans.empty()) return text;
  return spans;
}

}  // namespace duotty::compat
