#include <duotty/mcp/server.hpp>
#include <duotty/rpc/registrar.hpp>

#include "connection.hpp"
#include "http_surface.hpp"

namespace duotty::mcp {

class Server::Impl {
 public:
  Impl(core::asio::any_io_executor executor, const rpc::Dispatcher& dispatcher, std::span<const rpc::ToolBinding> tools,
       http::Authenticator& auth, std::string version, Limits limits)
      : executor_(executor), engine(dispatcher, tools, std::move(version)), surface(executor, engine, auth, limits) {}

  core::asio::any_io_executor executor_;
  Engine engine;
  HttpSurface surface;
};

Server::Server(core::asio::any_io_executor executor, const rpc::Dispatcher& dispatcher,
               std::span<const rpc::ToolBinding> tools, http::Authenticator& auth, std::string version, Limits limits)
    : impl_(std::make_unique<Impl>(executor, dispatcher, tools, auth, std::move(version), limits)) {}

Server::~Server() = default;

bool Server::owns(const http::Request& request) const {
  return request.path == kHttpPath;
}

http::HeadVerdict Server::on_head(http::Request& head) {
  return impl_->surface.on_head(head);
}

Task<> Server::handle(http::Request request, http::Responder& responder) {
  return impl_->surface.handle(std::move(request), responder);
}

void Server::drop_revoked() {
  impl_->surface.drop_revoked();
}

Task<> Server::serve(const rpc::Call& call, core::Channel& channel) {
  rpc::Call agent = as_agent(call);
  agent.surface = "mcp";
  Connection connection(impl_->executor_, channel, impl_->engine, std::move(agent));
  co_await connection.serve();
}

Task<> Server::stop() {
  return impl_->surface.stop();
}

namespace {

Task<rpc::Result<>> attach(Gate& gate, rpc::Call& call, record::Empty, core::Channel& channel) {
  if (gate.server == nullptr) co_return base::Error(base::Errc::not_configured, "The server is still starting.");
  co_await gate.server->serve(call, channel);
  co_return rpc::Result<>();
}

}  // namespace

void add_methods(rpc::Table& table, Gate* gate) {
  rpc::Registrar<Gate> registrar(table, gate);
  registrar.duplex("mcp.attach", attach,
                   {.http = {"WS", kSocketPath},
                    .scope = rpc::Scope::read,
                    .extra = rpc::Extra::ignore,
                    .about = "The Model Context Protocol, one message of JSON-RPC a frame: what `duotty mcp` connects "
                             "to standard input and output. Other clients use Streamable HTTP at /mcp (docs/mcp.md)."});
}

}  // namespace duotty::mcp
