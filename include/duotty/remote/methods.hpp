#pragma once
// The methods about SSH: stored connections, running commands, host keys.
#include <duotty/base/error.hpp>
#include <duotty/remote/link_pool.hpp>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace duotty::rpc {
class Table;
struct Call;
}  // namespace duotty::rpc

namespace duotty::remote {

/// What the methods work on; everything outlives the method table.
struct Services {
  store::ConnectionStore* connections = nullptr;
  core::Offload* offload = nullptr;
  LinkPool* links = nullptr;
  std::string home;  ///< of the server's user
  /// Entry of the event log.
  std::function<void(const char* action, nlohmann::json fields)> tell;
  /// Whether a caller may run a command with that input. Errors: denied.
  std::function<base::Result<>(const rpc::Call& call, const char* method, const std::string& command,
                               const std::string& input, bool force)>
      admit;
};

/// Declares the methods. With null services (the command line) rows can be read but not run.
void add_methods(rpc::Table& table, Services* services);

/// What an attempt that failed was about, for the details of an error; null when it says nothing.
std::shared_ptr<const nlohmann::json> details_of(const Attempt& attempt);

}  // namespace duotty::remote
