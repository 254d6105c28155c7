#pragma once
// `duotty mcp`: the Model Context Protocol on standard input and output, a line a message, carried to and from a
// running server. Standard output has nothing but messages; what goes wrong is said on standard error.
#include <deque>
#include <duotty/ws/socket.hpp>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "context.hpp"

namespace duotty::cli {

struct McpOptions {
  bool start = false;  ///< start a server of this user when none runs
  std::string tools;   ///< tools of another server instead of ours; empty: ours
};
/// Runs until standard input ends, or the server is gone for good.
Task<int> mcp_command(Context& context, McpOptions options);

/// What must be said again on a new connection, and which requests are open: the server may be restarted while a client
/// talks to it. Pure.
class McpMemory {
 public:
  /// A line that the client sends.
  void sent(const std::string& line);
  /// A message from the server; false when the client is not to see it: the answer to something said again.
  bool received(const std::string& text);
  /// Answers for the client to the requests that the old connection took with it.
  std::vector<std::string> lost();
  /// What to send first on a new connection.
  std::vector<std::string> again();
  bool idle() const { return open_.empty(); }

 private:
  std::string initialize_;  ///< the client's `initialize`
  bool initialized_ = false;
  std::string log_level_;                         ///< parameters of the last `logging/setLevel`
  std::set<std::string> watched_;                 ///< addresses of resources
  std::map<std::string, std::string> open_;       ///< id as JSON to method
  std::map<std::string, std::string> listening_;  ///< id as JSON to the line that began a stream of changes
  std::set<std::string> hidden_;                  ///< ids as JSON whose answers the client does not know of
  unsigned made_ = 0;
};

}  // namespace duotty::cli
