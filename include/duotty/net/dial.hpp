#pragma once
// Outgoing connections as AnyStream.
#include <chrono>
#include <cstdint>
#include <duotty/base/error.hpp>
#include <duotty/core/task.hpp>
#include <memory>
#include <string>

namespace duotty::net {

class AnyStream;

/// Connects to a Unix socket. Errors: unreachable, invalid_params (path too long).
core::Task<base::Result<std::unique_ptr<AnyStream>>> dial_unix(std::string path);
/// Resolves `host` and tries its addresses in turn, within `timeout`. Errors: unreachable, timeout.
core::Task<base::Result<std::unique_ptr<AnyStream>>> dial_tcp(std::string host, std::uint16_t port,
                                                              std::chrono::milliseconds timeout);

}  // namespace duotty::net
