#pragma once
// Paths of other servers, answered by our methods (docs/migrating.md): persistent-terminal-api's /api/terminals, wsh's
// /sessions and /idle, and what WinkTerm's API has beside the method table. Every request is identified like any other
// and goes through the dispatcher; nothing here can do what a method cannot.
#include <duotty/http/auth.hpp>
#include <duotty/http/surface.hpp>
#include <duotty/rpc/dispatcher.hpp>
#include <memory>
#include <string>

namespace duotty::compat {

/// Serves the foreign paths. Everything it is given outlives it; the dispatcher's table is complete. Loop thread only.
class Surface final : public http::Mount {
 public:
  /// `host` is the name that clients are told this server has. A row without a method is a bug: std::logic_error.
  Surface(const rpc::Dispatcher& dispatcher, http::Authenticator& auth, std::string host);
  ~Surface() override;

  bool owns(const http::Request& request) const override;
  http::HeadVerdict on_head(http::Request& head) override;
  core::Task<> handle(http::Request request, http::Responder& responder) override;
  void drop_revoked() override {}  ///< nothing here lasts longer than one answer

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace duotty::compat
