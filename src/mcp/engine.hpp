#pragma once
// What the server answers, whoever carries the messages and in whichever revision: everything that needs no memory of
// the client.
#include <duotty/mcp/toolset.hpp>
#include <duotty/rpc/dispatcher.hpp>

#include "prompts.hpp"
#include "protocol.hpp"
#include "resources.hpp"
#include "tools.hpp"

namespace duotty::mcp {

class Engine {
 public:
  /// `dispatcher` and `instead` outlive this object. With `instead` clients see those tools and not ours.
  Engine(const rpc::Dispatcher& dispatcher, std::span<const rpc::ToolBinding> tools, std::string version,
         Toolset* instead = nullptr);

  /// Runs a request of the methods that every revision has. Fails with method_not_found for others.
  Task<Outcome> answer(Request& request) const;
  /// The server as it names itself.
  Json server_info() const;
  /// What it can do, in words of one revision.
  Json capabilities(std::string_view revision) const;
  /// What a model should know before it uses the tools.
  const char* instructions() const;
  const rpc::Dispatcher& dispatcher() const noexcept { return dispatcher_; }

 private:
  Task<Outcome> complete(const Request& request) const;
  Task<Outcome> call_instead(Request& request) const;

  const rpc::Dispatcher& dispatcher_;
  std::string version_;
  Tools tools_;
  Toolset* instead_;
  Prompts prompts_;
};

}  // namespace duotty::mcp
