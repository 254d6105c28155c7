#pragma once
// Files as methods of the table, and the one route that the table cannot have: contents of any length.
#include <duotty/files/file_system.hpp>
#include <duotty/http/auth.hpp>
#include <duotty/http/surface.hpp>
#include <duotty/rpc/method.hpp>
#include <duotty/rpc/witness.hpp>
#include <functional>

namespace duotty::files {

/// Where files may be.
class Places {
 public:
  virtual ~Places() = default;
  /// The files behind a connection, or those of the server's own machine for an empty id. Errors: denied,
  /// ssh_unavailable, not_found, and those of connecting, with details for the call.
  virtual Task<Result<std::shared_ptr<FileSystem>>> find(rpc::Call& call, std::string connection_id) = 0;
};

/// The server's own machine, and others once somebody can reach them.
class LocalPlaces final : public Places {
 public:
  using Remote = std::function<Task<Result<std::shared_ptr<FileSystem>>>(rpc::Call& call, std::string connection_id)>;

  explicit LocalPlaces(std::shared_ptr<FileSystem> local) : local_(std::move(local)) {}
  /// Who finds the files behind a connection; until it is set they are ssh_unavailable.
  void set_remote(Remote remote) { remote_ = std::move(remote); }
  Task<Result<std::shared_ptr<FileSystem>>> find(rpc::Call& call, std::string connection_id) override;

 private:
  std::shared_ptr<FileSystem> local_;
  Remote remote_;
};

/// What the methods work on; everything outlives the method table.
struct Services {
  Places* places = nullptr;
  /// Entry of the event log; may be empty.
  std::function<void(const char* action, nlohmann::json fields)> tell;
};

/// Declares the methods. With null services (the command line) rows can be read but not run.
void add_methods(rpc::Table& table, Services* services);

/// The path that whole files come from and go to: GET with ranges, PUT with its body as it arrives (docs/files.md).
inline constexpr const char* kContentPath = "/api/files/content";

/// Serves kContentPath. Everything it is given outlives it; `witness` may be null.
class Content final : public http::Mount {
 public:
  Content(Places& places, http::Authenticator& auth, const rpc::Table& table, rpc::Witness* witness)
      : places_(places), auth_(auth), table_(table), witness_(witness) {}

  bool owns(const http::Request& request) const override { return request.path == kContentPath; }
  http::HeadVerdict on_head(http::Request& head) override;
  Task<> handle(http::Request request, http::Responder& responder) override;
  /// A transfer looks for itself, at every piece.
  void drop_revoked() override {}

 private:
  Task<> get(const http::Request& request, http::Responder& responder);
  Task<> put(const http::Request& request, http::Responder& responder);

  Places& places_;
  http::Authenticator& auth_;
  const rpc::Table& table_;
  rpc::Witness* witness_;
};

}  // namespace duotty::files
