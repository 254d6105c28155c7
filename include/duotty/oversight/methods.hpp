#pragma once
// The methods of oversight: the audit, what is being done now, and requests for access.
#include <duotty/core/event.hpp>
#include <duotty/oversight/access_desk.hpp>
#include <duotty/oversight/audit_trail.hpp>
#include <functional>
#include <string>
#include <vector>

namespace duotty::session {
class EventLog;
}
namespace duotty::rpc {
class Table;
}

namespace duotty::oversight {

/// A token that a person has approved.
struct Grant {
  std::string name;
  std::vector<std::string> scopes;
  std::string owner;
  double expires_at = 0;  ///< seconds since 1970
};

/// What the methods work on; everything outlives the method table.
struct Services {
  AuditTrail* trail = nullptr;
  AccessDesk* access = nullptr;
  session::EventLog* events = nullptr;
  core::Event* news = nullptr;  ///< notified when the live list or the requests have changed
  /// Makes a token and returns its secret. Errors: conflict when the name is taken.
  std::function<base::Result<std::string>(const Grant&)> issue;
};

/// Declares the methods. With null services (the command line) rows can be read but not run.
void add_methods(rpc::Table& table, Services* services);

}  // namespace duotty::oversight
