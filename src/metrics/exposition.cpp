// https://prometheus.io/docs/instrumenting/exposition_formats/: HELP and TYPE before the samples of each family.
#include <charconv>
#include <cmath>
#include <string_view>

#include "measures.hpp"

namespace duotty::metrics {
namespace {

std::string number(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return {text, end};
}

std::string escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

class Page {
 public:
  /// Begins a family: what follows are its samples.
  Page& family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = "duotty_" + std::string(name);
    text_ += "# HELP " + name_ + " " + std::string(help) + "\n# TYPE " + name_ + " " + std::string(type) + "\n";
    return *this;
  }
  void sample(const std::string& value) { text_ += name_ + " " + value + "\n"; }
  void sample(double value) { sample(number(value)); }
  void sample(std::int64_t value) { sample(std::to_string(value)); }
  void labelled(std::string_view suffix, std::string_view label, std::string_view of, const std::string& value) {
    text_ += name_ + std::string(suffix) + "{" + std::string(label) + "=\"" + escaped(of) + "\"} " + value + "\n";
  }
  void each(std::string_view label, const std::map<std::string, std::int64_t>& values) {
    for (const auto& [of, value] : values) labelled("", label, of, std::to_string(value));
  }
  void bare(std::string_view suffix, const std::string& value) {
    text_ += name_ + std::string(suffix) + " " + value + "\n";
  }
  std::string take() { return std::move(text_); }

 private:
  std::string name_;
  std::string text_;
};

void add_lag(Page& page, const LoopLag& lag) {
  page.family("event_loop_lag_seconds", "histogram", "How late the event loop served a timer.");
  for (const LagRange& range : lag.ranges)
    page.labelled("_bucket", "le", number(range.at_most), std::to_string(range.count));
  page.labelled("_bucket", "le", "+Inf", std::to_string(lag.count));
  page.bare("_sum", number(lag.sum));
  page.bare("_count", std::to_string(lag.count));
}

}  // namespace

std::string exposition(const Measures& m) {
  Page page;
  page.family("build_info", "gauge", "Always 1; the label says what runs.").labelled("", "version", m.version, "1");
  page.family("start_time_seconds", "gauge", "When the worker started, in seconds since 1970.").sample(m.started_at);
  page.family("uptime_seconds", "gauge", "Seconds since the worker started.").sample(m.uptime_seconds);
  page.family("terminals", "gauge", "Terminals by state.").each("state", m.terminals);
  page.family("viewers", "gauge", "Viewers attached to terminals.").sample(m.viewers);
  page.family("output_bytes_total", "counter", "Bytes that programs have printed.").sample(m.output_bytes);
  page.family("viewer_bytes_total", "counter", "Bytes of output and snapshots sent to viewers.").sample(m.viewer_bytes);
  page.family("viewer_skips_total", "counter", "Times a viewer was too late and got a snapshot instead.")
      .sample(m.viewer_skips);
  page.family("execs_total", "counter", "Execs by the status they were answered with.").each("status", m.execs);
  page.family("http_requests_total", "counter", "HTTP answers by the class of their status.")
      .each("class", m.http_requests);
  page.family("http_connections", "gauge", "HTTP connections, WebSockets included.").sample(m.http_connections);
  page.family("websockets", "gauge", "WebSockets that are open.").sample(m.websockets);
  page.family("websockets_opened_total", "counter", "WebSockets that were opened.").sample(m.websockets_opened);
  page.family("auth_rejected_total", "counter", "Requests and sign-ins refused for their credential.")
      .each("reason", m.auth_rejected);
  add_lag(page, m.loop_lag);
  page.family("resident_memory_bytes", "gauge", "Memory held by each process.").each("process", m.resident_bytes);
  page.family("cpu_seconds_total", "counter", "CPU time the worker has used.").sample(m.cpu_seconds);
  return page.take();
}

}  // namespace duotty::metrics
