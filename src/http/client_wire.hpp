#pragma once
// The only part of the client that sees sockets, TLS and Beast's parser: one connection, one exchange.
#include <chrono>
#include <duotty/base/error.hpp>
#include <duotty/core/task.hpp>
#include <duotty/http/client.hpp>
#include <duotty/net/tls.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client_url.hpp"

namespace duotty::http::detail {

/// An open connection with an answer on its way.
class ClientExchange {
 public:
  virtual ~ClientExchange() = default;
  /// As ClientResponse::next_chunk().
  virtual core::Task<base::Result<std::optional<std::string>>> next_chunk() = 0;
};

/// What client.cpp decided about one connection.
struct WirePlan {
  ClientUrl url;
  std::optional<ProxyEndpoint> proxy;
  std::string head;          ///< encoded request head
  std::string connect_head;  ///< head of the CONNECT request; empty: none
  ClientTimeouts timeouts;
  bool head_only = false;  ///< the method is HEAD: no body follows whatever the headers say
};

struct WireAnswer {
  int status = 0;
  std::vector<ClientHeader> headers;
  std::unique_ptr<ClientExchange> exchange;
};

/// Connects, sends head and `body`, and reads the head of the answer. `tls` is set for https.
core::Task<base::Result<WireAnswer>> exchange(WirePlan plan, std::string body, std::optional<net::TlsContext> tls);

}  // namespace duotty::http::detail
