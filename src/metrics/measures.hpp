#pragma once
// The record of all measures.
#include <cstdint>
#include <duotty/record/fields.hpp>
#include <map>
#include <string>
#include <vector>

namespace duotty::metrics {

using record::field;

struct LagRange {
  double at_most = 0;
  std::int64_t count = 0;
  static constexpr auto fields() {
    return std::tuple{field("at_most", &LagRange::at_most, "Seconds."),
                      field("count", &LagRange::count, "Delays that were not longer.")};
  }
};

struct LoopLag {
  std::int64_t count = 0;
  double sum = 0;
  double last = 0;
  std::vector<LagRange> ranges;
  static constexpr auto fields() {
    using T = LoopLag;
    return std::tuple{field("count", &T::count, "How often it was measured."),
                      field("sum", &T::sum, "All delays together, in seconds."),
                      field("last", &T::last, "The last delay, in seconds."),
                      field("ranges", &T::ranges, "Delays by length; each range counts the shorter ones too.")};
  }
};

struct Measures {
  std::string version;
  double started_at = 0;
  double uptime_seconds = 0;
  std::map<std::string, std::int64_t> terminals;
  std::int64_t viewers = 0;
  std::int64_t output_bytes = 0;
  std::int64_t viewer_bytes = 0;
  std::int64_t viewer_skips = 0;
  std::map<std::string, std::int64_t> execs;
  std::map<std::string, std::int64_t> http_requests;
  std::int64_t http_connections = 0;
  std::int64_t websockets = 0;
  std::int64_t websockets_opened = 0;
  std::map<std::string, std::int64_t> auth_rejected;
  LoopLag loop_lag;
  std::map<std::string, std::int64_t> resident_bytes;
  double cpu_seconds = 0;

  static constexpr auto fields() {
    using T = Measures;
    return std::tuple{
        field("version", &T::version, "Version of duotty."),
        field("started_at", &T::started_at, "When the worker started, in seconds since 1970; counters began then."),
        field("uptime_seconds", &T::uptime_seconds, "Seconds since then."),
        field("terminals", &T::terminals, "Terminals now, `alive` and `exited`."),
        field("viewers", &T::viewers, "Viewers attached now."),
        field("output_bytes", &T::output_bytes, "Bytes that programs have printed."),
        field("viewer_bytes", &T::viewer_bytes, "Bytes of output and snapshots sent to viewers."),
        field("viewer_skips", &T::viewer_skips, "Times a viewer was too late and got a snapshot instead."),
        field("execs", &T::execs, "Execs by the status they were answered with; `failed` are those with an error."),
        field("http_requests", &T::http_requests, "HTTP answers by the class of their status."),
        field("http_connections", &T::http_connections, "HTTP connections open now, WebSockets included."),
        field("websockets", &T::websockets, "WebSockets open now."),
        field("websockets_opened", &T::websockets_opened, "WebSockets opened."),
        field("auth_rejected", &T::auth_rejected, "Requests and sign-ins refused for their credential, by reason."),
        field("loop_lag", &T::loop_lag, "How late the event loop served a timer."),
        field("resident_bytes", &T::resident_bytes, "Memory held, of `worker` and `keeper`."),
        field("cpu_seconds", &T::cpu_seconds, "CPU time the worker has used.")};
  }
};

/// The measures in the text format of Prometheus, version 0.0.4.
std::string exposition(const Measures& measures);

}  // namespace duotty::metrics
