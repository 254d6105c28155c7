#pragma once
// What the server measures of itself, as a method of the table and in the text format of Prometheus.
#include <duotty/metrics/loop_watch.hpp>
#include <functional>
#include <string>

namespace duotty::session {
class Registry;
}
namespace duotty::rpc {
class Table;
}

namespace duotty::metrics {

/// What the methods work on; everything outlives the method table.
struct Services {
  session::Registry* registry = nullptr;
  const LoopWatch* loop = nullptr;
  std::function<std::size_t()> http_connections;
  std::string version;
  int keeper_pid = 0;
  double started_at = 0;  ///< seconds since 1970
};

/// Declares the methods. With null services (the command line) rows can be read but not run.
void add_methods(rpc::Table& table, Services* services);

}  // namespace duotty::metrics
