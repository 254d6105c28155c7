#pragma once
// The commands about who may come in and what was done: `duotty token`, `duotty audit`.
#include <duotty/base/error.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "context.hpp"

namespace duotty::cli {

struct TokenOptions {
  std::string action = "ls";  ///< "ls", "create", "revoke", "requests", "allow", "deny"
  std::string name;           ///< of a token, or the code of a request
  std::vector<std::string> scopes;
  std::string owner;
  std::string expires;  ///< "30d", "12h", "90m", seconds, "never"; empty: what the method does by itself
};

struct AuditOptions {
  std::string who;
  std::string method;
  std::string terminal;
  std::string since;  ///< "2h": so long ago
  bool failed = false;
  bool all = false;  ///< the export, as JSON lines
  std::optional<int> limit;
};

/// "90m" as seconds: a number with s, m, h, d or w behind it. Error invalid_params.
base::Result<double> parse_span(std::string_view text);
/// Scopes that were given as one word with commas or as several words.
std::vector<std::string> split_scopes(const std::vector<std::string>& given);

Task<int> token_command(Context& context, Remote& remote, TokenOptions options);
Task<int> audit_command(Context& context, Remote& remote, AuditOptions options);

}  // namespace duotty::cli
