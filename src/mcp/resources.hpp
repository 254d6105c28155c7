#pragma once
// Terminals as resources: duotty://terminals, and below it screen, scrollback, commands and the output of each command.
#include <duotty/rpc/dispatcher.hpp>

#include "protocol.hpp"

namespace duotty::mcp {

inline constexpr std::string_view kTerminalsUri = "duotty://terminals";

/// A resource's address, taken apart.
struct ResourceName {
  enum class Kind { terminals, screen, scrollback, commands, output, guide };
  Kind kind = Kind::terminals;
  std::string terminal;  ///< id or name; of a guide its name
  std::int64_t seq = 0;  ///< output: number of the command
};

/// Nothing when it is no address of ours.
std::optional<ResourceName> parse_resource(std::string_view uri);
/// The address of a part of a terminal: "duotty://terminals/k3x9w2m8q1zz/screen".
std::string resource_uri(const std::string& terminal, std::string_view part);

/// `resources/list`: the list of terminals, each terminal's screen, the guides.
Task<Outcome> list_resources(const rpc::Dispatcher& dispatcher, rpc::Call call);
/// `resources/templates/list`.
Json resource_templates();
/// `resources/read`. Fails with resource_not_found, or invalid_params in stateless revisions.
Task<Outcome> read_resource(const rpc::Dispatcher& dispatcher, rpc::Call call, std::string uri, bool stateless);
/// Whether there is something to watch under an address; of a command's output, whether there is its terminal. Errors:
/// not_found, and what looking at the terminal fails with.
Task<base::Result<>> find_resource(const rpc::Dispatcher& dispatcher, rpc::Call call, std::string uri);
/// Ids and names of terminals that begin with `prefix`, for completions.
Task<std::vector<std::string>> terminal_words(const rpc::Dispatcher& dispatcher, rpc::Call call, std::string prefix);

}  // namespace duotty::mcp
