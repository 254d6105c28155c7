#include "line_watch.hpp"

#include <duotty/base/text.hpp>
#include <nlohmann/json.hpp>
#include <utility>

namespace duotty::session {

void LineWatch::on_prompt() {
  *this = LineWatch();
}

void LineWatch::on_continuation() {
  continues_ = true;
  enters_ = 0;
  ended_ = false;
  disturbed_ = false;
  blurred_ = false;
}

void LineWatch::on_redrawn() {
  if (ended_) return;
  disturbed_ = false;
  blurred_ = false;
}

void LineWatch::on_typed(std::size_t enters) {
  enters_ += enters;
  if (enters == 0) interrupted_ = true;
}

void LineWatch::on_newline(std::optional<std::string> text, std::uint64_t offset) {
  if (enters_ == 0) {
    disturbed_ = true;
    return;
  }
  // Of several lines that were sent at once nobody can say which of them are shown where.
  if (enters_ > 1) disturbed_ = true;
  ended_ = true;
  offset_ = offset;
  if (!text || blurred_ || shows_controls(*text)) {
    exact_ = false;
    return;
  }
  if (!lines_.empty()) lines_ += '\n';
  lines_ += *text;
}

std::optional<EnteredLine> LineWatch::take(Sign sign) {
  if (!ended_) return std::nullopt;
  const LineWatch was = std::exchange(*this, LineWatch());
  const auto text = base::trim(was.lines_);
  const bool nothing = was.exact_ && (text.empty() || text.front() == '#');
  const bool given_up = was.interrupted_ && sign == Sign::prompt;
  const bool unsure = was.disturbed_ || nothing || given_up;
  if (unsure && sign != Sign::program) return std::nullopt;
  const bool told = was.exact_ && !was.disturbed_;
  return EnteredLine{told ? was.lines_ : std::string(), was.offset_};
}

nlohmann::json LineWatch::save() const {
  return {{"lines", lines_},         {"offset", offset_},   {"enters", enters_},
          {"continues", continues_}, {"ended", ended_},     {"exact", exact_},
          {"disturbed", disturbed_}, {"blurred", blurred_}, {"interrupted", interrupted_}};
}

void LineWatch::restore(const nlohmann::json& saved) {
  on_prompt();
  if (!saved.is_object()) return;
  lines_ = saved.value("lines", std::string());
  offset_ = saved.value("offset", std::uint64_t{0});
  enters_ = saved.value("enters", std::size_t{0});
  continues_ = saved.value("continues", false);
  ended_ = saved.value("ended", false);
  exact_ = saved.value("exact", true);
  disturbed_ = saved.value("disturbed", false);
  blurred_ = saved.value("blurred", false);
  interrupted_ = saved.value("interrupted", false);
}

bool shows_something(std::string_view bytes) {
  while (!bytes.empty()) {
    if (bytes.front() == '\r') {
      bytes.remove_prefix(1);
      continue;
    }
    if (!bytes.starts_with("\x1b[")) return true;
    std::size_t end = 2;
    while (end < bytes.size() && (bytes[end] < '@' || bytes[end] > '~')) ++end;
    if (end == bytes.size()) return true;
    bytes.remove_prefix(end + 1);
  }
  return false;
}

bool shows_controls(std::string_view line) {
  for (std::size_t at = 0; at + 1 < line.size(); ++at) {
    if (line[at] == '^' && line[at + 1] >= '?' && line[at + 1] <= '_') return true;
  }
  return false;
}

}  // namespace duotty::session
