#pragma once
// The Model Context Protocol (modelcontextprotocol.io): the method table as tools, terminals as resources, guides as
// prompts. Revisions 2024-11-05 to 2025-11-25, which begin with `initialize`, and 2026-07-28, which does not. Carried
// by Streamable HTTP at /mcp and by a WebSocket of its own, which `duotty mcp` connects to standard input and output.
#include <chrono>
#include <duotty/core/channel.hpp>
#include <duotty/http/auth.hpp>
#include <duotty/http/surface.hpp>
#include <duotty/mcp/toolset.hpp>
#include <duotty/rpc/dispatcher.hpp>
#include <duotty/rpc/tool.hpp>
#include <memory>
#include <span>
#include <string>

namespace duotty::mcp {

/// The path of Streamable HTTP.
inline constexpr const char* kHttpPath = "/mcp";
/// The path of the WebSocket.
inline constexpr const char* kSocketPath = "/ws/mcp";

/// What sessions of HTTP clients may take. The defaults are the contract; tests use smaller ones.
struct Limits {
  std::size_t sessions = 128;                       ///< of all callers; the one unused for longest makes room
  std::chrono::milliseconds idle{30 * 60 * 1000};   ///< a session that nobody used for so long is gone
  std::chrono::milliseconds answer_as_json{1'000};  ///< an answer that takes longer comes as an event stream
};

/// Serves clients. Everything it is given outlives it; the dispatcher's table is complete. Loop thread only.
class Server final : public http::Mount {
 public:
  Server(core::asio::any_io_executor executor, const rpc::Dispatcher& dispatcher,
         std::span<const rpc::ToolBinding> tools, http::Authenticator& auth, std::string version, Limits limits);
  ~Server() override;

  /// Offers other tools to clients that choose them. Before the first request.
  void offer(Toolset& toolset);

  bool owns(const http::Request& request) const override;
  http::HeadVerdict on_head(http::Request& head) override;
  core::Task<> handle(http::Request request, http::Responder& responder) override;
  void drop_revoked() override;

  /// Speaks with one client over a connection of its own until it leaves. `tools` names a toolset; empty: our own.
  /// Error invalid_params for a name that was not offered.
  core::Task<base::Result<>> serve(const rpc::Call& call, core::Channel& channel, std::string tools = {});
  /// Ends every session and waits for what runs in them. After the HTTP server has stopped.
  core::Task<> stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// What the row of the WebSocket works on: set before the first connection.
struct Gate {
  Server* server = nullptr;
};
/// Adds the row `mcp.attach`. With a null pointer (the command line) it can be read but not run.
void add_methods(rpc::Table& table, Gate* gate);

}  // namespace duotty::mcp
