// Starts duotty, the smallest possible relay and, where there is one, ttyd; measures them in turn in the same rounds
// and prints one table of medians. Absolute figures move from minute to minute on a shared machine; the ratios do not.
//
//   bench_e2e --duotty PATH --relay PATH [--ttyd PATH] [--rounds N] [--mb N] [--terminals N] [--only WORD]
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <set>
#include <sstream>
#include <stdexcept>

#include "measures.hpp"

namespace duotty::bench {
namespace {

struct Options {
  std::map<Kind, std::string> programs;
  int rounds = 5;
  std::string only;
  Plan plan;
};

/// The ttyd to compare with: $TTYD, else the first in PATH, else none.
std::string find_ttyd() {
  if (const char* named = std::getenv("TTYD")) return named;
  std::istringstream folders(std::getenv("PATH") != nullptr ? std::getenv("PATH") : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string path = folder + "/ttyd";
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return {};
}

Options parse(int argc, char** argv) {
  Options options;
  if (const std::string ttyd = find_ttyd(); !ttyd.empty()) options.programs[Kind::ttyd] = ttyd;
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i];
    if (i + 1 == argc) throw std::runtime_error(name + " needs a value");
    const std::string value = argv[i + 1];
    if (name == "--duotty")
      options.programs[Kind::duotty] = value;
    else if (name == "--relay")
      options.programs[Kind::relay] = value;
    else if (name == "--ttyd")
      options.programs[Kind::ttyd] = value;
    else if (name == "--rounds")
      options.rounds = std::stoi(value);
    else if (name == "--mb")
      options.plan.log_mb = std::stoul(value);
    else if (name == "--terminals")
      options.plan.terminals = std::stoi(value);
    else if (name == "--only")
      options.only = value;
    else
      throw std::runtime_error("unknown option " + name);
  }
  return options;
}

struct Measure {
  const char* name;
  std::function<Values(Server&, const Plan&)> run;
  bool duotty_only;
};

const std::vector<Measure> measures = {
    {"many", measure_many, false},  // first: it weighs the empty server
    {"echo", measure_echo, false}, {"throughput", measure_throughput, false},
    {"exec", measure_exec, true},  {"fanout", measure_fanout, true},
};

/// Every value of every round, by measure and program.
using Results = std::map<std::string, std::map<Kind, std::vector<double>>>;

void run_round(const Options& options, int round, Results& results, std::set<std::string>& failures) {
  std::vector<Kind> order;
  for (const auto& [kind, program] : options.programs) order.push_back(kind);
  // Each round begins with another program, so that none always follows the same neighbour.
  std::rotate(order.begin(), order.begin() + round % static_cast<int>(order.size()), order.end());
  for (const Measure& measure : measures) {
    if (!options.only.empty() && options.only != measure.name) continue;
    for (const Kind kind : order) {
      if (measure.duotty_only && kind != Kind::duotty) continue;
      std::fprintf(stderr, "\rround %d of %d: %-12s %-8s", round + 1, options.rounds, measure.name, name_of(kind));
      try {
        Server server(kind, options.programs.at(kind));
        results["start to first answer: ms"][kind].push_back(server.start_ms());
        for (const auto& [name, value] : measure.run(server, options.plan)) results[name][kind].push_back(value);
      } catch (const std::exception& error) {
        failures.insert(std::string(name_of(kind)) + ", " + measure.name + ": " + error.what());
      }
    }
  }
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

std::string cell(const std::map<Kind, std::vector<double>>& row, Kind kind) {
  const auto found = row.find(kind);
  if (found == row.end() || found->second.empty()) return "-";
  const double value = median(found->second);
  char text[32];
  std::snprintf(text, sizeof text, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
  return text;
}

/// The median of the ratios of one round to the other program's value in the same round.
std::string ratio(const std::map<Kind, std::vector<double>>& row, Kind other) {
  const auto ours = row.find(Kind::duotty);
  const auto theirs = row.find(other);
  if (ours == row.end() || theirs == row.end()) return "-";
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(ours->second.size(), theirs->second.size()); ++i) {
    if (theirs->second[i] > 0) ratios.push_back(ours->second[i] / theirs->second[i]);
  }
  if (ratios.empty()) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", median(ratios));
  return text;
}

void print(const Results& results, const Options& options) {
  std::printf("medians of %d rounds; x relay and x ttyd: median of the ratios within a round\n\n", options.rounds);
  std::printf("%-36s %9s %9s %9s %9s %9s\n", "", "duotty", "relay", "ttyd", "x relay", "x ttyd");
  for (const auto& [name, row] : results) {
    std::printf("%-36s %9s %9s %9s %9s %9s\n", name.c_str(), cell(row, Kind::duotty).c_str(),
                cell(row, Kind::relay).c_str(), cell(row, Kind::ttyd).c_str(), ratio(row, Kind::relay).c_str(),
                ratio(row, Kind::ttyd).c_str());
  }
}

int run(int argc, char** argv) {
  Options options = parse(argc, argv);
  if (options.programs.empty()) throw std::runtime_error("nothing to measure: name at least --duotty or --relay");
  const TempFolder folder;
  options.plan.folder = folder.path();
  write_texts(options.plan);
  Results results;
  std::set<std::string> failures;
  for (int round = 0; round < options.rounds; ++round) run_round(options, round, results, failures);
  std::fprintf(stderr, "\r%60s\r", "");
  print(results, options);
  for (const std::string& failure : failures) std::fprintf(stderr, "failed: %s\n", failure.c_str());
  return failures.empty() ? 0 : 1;
}

}  // namespace
}  // namespace duotty::bench

int main(int argc, char** argv) {
  try {
    return duotty::bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_e2e: %s\n", error.what());
    return 2;
  }
}
