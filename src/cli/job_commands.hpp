#pragma once
// `duotty jobs`: what runs in the background, in terminals and on hosts.
#include <optional>
#include <string>

#include "context.hpp"

namespace duotty::cli {

struct JobOptions {
  std::string action = "ls";
  std::string id;
  bool follow = false;
  std::string signal = "INT";
  std::optional<double> timeout;
  std::string status;
};

Task<int> jobs_command(Context& context, Remote& remote, const JobOptions& options);

}  // namespace duotty::cli
