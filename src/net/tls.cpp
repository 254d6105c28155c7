#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <duotty/core/event.hpp>
#include <duotty/net/any_stream.hpp>
#include <duotty/net/tls.hpp>
#include <fstream>
#include <optional>

namespace duotty::net {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using boost::system::error_code;
constexpr unsigned char kHandshakeRecord = 22;  ///< RFC 8446 5.1

using SslStream = asio::ssl::stream<AnyStream::socket_type>;

/// A reference of its own to a context, in the form that Asio's stream asks for.
asio::ssl::context shared(SSL_CTX* context) {
  SSL_CTX_up_ref(context);  // asio's context frees it
  return asio::ssl::context(context);
}

/// The layer between the socket and the user once hands are shaken.
class TlsLayer final : public StreamLayer {
 public:
  TlsLayer(AnyStream& stream, const TlsContext& context)
      : context_(shared(context.native())), stream_(std::move(stream.socket()), context_) {}

  SslStream& stream() noexcept { return stream_; }
  Socket& socket() noexcept override { return stream_.next_layer(); }

  void read_some(asio::mutable_buffer buffer, Handler handler) override {
    const auto executor = asio::get_associated_executor(handler, stream_.get_executor());
    const auto slot = asio::get_associated_cancellation_slot(handler);
    stream_.async_read_some(
        buffer, asio::bind_cancellation_slot(
                    slot, asio::bind_executor(executor, [h = std::move(handler)](error_code ec, std::size_t n) mutable {
                      // Messages carry their lengths, so a missing close_notify hides nothing: it is the end.
                      if (ec == asio::ssl::error::stream_truncated) ec = asio::error::eof;
                      std::move(h)(ec, n);
                    })));
  }

  void write_some(const Gathered& buffers, Handler handler) override {
    stream_.async_write_some(buffers, std::move(handler));
  }

 private:
  asio::ssl::context context_;
  SslStream stream_;
};

Error because(Errc code, const std::string& what, const std::string& field) {
  const unsigned long reason = ERR_get_error();
  const char* text = reason != 0 ? ERR_reason_error_string(reason) : nullptr;
  ERR_clear_error();
  return {code, text != nullptr ? what + ": " + text + "." : what + ".", field};
}

/// A key with a passphrase is refused instead of asking on a terminal.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

Result<std::shared_ptr<SSL_CTX>> make_context(const SSL_METHOD* method) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(method), &SSL_CTX_free);
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1) {
    ERR_clear_error();
    return Error(Errc::internal, "TLS could not be prepared on this machine.");
  }
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  return context;
}

/// A statically linked OpenSSL may look where this distribution keeps nothing.
void trust_system(SSL_CTX* context) {
  SSL_CTX_set_default_verify_paths(context);
  const std::string folder = X509_get_default_cert_dir() + std::string("/.");
  if (std::ifstream(X509_get_default_cert_file()) || std::ifstream(folder)) return;
  for (const char* bundle : {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                             "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"}) {
    if (SSL_CTX_load_verify_locations(context, bundle, nullptr) == 1) return;
  }
}

int trust_pem(SSL_CTX* context, const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                          &BIO_free_all);
  int added = 0;
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    added += X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate);
    X509_free(certificate);
  }
  return added;
}

core::Task<error_code> handshake(SslStream& stream, asio::ssl::stream_base::handshake_type side) {
  auto [failed] = co_await stream.async_handshake(side, core::as_result);
  co_return failed;
}

/// Nothing when the time is over first.
core::Task<std::optional<error_code>> handshake_within(SslStream& stream, asio::ssl::stream_base::handshake_type side,
                                                       std::chrono::milliseconds limit) {
  using asio::experimental::awaitable_operators::operator||;
  auto race = handshake(stream, side) || core::sleep_for(limit);
  auto outcome = co_await std::move(race);
  if (outcome.index() == 1) co_return std::nullopt;
  co_return std::get<0>(outcome);
}

}  // namespace

