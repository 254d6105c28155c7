#include "cast_player.hpp"

#include <algorithm>
#include <cmath>
#include <duotty/record/json_members.hpp>
#include <duotty/record/json_text.hpp>
#include <nlohmann/json.hpp>

namespace duotty::cli {
namespace {

using base::Errc;
using base::Error;
using Json = nlohmann::json;

constexpr double kSlowest = 1.0 / 16;
constexpr double kFastest = 64;
constexpr double kLongest = 1e7;

Error bad_line(std::size_t number, const std::string& why) {
  return {Errc::invalid_params, "Line " + std::to_string(number) + " is no part of an asciicast: " + why};
}

base::Result<Cast> cast_of(const Json& head) {
  const auto version = head.is_object() ? record::integer_of(head, "version") : 0;
  if (version != 2 && version != 3) return bad_line(1, "a header with version 2 or 3 is expected.");
  Cast cast;
  const Json& size = version == 3 ? record::member_of(head, "term") : head;
  const auto side = [&](const char* name, int fallback) {
    return std::clamp(record::int_of(size, name).value_or(fallback), 1, 10'000);
  };
  cast.cols = side(version == 3 ? "cols" : "width", 80);
  cast.rows = side(version == 3 ? "rows" : "height", 24);
  cast.title = record::text_of(head, "title");
  return cast;
}

}  // namespace

base::Result<Cast> parse_cast(std::string_view text) {
  Cast cast;
  std::size_t number = 0;
  bool relative = false;
  double time = 0;
  while (true) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) break;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    ++number;
    const bool comment = number > 1 && (line.empty() || line.front() == '#');
    if (comment) continue;
    const auto json = record::parse_json(line);
    if (!json) return bad_line(number, json.error().message());
    if (number == 1) {
      auto made = cast_of(*json);
      if (!made) return made.error();
      cast = std::move(*made);
      relative = record::integer_of(*json, "version") == 3;
      continue;
    }
    const Json& event = *json;
    if (!event.is_array() || event.size() < 3 || !event[0].is_number() || !event[1].is_string() ||
        !event[2].is_string())
      return bad_line(number, "[time, kind, text] is expected.");
    const double given = event[0].get<double>();
    if (!(given >= 0 && given <= kLongest)) return bad_line(number, "its time is out of range.");
    time = relative ? time + given : std::max(time, given);
    const auto kind = event[1].get<std::string>();
    if (kind == "o") cast.steps.push_back({time, false, event[2].get<std::string>()});
    if (kind == "m") cast.steps.push_back({time, true, {}});
  }
  if (number == 0) return bad_line(1, "a header is expected.");
  return cast;
}

CastPlayer::CastPlayer(Cast cast, double speed, double idle, double now)
    : cast_(std::move(cast)), last_(now), speed_(std::clamp(speed, kSlowest, kFastest)) {
  if (idle <= 0) return;
  double before = 0;
  double cut = 0;
  for (CastStep& step : cast_.steps) {
    cut += std::max(0.0, step.time - before - idle);
    before = step.time;
    step.time -= cut;
  }
}

void CastPlayer::advance(double now) {
  if (!paused_) played_ += std::max(0.0, now - last_) * speed_;
  last_ = now;
}

std::string CastPlayer::take(double now) {
  advance(now);
  std::string out;
  while (!over() && cast_.steps[next_].time <= played_) out += cast_.steps[next_++].output;
  return out;
}

std::optional<double> CastPlayer::due() const {
  if (paused_ || over()) return std::nullopt;
  return std::max(0.0, (cast_.steps[next_].time - played_) / speed_);
}

void CastPlayer::pause_or_go(double now) {
  advance(now);
  paused_ = !paused_;
}

void CastPlayer::step() {
  if (!paused_) return;
  for (std::size_t at = next_; at < cast_.steps.size(); ++at) {
    played_ = std::max(played_, cast_.steps[at].time);
    if (!cast_.steps[at].marker) return;
  }
}

void CastPlayer::skip() {
  if (over()) return;
  // A marker stands before what its command prints.
  for (std::size_t at = next_ + 1; at < cast_.steps.size(); ++at) {
    played_ = std::max(played_, cast_.steps[at].time);
    if (cast_.steps[at].marker) return;
  }
  played_ = std::max(played_, cast_.steps.back().time);
}

void CastPlayer::change_speed(double factor, double now) {
  advance(now);
  speed_ = std::clamp(speed_ * factor, kSlowest, kFastest);
}

}  // namespace duotty::cli
