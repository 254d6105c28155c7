#include <algorithm>
#include <cmath>
#include <duotty/base/text.hpp>
#include <duotty/recording/cast.hpp>
#include <nlohmann/json.hpp>

namespace duotty::recording {
namespace {

using Json = nlohmann::json;

std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

double microseconds(double time) {
  return std::round(time * 1e6) / 1e6;
}

}  // namespace

std::string cast_line(const CastHeader& header) {
  Json json = {{"version", 2},
               {"width", header.cols},
               {"height", header.rows},
               {"timestamp", header.timestamp},
               {"env", {{"TERM", "xterm-256color"}}}};
  if (!header.title.empty()) json["title"] = header.title;
  return line_of(json);
}

std::string cast_line(const CastEvent& event) {
  return line_of(Json::array({microseconds(event.time), std::string(1, static_cast<char>(event.kind)), event.text}));
}

std::vector<CastEvent> cast_events(std::string_view bytes, std::uint64_t begin, const std::vector<CastStamp>& stamps,
                                   const std::vector<CastNote>& notes) {
  std::vector<CastEvent> out;
  const std::uint64_t end = begin + bytes.size();
  const auto time_at = [&](std::uint64_t offset) {
    if (stamps.empty()) return 0.0;
    const auto found =
        std::find_if(stamps.begin(), stamps.end(), [&](const auto& stamp) { return stamp.end >= offset; });
    return found == stamps.end() ? stamps.back().time : found->time;
  };
  std::uint64_t position = begin;
  const auto put = [&](std::uint64_t to, bool all) {
    to = std::clamp(to, position, end);
    std::string_view piece = bytes.substr(position - begin, to - position);
    if (!all) piece.remove_suffix(base::incomplete_utf8_tail(piece));
    if (piece.empty()) return;
    out.push_back({time_at(to), CastEvent::Kind::output, std::string(piece)});
    position += piece.size();
  };
  auto note = notes.begin();
  for (const CastStamp& stamp : stamps) {
    for (; note != notes.end() && note->at <= stamp.end; ++note) {
      put(note->at, false);
      out.push_back({time_at(note->at), note->kind, note->text});
    }
    put(stamp.end, false);
  }
  for (; note != notes.end(); ++note) {
    put(note->at, false);
    out.push_back({time_at(note->at), note->kind, note->text});
  }
  put(end, true);
  return out;
}

}  // namespace duotty::recording
