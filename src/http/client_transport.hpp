#pragma once
// Bytes to and from one server: TCP, through a proxy or not, with TLS or without, each step under a deadline.
#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstddef>
#include <duotty/base/error.hpp>
#include <duotty/core/task.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "client_wire.hpp"

namespace duotty::http::detail {

using time_point = std::chrono::steady_clock::time_point;

/// A connected byte stream. Destroying it closes the socket at once.
class Transport {
 public:
  virtual ~Transport() = default;
  /// Reads at least one byte, or says why not; beast::error::timeout past the deadline.
  virtual core::Task<std::pair<boost::system::error_code, std::size_t>> read_some(boost::asio::mutable_buffer buffer,
                                                                                  time_point deadline) = 0;
  /// Writes everything; `bytes` must outlive the call.
  virtual core::Task<boost::system::error_code> write(std::string_view bytes, time_point deadline) = 0;
};

/// The failure of a step against `url`, as a sentence. `silent_for` names the time-out that passed.
base::Error wire_error(const ClientUrl& url, const boost::system::error_code& ec, std::string_view step,
                       std::chrono::milliseconds silent_for);

/// Looks the name up, connects (each address gets its share of the time), passes the proxy, and starts TLS for https.
core::Task<base::Result<std::unique_ptr<Transport>>> open_transport(const WirePlan& plan,
                                                                    std::optional<net::TlsContext> tls);

}  // namespace duotty::http::detail
