#pragma once
// What is measured. Each measure gets a running server and returns values by name; "rounds, medians, ratios" is
// bench_e2e's.
#include <filesystem>
#include <map>
#include <string>

#include "peer.hpp"

namespace duotty::bench {

/// Sizes of one run.
struct Plan {
  std::size_t log_mb = 200;    ///< output to one viewer
  std::size_t fanout_mb = 20;  ///< output to many viewers
  int viewers = 20;
  int terminals = 200;   ///< created at once, then idle
  int keystrokes = 500;  ///< per echo measure
  int execs = 200;
  std::filesystem::path folder;  ///< where the log text lies
};

using Values = std::map<std::string, double>;

/// Writes `folder`/log.txt of plan.log_mb, /fanout.txt and /one.txt (1 MB).
void write_texts(const Plan& plan);

Values measure_throughput(Server& server, const Plan& plan);
Values measure_echo(Server& server, const Plan& plan);
Values measure_many(Server& server, const Plan& plan);    ///< creation rate, memory per idle terminal
Values measure_exec(Server& server, const Plan& plan);    ///< duotty only
Values measure_fanout(Server& server, const Plan& plan);  ///< duotty only

}  // namespace duotty::bench
