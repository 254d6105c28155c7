#pragma once
// The asciicast format, version 2 (docs.asciinema.org): a header, then one line an event, each with its seconds since
// the beginning. Pure.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::recording {

/// What a header says.
struct CastHeader {
  int cols = 80;
  int rows = 24;
  std::int64_t timestamp = 0;  ///< seconds since 1970
  std::string title;
};

/// One event.
struct CastEvent {
  enum class Kind : char { output = 'o', resize = 'r', marker = 'm' };
  double time = 0;
  Kind kind = Kind::output;
  std::string text;  ///< output as it was, "80x24", or the marker's label
};

/// When output up to an offset had come.
struct CastStamp {
  std::uint64_t end = 0;
  double time = 0;
};

/// An event without output that belongs between two bytes.
struct CastNote {
  std::uint64_t at = 0;
  CastEvent::Kind kind = CastEvent::Kind::marker;
  std::string text;
};

/// A line with its end.
std::string cast_line(const CastHeader& header);
/// Malformed UTF-8 becomes U+FFFD.
std::string cast_line(const CastEvent& event);
/// Output that begins at `begin`, cut where time passes and where notes stand, never within a character. `stamps` and
/// `notes` are in order; what no stamp covers has the time of the last.
std::vector<CastEvent> cast_events(std::string_view bytes, std::uint64_t begin, const std::vector<CastStamp>& stamps,
                                   const std::vector<CastNote>& notes);

}  // namespace duotty::recording
