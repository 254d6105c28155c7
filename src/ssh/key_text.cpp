#include <algorithm>
#include <array>
#include <duotty/base/text.hpp>
#include <duotty/ssh/key_text.hpp>
#include <optional>

namespace duotty::ssh {
namespace {

constexpr std::string_view kBegin = "-----BEGIN OPENSSH PRIVATE KEY-----";
constexpr std::string_view kEnd = "-----END OPENSSH PRIVATE KEY-----";
constexpr std::string_view kMagic("openssh-key-v1\0", 15);
/// How keys in OpenSSH's form may be encrypted. libssh crashes on those that authenticate (AES-GCM, ChaCha20-Poly1305).
constexpr std::array<std::string_view, 8> kCiphers = {"none",       "aes128-cbc", "aes192-cbc", "aes256-cbc",
                                                      "aes128-ctr", "aes192-ctr", "aes256-ctr", "3des-cbc"};

/// The string that `bytes` begin with (RFC 4251 section 5); `bytes` are then behind it.
std::optional<std::string_view> take_string(std::string_view& bytes) {
  if (bytes.size() < 4) return std::nullopt;
  std::size_t size = 0;
  for (std::size_t i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>(bytes[i]);
  if (size > bytes.size() - 4) return std::nullopt;
  const std::string_view text = bytes.substr(4, size);
  bytes.remove_prefix(4 + size);
  return text;
}

/// The bytes of a key in OpenSSH's form; empty when it has another.
std::string container_of(std::string_view key) {
  const auto begin = key.find(kBegin);
  const auto end = key.find(kEnd);
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin + kBegin.size()) return {};
  std::string text(key.substr(begin + kBegin.size(), end - begin - kBegin.size()));
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; });
  auto bytes = base::base64_decode(text);
  return bytes && bytes->starts_with(kMagic) ? std::move(*bytes) : std::string();
}

std::string trouble_inside(std::string_view bytes) {
  bytes.remove_prefix(kMagic.size());
  const auto cipher = take_string(bytes);
  if (!cipher) return {};
  if (std::find(kCiphers.begin(), kCiphers.end(), *cipher) == kCiphers.end()) {
    return "The private key is encrypted with " + std::string(cipher->substr(0, 64)) +
           ", which is not read here. Encrypt it another way: ssh-keygen -p -Z aes256-ctr -f KEY.";
  }
  const auto derivation = take_string(bytes);
  const auto options = take_string(bytes);
  if (!derivation || !options || bytes.size() < 4) return {};
  bytes.remove_prefix(4);  // how many keys
  auto shown = take_string(bytes);
  const auto type = shown ? take_string(*shown) : std::nullopt;
  if (!type || !type->starts_with("sk-")) return {};
  return "The private key is on a security key. Give it to the agent (ssh-add), and sign in by that (auth_type agent).";
}

bool is_certificate(std::string_view line) {
  return (line.starts_with("ssh-") || line.starts_with("ecdsa-")) &&
         line.substr(0, line.find(' ')).ends_with("-cert-v01@openssh.com");
}

}  // namespace

KeyText split_key_text(std::string_view text) {
  KeyText parts;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
    const std::string_view line = text.substr(0, end);
    if (is_certificate(line)) {
      const auto words = base::split(base::trim(line), ' ');
      parts.certificate_type = words[0];
      parts.certificate = words.size() > 1 ? words[1] : "";
    } else {
      parts.key += line;
    }
    text.remove_prefix(end);
  }
  return parts;
}

bool certifies(std::string_view certificate, std::string_view public_key) {
  const auto outer = base::base64_decode(certificate);
  const auto inner = base::base64_decode(public_key);
  if (!outer || !inner) return false;
  std::string_view rest = *outer;
  std::string_view key = *inner;
  // Behind its type and a nonce a certificate has what a key has behind its type.
  const auto type = take_string(rest);
  const auto nonce = take_string(rest);
  const auto key_type = take_string(key);
  return type && nonce && key_type && !key.empty() && type->starts_with(*key_type) && rest.starts_with(key);
}

std::string key_trouble(std::string_view key) {
  const std::string_view text = base::trim(key);
  if (text.starts_with("PuTTY-User-Key-File")) {
    return "The private key is in PuTTY's format. Write it in OpenSSH's: puttygen KEY.ppk -O private-openssh -o KEY.";
  }
  const bool is_private = text.find("PRIVATE KEY") != std::string_view::npos;
  if (!is_private && (text.starts_with("ssh-") || text.starts_with("ecdsa-") || text.starts_with("sk-") ||
                      text.starts_with("---- BEGIN SSH2 PUBLIC") || text.starts_with("-----BEGIN PUBLIC"))) {
    return "That is a public key. The private one is wanted, which is in the file without .pub.";
  }
  const std::string bytes = container_of(text);
  return bytes.empty() ? std::string() : trouble_inside(bytes);
}

}  // namespace duotty::ssh
