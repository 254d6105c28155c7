#include <duotty/base/text.hpp>
#include <duotty/mcp/server.hpp>
#include <duotty/rpc/registrar.hpp>
#include <map>

#include "connection.hpp"
#include "http_surface.hpp"

namespace duotty::mcp {

namespace {

/// What clients of one set of tools are served with.
struct Part {
  Part(core::asio::any_io_executor executor, const rpc::Dispatcher& dispatcher, std::span<const rpc::ToolBinding> tools,
       http::Authenticator& auth, const std::string& version, Limits limits, Toolset* instead)
      : engine(dispatcher, tools, version, instead), surface(executor, engine, auth, limits) {}
  Engine engine;
  HttpSurface surface;
};

base::Error unknown_tools(const std::string& name) {
  return {base::Errc::invalid_params, "There are no tools \"" + base::shorten(name, 40) + "\" (docs/migrating.md).",
          "tools"};
}

std::string asked_tools(const http::Request& request) {
  return std::string(request.parameter("tools").value_or(std::string_view()));
}

}  // namespace

class Server::Impl {
 public:
  Impl(core::asio::any_io_executor own_executor, const rpc::Dispatcher& own_dispatcher,
       std::span<const rpc::ToolBinding> own_tools, http::Authenticator& own_auth, std::string own_version,
       Limits own_limits)
      : executor(own_executor),
        dispatcher(own_dispatcher),
        tools(own_tools),
        auth(own_auth),
        version(std::move(own_version)),
        limits(own_limits) {
    add("", nullptr);
  }

  void add(const std::string& name, Toolset* instead) {
    parts[name] = std::make_unique<Part>(executor, dispatcher, tools, auth, version, limits, instead);
  }
  /// Null for a name that was not offered.
  Part* find(const std::string& name) {
    const auto found = parts.find(name);
    return found == parts.end() ? nullptr : found->second.get();
  }

  core::asio::any_io_executor executor;
  const rpc::Dispatcher& dispatcher;
  std::span<const rpc::ToolBinding> tools;
  http::Authenticator& auth;
  std::string version;
  Limits limits;
  std::map<std::string, std::unique_ptr<Part>> parts;  ///< by name; our own tools have none
};

Server::Server(core::asio::any_io_executor executor, const rpc::Dispatcher& dispatcher,
               std::span<const rpc::ToolBinding> tools, http::Authenticator& auth, std::string version, Limits limits)
    : impl_(std::make_unique<Impl>(executor, dispatcher, tools, auth, std::move(version), limits)) {}

Server::~Server() = default;

void Server::offer(Toolset& toolset) {
  impl_->add(toolset.name(), &toolset);
}

bool Server::owns(const http::Request& request) const {
  return request.path == kHttpPath;
}

http::HeadVerdict Server::on_head(http::Request& head) {
  if (Part* part = impl_->find(asked_tools(head))) return part->surface.on_head(head);
  return {.refuse = http::error_response(unknown_tools(asked_tools(head)))};
}

Task<> Server::handle(http::Request request, http::Responder& responder) {
  return impl_->find(asked_tools(request))->surface.handle(std::move(request), responder);
}

void Server::drop_revoked() {
  for (const auto& [name, part] : impl_->parts) part->surface.drop_revoked();
}

Task<base::Result<>> Server::serve(const rpc::Call& call, core::Channel& channel, std::string tools) {
  Part* part = impl_->find(tools);
  if (part == nullptr) co_return unknown_tools(tools);
  rpc::Call agent = as_agent(call);
  agent.surface = "mcp";
  Connection connection(impl_->executor, channel, part->engine, std::move(agent));
  co_await connection.serve();
  co_return base::Result<>();
}

Task<> Server::stop() {
  for (const auto& [name, part] : impl_->parts) co_await part->surface.stop();
}

namespace {

struct Attach {
  std::string tools;
  static constexpr auto fields() {
    return std::tuple{
        record::field("tools", &Attach::tools, "Tools of another server instead of ours: aiterm.").range(0, 40)};
  }
};

Task<rpc::Result<>> attach(Gate& gate, rpc::Call& call, Attach p, core::Channel& channel) {
  if (gate.server == nullptr) co_return base::Error(base::Errc::not_configured, "The server is still starting.");
  co_return co_await gate.server->serve(call, channel, std::move(p.tools));
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
