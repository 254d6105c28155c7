#pragma once
// TLS 1.2 and 1.3 (RFC 5246, RFC 8446) as a layer of AnyStream, for both ends. It says nothing of who the peer is
// beyond the name in a server's certificate: sign-in is the business of http/auth.
#include <chrono>
#include <duotty/base/error.hpp>
#include <duotty/core/task.hpp>
#include <memory>
#include <string>
#include <vector>

struct ssl_ctx_st;  // OpenSSL's SSL_CTX
struct ssl_st;      // OpenSSL's SSL

namespace duotty::net {

class AnyStream;

/// The certificates and rules of one end. Copies share them; they never change. A server that is to show a new
/// certificate makes a new one.
class TlsContext {
 public:
  /// For a server: `chain_file` holds its certificate and those between it and the authority, `key_file` the private
  /// key, both PEM. A key that needs a passphrase is refused. Errors: invalid_params, with field `tls_cert` or
  /// `tls_key`.
  static base::Result<TlsContext> server(const std::string& chain_file, const std::string& key_file);
  /// For a client: peers are verified against the system's authorities and those of `extra_ca_pem` (PEM text, may be
  /// empty). Errors: invalid_params (no certificate in it), internal.
  static base::Result<TlsContext> client(const std::string& extra_ca_pem);

  ssl_ctx_st* native() const noexcept { return context_.get(); }

 private:
  explicit TlsContext(std::shared_ptr<ssl_ctx_st> context) : context_(std::move(context)) {}
  std::shared_ptr<ssl_ctx_st> context_;
};

/// What a certificate says of itself.
struct CertificateFacts {
  std::string fingerprint;  ///< SHA-256 of the certificate, "AB:CD:…"
  std::chrono::system_clock::time_point expires;
};
/// Reads the first certificate of a PEM file. Error invalid_params with field `tls_cert`.
base::Result<CertificateFacts> read_certificate(const std::string& chain_file);

/// Writes a new P-256 key (mode 0600) and a certificate signed with it for `names` (host names and addresses), valid
/// for 825 days, the most that browsers take. Both files are replaced whole. Error io.
base::Result<> make_self_signed(const std::string& chain_file, const std::string& key_file,
                                const std::vector<std::string>& names);

/// The name that a server's certificate must be for, a host name (also sent as SNI) or an address (RFC 6066 3). Called
/// on a connection of a client context before the handshake. False: not a usable name.
bool expect_host(ssl_st* connection, const std::string& host);

/// Waits for the first byte, without taking it, and says whether it begins a TLS handshake (RFC 8446 5.1). True also
/// when nothing comes in time or the client has gone: the handshake will say so.
core::Task<bool> speaks_tls(AnyStream& stream, std::chrono::milliseconds limit);

/// Takes the handshake of a client that has just connected; from then on `stream` carries what is inside. After an
/// error the connection is closed. Errors: protocol (no TLS, or no version or cipher in common), timeout, closed.
core::Task<base::Result<>> accept_tls(AnyStream& stream, TlsContext context, std::chrono::milliseconds limit);
/// Shakes hands with a server and verifies that its certificate is for `host` (a name or an address). After an error
/// the connection is closed. Errors: unreachable (with the reason, also when the certificate is not accepted), timeout.
core::Task<base::Result<>> connect_tls(AnyStream& stream, TlsContext context, std::string host,
                                       std::chrono::milliseconds limit);

}  // namespace duotty::net
