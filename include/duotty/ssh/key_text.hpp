#pragma once
// The text of a private key, with the certificate that may stand behind it, looked at before anything reads the key.
#include <string>
#include <string_view>

namespace duotty::ssh {

/// A private key's text in its two parts.
struct KeyText {
  std::string key;
  std::string certificate_type;  ///< as in `ssh-ed25519-cert-v01@openssh.com`; empty: there is no certificate
  std::string certificate;       ///< base64
};

/// The parts of a text. A certificate is a line of its own, as `ssh-keygen -s` writes it.
KeyText split_key_text(std::string_view text);

/// Whether a certificate (base64) is that of a public key (base64).
bool certifies(std::string_view certificate, std::string_view public_key);

/// Why a key cannot be used, as a sentence that says what to do instead; empty when it can be tried.
std::string key_trouble(std::string_view key);

}  // namespace duotty::ssh
