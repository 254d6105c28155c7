#pragma once
// Contents of files as bodies of HTTP messages (/api/files/content), each on a connection of its own: one goes at the
// pace of the line, however long an answer takes to come back.
#include <cstdint>
#include <duotty/base/error.hpp>
#include <duotty/core/task.hpp>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "endpoint.hpp"

namespace duotty::cli {

using Json = nlohmann::json;
using core::Task;

/// Is given the next bytes of a file.
using TakePiece = std::function<base::Result<>(std::string_view)>;
/// Gives the next bytes of a file; none at its end.
using GivePiece = std::function<base::Result<std::string>()>;

/// Reads the file that `query` names from `offset` on, as long as it has that etag; else conflict. Errors: those of the
/// server and of `take`, closed when the connection ends early, timeout.
Task<base::Result<>> get_content(Endpoint endpoint, Json query, std::uint64_t offset, std::string etag, TakePiece take);
/// Sends `size` bytes to the file that `query` names, as PUT has it; the server's answer. Errors as above; io when
/// there are not so many.
Task<base::Result<Json>> put_content(Endpoint endpoint, Json query, std::uint64_t size, GivePiece give);

}  // namespace duotty::cli
