#pragma once
// The methods about SSH: stored connections, running commands, host keys.
#include <duotty/base/error.hpp>
#include <duotty/remote/link_pool.hpp>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

namespace duotty::rpc {
class Table;
struct Call;
}  // namespace duotty::rpc

namespace duotty::remote {

class ForwardBook;
class RunDesk;

/// What the methods work on; everything outlives the method table.
struct Services {
  store::ConnectionStore* connections = nullptr;
  core::Offload* offload = nullptr;
  LinkPool* links = nullptr;
  ForwardBook* forwards = nullptr;
  RunDesk* runs = nullptr;
  std::string home;  ///< of the server's user
  /// Entry of the event log.
  std::function<void(const char* action, nlohmann::json fields)> tell;
  /// Whether a caller may run a command with that input. Errors: denied.
  std::function<base::Result<>(const rpc::Call& call, const char* method, const std::string& command,
                               const std::string& input, bool force)>
      admit;
};

/// A connection that is there, for a terminal on its host.
struct Reached {
  std::string connection_id;
  std::string host;
  int port = 22;
  std::string username;
  std::string socket;     ///< of its link: link/shell.hpp
  std::string directory;  ///< to start in; empty: the home
  std::vector<std::pair<std::string, std::string>> env;
};
/// Connects the stored connection `name` for a caller. Errors as LinkPool::acquire(), with the call's details.
core::Task<base::Result<Reached>> reach(Services& services, rpc::Call& call, std::string name);

/// The stored connections for settings.export; with their secrets in the clear when asked, which is told. Errors: io.
core::Task<base::Result<nlohmann::json>> export_connections(Services& services, rpc::Call& call, bool secrets);

/// Declares the methods. With null services (the command line) rows can be read but not run.
void add_methods(rpc::Table& table, Services* services);

/// What an attempt that failed was about, for the details of an error; null when it says nothing.
std::shared_ptr<const nlohmann::json> details_of(const Attempt& attempt);

}  // namespace duotty::remote
