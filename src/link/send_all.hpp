#pragma once
// Everything into a local stream, at the pace of its reader.
#include <boost/asio/posix/stream_descriptor.hpp>
#include <duotty/core/task.hpp>
#include <string_view>

namespace duotty::link {

/// False when the reader has gone; shutting the socket down ends it so. `bytes` and `socket` outlive it.
core::Task<bool> send_all(core::asio::posix::stream_descriptor& socket, std::string_view bytes);

}  // namespace duotty::link
