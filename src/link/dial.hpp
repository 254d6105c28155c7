#pragma once
// Connections that this machine makes.
#include <boost/asio/ip/tcp.hpp>
#include <duotty/base/unique_fd.hpp>
#include <duotty/core/task.hpp>
#include <duotty/link/protocol.hpp>
#include <optional>
#include <vector>

namespace duotty::link {

/// A TCP stream to the plan's host by its name; each step has the plan's patience. Errors as Failed with the steps
/// resolve and connect.
core::Task<std::optional<Failed>> dial(const Connect& plan, base::UniqueFd& stream);
/// The same to the first of several addresses that answers, by turns.
core::Task<std::optional<Failed>> dial_any(std::vector<boost::asio::ip::tcp::endpoint> addresses, const Connect& plan,
                                           base::UniqueFd& stream);

}  // namespace duotty::link
