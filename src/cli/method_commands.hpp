#pragma once
// `duotty call`, `events` and `schema`: the method table as it is.
#include <optional>
#include <string>
#include <vector>

#include "context.hpp"

namespace duotty::cli {

/// `duotty call METHOD [JSON] [-p key=value]...`
struct CallOptions {
  std::string method;
  std::string json;                      ///< an object; "-" reads it from standard input
  std::vector<std::string> assignments;  ///< key=value, added to the object
};
Task<int> call_command(Context& context, Remote& remote, CallOptions options);

/// The object of parameters. A value is read as its type in the method's schema asks, as JSON where the schema does not
/// say, else as text. Errors: invalid_json, invalid_params.
base::Result<Json> call_params(const rpc::Method& method, const std::string& json,
                               const std::vector<std::string>& assignments);

/// The row of a method. Error method_not_found, with the nearest name.
base::Result<const rpc::Method*> find_method(const rpc::Table& table, const std::string& name);
/// `duotty call --list`: every method and the first sentence about it.
std::string method_list(const rpc::Table& table, int columns);
/// `duotty call METHOD --help`: what it does, its parameters, an example.
std::string method_help(const rpc::Method& method);

/// `duotty events`.
struct EventOptions {
  std::optional<long long> since;
  int limit = 100;
  bool follow = false;
};
Task<int> events_command(Context& context, Remote& remote, EventOptions options);
/// One event as a line: time, action, and what else it says.
std::string event_line(const Json& event);

}  // namespace duotty::cli
