#pragma once
// The gate for commands that other modules run on behalf of a caller.
#include <duotty/base/error.hpp>
#include <string>

namespace duotty::rpc {
struct Call;
}

namespace duotty::api {

struct Services;

/// Whether `call` may run `command` with what it reads on standard input: a destructive one passes only with `force`
/// from a caller with that scope. Either way is recorded. Errors: denied about "command".
base::Result<> admit_command(Services& services, const rpc::Call& call, const char* method, const std::string& command,
                             const std::string& input, bool force);

}  // namespace duotty::api
