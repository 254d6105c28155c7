#pragma once
// Server-sent events (WHATWG HTML, section 9.2): formatting, and a stream that keeps itself alive.
#include <chrono>
#include <duotty/base/error.hpp>
#include <duotty/core/task.hpp>
#include <duotty/http/server.hpp>
#include <string>
#include <string_view>

namespace duotty::http {

/// One event. Empty `event` and `id` are left out. Line breaks of any kind in `data` become several `data:` lines;
/// in `event` and `id` they are dropped, as is NUL.
struct SseFields {
  std::string_view event;
  std::string_view id;
  std::string_view data;
};

/// The bytes of an event, ending in an empty line (pure).
std::string format_sse(const SseFields& event);
/// A comment that keeps proxies from closing an idle stream (pure).
inline constexpr std::string_view sse_heartbeat = ": keep-alive\n\n";
/// How long a stream may be silent before a heartbeat is due.
inline constexpr std::chrono::seconds sse_heartbeat_interval{15};
/// The head of an event stream: status 200, `text/event-stream`, no-store, no proxy buffering.
Response sse_head();

/// Decides when a heartbeat is due (pure; time is a parameter).
class SseHeartbeat {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  explicit SseHeartbeat(time_point now) : last_(now) {}
  /// Something was sent.
  void on_sent(time_point now) { last_ = now; }
  /// When the next heartbeat is due if nothing is sent before: what to wait until.
  time_point due() const { return last_ + sse_heartbeat_interval; }

 private:
  time_point last_;
};

}  // namespace duotty::http
