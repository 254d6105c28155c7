#pragma once
// The only part of the client that sees sockets, TLS and Beast's parser: one connection, one exchange.
#include <chrono>
#include <duotty/base/error.hpp>
#include <duotty/core/task.hpp>
#include <duotty/http/client.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client_url.hpp"

using SSL_CTX = struct ssl_ctx_st;

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

/// A TLS client context: system trust store and `extra_ca_pem`, TLS 1.2 or newer, peers verified.
struct TlsContextDeleter {
  void operator()(SSL_CTX* context) const noexcept;
};
using TlsContext = std::unique_ptr<SSL_CTX, TlsContextDeleter>;
base::Result<TlsContext> make_tls_context(const std::string& extra_ca_pem);

/// Connects, sends head and `body`, and reads the head of the answer. `tls` is used for https only.
core::Task<base::Result<WireAnswer>> exchange(WirePlan plan, std::string body, SSL_CTX* tls);

}  // namespace duotty::http::detail