Result<TlsContext> TlsContext::server(const std::string& chain_file, const std::string& key_file) {
  auto context = make_context(TLS_server_method());
  if (!context) return context.error();
  SSL_CTX* const raw = context->get();
  ERR_clear_error();
  SSL_CTX_set_default_passwd_cb(raw, &no_passphrase);
  if (SSL_CTX_use_certificate_chain_file(raw, chain_file.c_str()) != 1) {
    return because(Errc::invalid_params, "The certificate in " + chain_file + " cannot be used", "tls_cert");
  }
  if (SSL_CTX_use_PrivateKey_file(raw, key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return because(Errc::invalid_params, "The private key in " + key_file + " cannot be used", "tls_key");
  }
  if (SSL_CTX_check_private_key(raw) != 1) {
    return because(Errc::invalid_params, key_file + " is not the key of " + chain_file, "tls_key");
  }
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  return TlsContext(std::move(*context));
}

Result<TlsContext> TlsContext::client(const std::string& extra_ca_pem) {
  auto context = make_context(TLS_client_method());
  if (!context) return context.error();
  SSL_CTX_set_verify(context->get(), SSL_VERIFY_PEER, nullptr);
  trust_system(context->get());
  const bool usable = extra_ca_pem.empty() || trust_pem(context->get(), extra_ca_pem) > 0;
  ERR_clear_error();
  if (!usable) return Error(Errc::invalid_params, "The extra CA file holds no PEM certificate.");
  return TlsContext(std::move(*context));
}

bool expect_host(SSL* ssl, const std::string& host) {
  error_code not_numeric;
  asio::ip::make_address(host, not_numeric);
  if (!not_numeric) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  // What SSL_set_tlsext_host_name() expands to, without its C cast.
  return SSL_set1_host(ssl, host.c_str()) == 1 &&
         SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(host.c_str())) == 1;
}

core::Task<bool> speaks_tls(AnyStream& stream, std::chrono::milliseconds limit) {
  using asio::experimental::awaitable_operators::operator||;
  auto race = stream.socket().async_wait(AnyStream::socket_type::wait_read, core::as_result) || core::sleep_for(limit);
  const auto outcome = co_await std::move(race);
  unsigned char first = kHandshakeRecord;
  if (outcome.index() == 0) {
    const ssize_t count = ::recv(stream.socket().native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT);
    if (count != 1) co_return true;
  }
  co_return first == kHandshakeRecord;
}

core::Task<Result<>> accept_tls(AnyStream& stream, TlsContext context, std::chrono::milliseconds limit) {
  auto layer = std::make_unique<TlsLayer>(stream, context);
  const auto failed = co_await handshake_within(layer->stream(), asio::ssl::stream_base::server, limit);
  if (!failed) co_return Error(Errc::timeout, "The client did not finish the TLS handshake in time.");
  if (*failed == asio::error::eof || *failed == asio::ssl::error::stream_truncated) {
    co_return Error(Errc::closed, "The client left during the TLS handshake.");
  }
  if (*failed) co_return Error(Errc::protocol, "The TLS handshake failed: " + failed->message() + ".");
  stream.set_layer(std::move(layer));
  co_return Result<>();
}

core::Task<Result<>> connect_tls(AnyStream& stream, TlsContext context, std::string host,
                                 std::chrono::milliseconds limit) {
  auto layer = std::make_unique<TlsLayer>(stream, context);
  SSL* const ssl = layer->stream().native_handle();
  if (!expect_host(ssl, host)) co_return Error(Errc::internal, "TLS could not be prepared for " + host + ".");
  const auto failed = co_await handshake_within(layer->stream(), asio::ssl::stream_base::client, limit);
  if (!failed) co_return Error(Errc::timeout, host + " did not finish the TLS handshake in time.");
  if (*failed) {
    const long verdict = SSL_get_verify_result(ssl);
    if (verdict != X509_V_OK) {
      co_return Error(Errc::unreachable, "The certificate of " + host +
                                             " was not accepted: " + X509_verify_cert_error_string(verdict) + ".");
    }
    co_return Error(Errc::unreachable, "Could not start TLS with " + host + ": " + failed->message() + ".");
  }
  stream.set_layer(std::move(layer));
  co_return Result<>();
}

}  // namespace duotty::net
