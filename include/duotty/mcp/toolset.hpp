#pragma once
// Tools under other names and rules than our own, for clients that were written for another server. A client chooses
// one by `?tools=<name>` or `duotty mcp --tools <name>`; it then sees these tools and no others.
#include <duotty/rpc/dispatcher.hpp>
#include <string>

namespace duotty::mcp {

/// One set of tools. Outlives the server. Loop thread only.
class Toolset {
 public:
  virtual ~Toolset() = default;
  /// What a client chooses it by: one word.
  virtual const char* name() const = 0;
  /// What a model should know before it uses the tools.
  virtual const char* instructions() const = 0;
  /// The tools as `tools/list` gives them: an array.
  virtual rpc::Json list() const = 0;
  /// The result of `tools/call`, with `content` and perhaps `isError`; null when there is no such tool. Everything it
  /// does goes through the dispatcher.
  virtual core::Task<rpc::Json> call(const rpc::Dispatcher& dispatcher, rpc::Call& call, std::string tool,
                                     rpc::Json arguments) = 0;
};

}  // namespace duotty::mcp
