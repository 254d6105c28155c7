// The measures, gathered when they are asked for.
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <duotty/base/utc_time.hpp>
#include <duotty/core/meters.hpp>
#include <duotty/metrics/methods.hpp>
#include <duotty/rpc/registrar.hpp>
#include <duotty/session/registry.hpp>
#include <duotty/session/session.hpp>
#include <fstream>
#include <optional>

#include "measures.hpp"

namespace duotty::metrics {
namespace {

using base::Result;
using core::Task;
using rpc::Call;
using rpc::Scope;
using Counts = std::map<std::string, std::int64_t>;

/// What an exec may be answered with: a series that appears with its first event hides that event from rates.
constexpr const char* kExecs[] = {"completed",   "failed",  "idle",         "incomplete",
                                  "not_started", "running", "shell_exited", "timeout"};
constexpr const char* kReasons[] = {"denied", "rate_limited", "unauthenticated"};

/// Memory of a process that is held, as /proc/<process>/statm says; nothing when it cannot be read.
std::optional<std::int64_t> resident_bytes(const std::string& process) {
  std::ifstream file("/proc/" + process + "/statm");
  std::int64_t size = 0;
  std::int64_t resident = 0;
  if (!(file >> size >> resident)) return std::nullopt;
  return resident * ::sysconf(_SC_PAGESIZE);
}

double cpu_seconds() {
  rusage used{};
  if (::getrusage(RUSAGE_SELF, &used) != 0) return 0;
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

template <class Words>
Counts with_zeros(const Words& words, const std::map<std::string, std::uint64_t, std::less<>>& counts) {
  Counts out;
  for (const char* word : words) out[word] = 0;
  for (const auto& [word, count] : counts) out[word] = static_cast<std::int64_t>(count);
  return out;
}

LoopLag lag_of(const LagHistogram& lags) {
  const auto counts = lags.cumulative();
  LoopLag out{.count = static_cast<std::int64_t>(counts.back()), .sum = lags.sum(), .last = lags.last(), .ranges = {}};
  for (std::size_t i = 0; i < kLagBounds.size(); ++i)
    out.ranges.push_back({kLagBounds[i], static_cast<std::int64_t>(counts[i])});
  return out;
}

Measures measure(const Services& s) {
  const auto& counted = core::meters();
  Measures m;
  m.version = s.version;
  m.started_at = s.started_at;
  m.uptime_seconds = base::wall_seconds() - s.started_at;
  m.terminals = {{"alive", 0}, {"exited", 0}};
  for (const auto& session : s.registry->list()) {
    ++m.terminals[session->alive() ? "alive" : "exited"];
    m.viewers += static_cast<std::int64_t>(session->viewers().size());
  }
  m.output_bytes = static_cast<std::int64_t>(counted.output_bytes);
  m.viewer_bytes = static_cast<std::int64_t>(counted.viewer_bytes);
  m.viewer_skips = static_cast<std::int64_t>(counted.viewer_skips);
  m.execs = with_zeros(kExecs, counted.execs);
  for (std::size_t digit = 1; digit < counted.http.size(); ++digit)
    m.http_requests[std::to_string(digit) + "xx"] = static_cast<std::int64_t>(counted.http[digit]);
  m.http_connections = static_cast<std::int64_t>(s.http_connections());
  m.websockets = static_cast<std::int64_t>(counted.websockets);
  m.websockets_opened = static_cast<std::int64_t>(counted.websockets_opened);
  m.auth_rejected = with_zeros(kReasons, counted.rejected);
  m.loop_lag = lag_of(s.loop->lags());
  if (const auto worker = resident_bytes("self")) m.resident_bytes["worker"] = *worker;
  if (const auto keeper = resident_bytes(std::to_string(s.keeper_pid))) m.resident_bytes["keeper"] = *keeper;
  m.cpu_seconds = cpu_seconds();
  return m;
}

Task<Result<Measures>> measures(Services& s, Call&, record::Empty) {
  co_return measure(s);
}

Task<Result<rpc::Text>> page(Services& s, Call&, record::Empty) {
  co_return rpc::Text{exposition(measure(s))};
}

}  // namespace

void add_methods(rpc::Table& table, Services* services) {
  rpc::Registrar<Services> rows(table, services);
  rows.call("server.metrics", measures,
            {.http = {"GET", "/api/server/metrics"},
             .scope = Scope::admin,
             .about = "What the server measures of itself. Counters begin anew with every worker."});
  rows.call("metrics", page,
            {.http = {"GET", "/metrics", "text/plain; version=0.0.4; charset=utf-8"},
             .scope = Scope::admin,
             .extra = rpc::Extra::ignore,
             .about = "The same in the text format of Prometheus, for a scraper with a token."});
}

}  // namespace duotty::metrics
