#pragma once
// Reads an event stream (WHATWG HTML, "Server-sent events", 9.2.6) from pieces cut anywhere: inside a UTF-8 sequence,
// between CR and LF, after half a field name. Pure: bytes in, events out.
#include <chrono>
#include <cstddef>
#include <duotty/base/error.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::http {

struct SseEvent {
  std::string type = "message";  ///< the `event` field, or `message`
  std::string data;              ///< the `data` fields joined by LF; well-formed UTF-8
  std::string id;                ///< the last event id seen so far in the stream
};

class SseParser {
 public:
  /// `max_event_bytes` bounds one event: its data, and each single line.
  explicit SseParser(std::size_t max_event_bytes = 1024 * 1024) : limit_(max_event_bytes) {}

  /// The events that `bytes` completes, in order; events without data are not dispatched, as the standard says. Fails
  /// with `too_large` when an event is over the limit; the parser then fails for ever.
  base::Result<std::vector<SseEvent>> feed(std::string_view bytes);

  /// The stream has ended: the event that lacks its final empty line, if it has data. The standard drops it; some
  /// servers end their stream that way, so the caller decides. The parser is as new afterwards.
  std::optional<SseEvent> finish();

  /// The last valid `retry` field, if there was one.
  std::optional<std::chrono::milliseconds> retry() const noexcept { return retry_; }

 private:
  void end_line(std::vector<SseEvent>& out);
  void take_field(std::string_view name, std::string_view value);
  std::optional<SseEvent> dispatch();

  std::size_t limit_;
  std::string line_;
  std::string data_;
  std::string type_;
  std::string id_;
  std::optional<std::chrono::milliseconds> retry_;
  bool has_data_ = false;
  bool at_start_ = true;
  bool after_cr_ = false;
  bool failed_ = false;
};

}  // namespace duotty::http
