#pragma once
// The parts of the scripted provider that know HTTP and TLS.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "scripted_provider.hpp"

namespace duotty::tests {

/// A listening socket on 127.0.0.1; `port` 0 becomes the one taken.
int listen_on_loopback(std::uint16_t& port);
/// A TLS server context of that identity.
std::shared_ptr<SSL_CTX> make_server_tls(const TestCertificate& certificate);
/// The request in `bytes`, or nothing while it is incomplete.
std::optional<ReceivedRequest> parse_request(std::string_view bytes);
std::string encode_answer_head(const ScriptedAnswer& answer);
std::string encode_piece(Framing framing, std::string_view piece);

}  // namespace duotty::tests
