#pragma once
// The method table over HTTP: routes, parameters, answers and event streams, plus the files of the web UI. It holds no
// logic of its own: who may call is http/auth's, what a call does is the method's.
#include <duotty/core/event.hpp>
#include <duotty/http/assets.hpp>
#include <duotty/http/auth.hpp>
#include <duotty/http/router.hpp>
#include <duotty/http/server.hpp>
#include <duotty/rpc/dispatcher.hpp>
#include <list>
#include <string>
#include <vector>

namespace duotty::http {

/// The WebSocket that carries any number of calls; it is no row of the table.
inline constexpr const char* kRpcPath = "/ws/agent";

/// Takes WebSocket upgrades (ws/surface implements it).
class Upgrades {
 public:
  virtual ~Upgrades() = default;
  /// Serves one upgraded connection until it ends.
  virtual core::Task<> serve(const Request& request, Responder& responder) = 0;
  /// Ends every connection whose token or session no longer holds.
  virtual void drop_revoked() = 0;
};

/// A path that a module above this one serves by its own rules (mcp/surface implements it).
class Mount {
 public:
  virtual ~Mount() = default;
  /// True for requests that it answers.
  virtual bool owns(const Request& request) const = 0;
  /// As Handler::on_head(); identifying the caller is its own business.
  virtual HeadVerdict on_head(Request& head) = 0;
  /// As Handler::handle().
  virtual core::Task<> handle(Request request, Responder& responder) = 0;
  /// Ends everything whose token or session no longer holds.
  virtual void drop_revoked() = 0;
};

/// The method that a request path names, for HTTP verbs and for "WS".
class MethodRoutes {
 public:
  explicit MethodRoutes(const rpc::Table& table);
  RouteMatch match(std::string_view verb, std::string_view path) const { return router_.match(verb, path); }
  const rpc::Method& method(const RouteMatch& match) const { return *methods_[match.route]; }

 private:
  Router router_;
  std::vector<const rpc::Method*> methods_;
};

/// The handler of the server. Everything it is given outlives it.
class Surface final : public Handler {
 public:
  Surface(const rpc::Dispatcher& dispatcher, Authenticator& auth, const Assets& assets, Upgrades& upgrades);

  /// Leaves paths to somebody else, who outlives this object; the first who owns a path has it. Before the first
  /// request.
  void mount(Mount& mount) { mounts_.push_back(&mount); }
  HeadVerdict on_head(Request& head) override;
  core::Task<> handle(Request request, Responder& responder) override;
  /// Ends every event stream and WebSocket whose token or session no longer holds. Call it when
  /// Authenticator::revision() has grown.
  void drop_revoked();

 private:
  struct OpenStream {
    rpc::Caller caller;
    core::Event* stop;
  };
  Mount* owner_of(const Request& request) const;
  core::Task<> call(const rpc::Method& method, const Captures& captures, const Request& request, Responder& responder);
  core::Task<> stream(const rpc::Method& method, rpc::Call& call, rpc::Json params, Responder& responder);

  const rpc::Dispatcher& dispatcher_;
  Authenticator& auth_;
  AuthRoutes auth_routes_;
  const Assets& assets_;
  Upgrades& upgrades_;
  std::vector<Mount*> mounts_;
  MethodRoutes routes_;
  std::list<OpenStream> streams_;
};

/// Query and captures as one object of texts; credentials (`token`, `ticket`, `key`) are left out.
rpc::Json text_parameters(const Request& request, const Captures& captures);
/// The call that a request makes, as far as its head tells.
rpc::Call make_call(const Request& request, const char* surface);

}  // namespace duotty::http
