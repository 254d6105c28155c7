#pragma once
// What the methods work on: pointers to the parts of one running server. Everything outlives the method table.
#include <cstdint>
#include <duotty/base/error.hpp>
#include <duotty/core/task.hpp>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace duotty::session {
class Registry;
class EventLog;
struct RemoteHost;
}  // namespace duotty::session

namespace duotty::jobs {
class JobDesk;
}

namespace duotty::core {
class Offload;
}

namespace duotty::rpc {
class Table;
struct Call;
}  // namespace duotty::rpc

namespace duotty::api {

class Settings;
class BlockService;

/// A named token as lists show it; times in seconds since 1970, 0 when absent.
struct TokenRow {
  std::string name;
  std::vector<std::string> scopes;
  std::string owner;
  double created_at = 0;
  double expires_at = 0;
  double last_used_at = 0;
};

/// Tokens, wherever they are kept (the daemon connects it to http::Authenticator).
class TokenDesk {
 public:
  virtual ~TokenDesk() = default;
  virtual std::vector<TokenRow> list() const = 0;
  /// Returns the secret, which is not kept. Errors: invalid_params, conflict.
  virtual base::Result<std::string> create(const TokenRow& row) = 0;
  virtual base::Result<> remove(const std::string& name) = 0;
  /// The main agent token in force.
  virtual std::string agent_token() const = 0;
  virtual void set_agent_token(const std::string& token) = 0;
  /// A new access key in place of the old one. Errors: invalid_params when it is too short.
  virtual core::Task<base::Result<>> set_access_key(std::string key) = 0;
};

/// Facts of the running server.
struct ServerFacts {
  std::string version;
  std::string name;
  std::vector<std::string> urls;
  int keeper_pid = 0;
  int worker_pid = 0;
  double started_at = 0;
  bool require_key = false;
};

struct Services {
  session::Registry* registry = nullptr;
  session::EventLog* events = nullptr;
  Settings* settings = nullptr;
  BlockService* blocks = nullptr;
  TokenDesk* tokens = nullptr;
  const rpc::Table* table = nullptr;
  ServerFacts facts;
  std::function<void()> restart;  ///< asks the keeper for a new worker
  std::function<void()> stop;     ///< asks the keeper to end everything
  /// Model names of a provider; format, base_url and api_key may be empty for the stored ones.
  std::function<core::Task<base::Result<std::vector<std::string>>>(std::string format, std::string base_url,
                                                                   std::string api_key)>
      list_models;
  jobs::JobDesk* jobs = nullptr;
  core::Offload* offload = nullptr;  ///< for what takes too long for the loop
  /// Connects the stored SSH connection of that id, title or host; empty: there is no SSH.
  std::function<core::Task<base::Result<session::RemoteHost>>(rpc::Call&, std::string connection)> reach;
  /// The stored SSH connections for an export; empty: there are none.
  std::function<core::Task<base::Result<nlohmann::json>>(rpc::Call&, bool secrets)> export_connections;
};

/// Declares every method. With null services (the command line) rows can be read but not run.
void add_methods(rpc::Table& table, Services* services);

}  // namespace duotty::api
