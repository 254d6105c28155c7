#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>
#include <duotty/base/random.hpp>
#include <duotty/base/text.hpp>
#include <duotty/ssh/known_hosts.hpp>
#include <duotty/ssh/names.hpp>

#include "pattern.hpp"

namespace duotty::ssh {
namespace {

using base::Errc;
using base::Error;

constexpr std::size_t kHashBytes = SHA_DIGEST_LENGTH;
constexpr std::size_t kLongestType = 64;
constexpr std::size_t kLongestKey = 65536;
constexpr std::size_t kEffort = 50'000'000;
/// What hashing one name costs, in steps of matching patterns.
constexpr std::size_t kHashEffort = 20;

std::string hmac_sha1(std::string_view key, std::string_view text) {
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned length = 0;
  ::HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
         text.size(), reinterpret_cast<unsigned char*>(out.data()), &length);
  out.resize(length);
  return out;
}

/// The next word of a line; `text` is then behind it.
std::string_view take_word(std::string_view& text) {
  const auto begin = std::min(text.find_first_not_of(" \t"), text.size());
  const auto end = std::min(text.find_first_of(" \t\r", begin), text.size());
  const std::string_view word = text.substr(begin, end - begin);
  text.remove_prefix(end);
  return word;
}

bool is_type(std::string_view text) {
  return !text.empty() && text.size() <= kLongestType && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '@';
  });
}

/// The name that a key's bytes begin with (RFC 4251 section 5, string).
std::string_view type_inside(std::string_view blob) {
  if (blob.size() < 4) return {};
  std::size_t length = 0;
  for (std::size_t i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(blob[i]);
  return length <= blob.size() - 4 ? blob.substr(4, length) : std::string_view();
}

/// |1|salt|hash
bool read_hashed(std::string_view names, std::string& salt, std::string& hash) {
  names.remove_prefix(3);
  const auto bar = names.find('|');
  if (bar == std::string_view::npos) return false;
  const auto first = base::base64_decode(names.substr(0, bar));
  const auto second = base::base64_decode(names.substr(bar + 1));
  if (!first || !second || first->size() != kHashBytes || second->size() != kHashBytes) return false;
  salt = *first;
  hash = *second;
  return true;
}

}  // namespace

std::string fingerprint(const HostKey& key) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  ::SHA256(reinterpret_cast<const unsigned char*>(key.blob.data()), key.blob.size(),
           reinterpret_cast<unsigned char*>(digest.data()));
  std::string text = base::base64_encode(digest);
  while (text.ends_with('=')) text.pop_back();
  return "SHA256:" + text;
}

base::Result<HostKey> parse_host_key(std::string_view type, std::string_view base64) {
  if (!is_type(type)) return Error(Errc::invalid_params, "The key's type is missing or too long.");
  if (base64.size() > kLongestKey) return Error(Errc::invalid_params, "The key is too long.");
  auto blob = base::base64_decode(base64);
  if (!blob || type_inside(*blob) != type) {
    return Error(Errc::invalid_params, "The key is not one of type " + std::string(type) + " in base64.");
  }
  return HostKey{std::string(type), std::move(*blob)};
}

struct KnownHosts::Asking {
  std::string exact;     ///< as the file names the host
  std::string portless;  ///< the same without its port; empty when they are the same
  Effort effort{kEffort};

  static base::Result<Asking> about(std::string_view host, std::uint16_t port) {
    if (auto good = check_host(host); !good) return good.error();
    if (port == 0) return Error(Errc::invalid_params, "The port is missing.", "port");
    Asking asking;
    asking.exact = known_host_name(host, port);
    if (port != kDefaultPort) asking.portless = base::to_lower(host);
    return asking;
  }
};

base::Result<KnownHosts> KnownHosts::parse(std::string_view text) {
  if (text.size() > kMostKnownHosts) {
    return Error(Errc::too_large,
                 "The list of known hosts is longer than " + std::to_string(kMostKnownHosts) + " bytes.");
  }
  KnownHosts hosts;
  for (std::size_t number = 1; !text.empty(); ++number) {
    if (number > kMostKnownHostLines) {
      return Error(Errc::too_large,
                   "The list of known hosts has more than " + std::to_string(kMostKnownHostLines) + " lines.");
    }
    const auto end = std::min(text.find('\n'), text.size());
    Line line;
    line.number = number;
    if (read_line(text.substr(0, end), line)) hosts.lines_.push_back(std::move(line));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return hosts;
}

bool KnownHosts::read_line(std::string_view text, Line& line) {
  std::string_view word = take_word(text);
  if (word.empty() || word.front() == '#') return false;
  if (word.front() == '@') {
    if (word == "@revoked") {
      line.mark = Mark::revoked;
    } else if (word == "@cert-authority") {
      line.mark = Mark::authority;
    } else {
      return false;
    }
    word = take_word(text);
  }
  const std::string_view type = take_word(text);
  auto key = parse_host_key(type, take_word(text));
  if (word.empty() || !key) return false;
  line.key = std::move(*key);
  if (word.starts_with("|1|")) return read_hashed(word, line.salt, line.hash);
  // Another way to hash, which nobody has defined yet.
  if (word.front() == '|') return false;
  line.names = base::to_lower(word);
  return true;
}

bool KnownHosts::names_host(const Line& line, const std::string& name, Asking& asking) {
  if (line.hash.empty()) return match_list(name, line.names, asking.effort) == ListMatch::yes;
  for (std::size_t i = 0; i < kHashEffort; ++i) {
    if (!asking.effort.take()) return false;
  }
  return base::constant_time_equal(hmac_sha1(line.salt, name), line.hash);
}

base::Result<HostKeyAnswer> KnownHosts::check(std::string_view host, std::uint16_t port, const HostKey& key) const {
  auto asking = Asking::about(host, port);
  if (!asking) return asking.error();
  HostKeyAnswer answer;
  answer.fingerprint = fingerprint(key);
  bool same = false;
  bool other = false;
  bool revoked = false;
  for (const Line& line : lines_) {
    const bool named = names_host(line, asking->exact, *asking);
    if (line.mark == Mark::revoked) {
      // A revoked key is refused under any of the host's names.
      const bool also = named || (!asking->portless.empty() && names_host(line, asking->portless, *asking));
      revoked = revoked || (also && line.key == key);
    } else if (line.mark == Mark::none && named) {
      answer.stored.push_back({line.key, line.number});
      same = same || line.key == key;
      other = other || (line.key.type == key.type && line.key != key);
    } else if (line.mark == Mark::none && !asking->portless.empty() && line.key == key) {
      same = same || names_host(line, asking->portless, *asking);
    }
  }
  if (asking->effort.spent) {
    return Error(Errc::too_large, "The list of known hosts takes too long to search. Shorten it.");
  }
  answer.state = revoked ? HostKeyState::revoked
                 : same  ? HostKeyState::known
                 : other ? HostKeyState::changed
                         : HostKeyState::unknown;
  return answer;
}

base::Result<std::vector<StoredHostKey>> KnownHosts::authorities(std::string_view host, std::uint16_t port) const {
  auto asking = Asking::about(host, port);
  if (!asking) return asking.error();
  std::vector<StoredHostKey> found;
  for (const Line& line : lines_) {
    if (line.mark == Mark::authority && names_host(line, asking->exact, *asking)) {
      found.push_back({line.key, line.number});
    }
  }
  if (asking->effort.spent) {
    return Error(Errc::too_large, "The list of known hosts takes too long to search. Shorten it.");
  }
  return found;
}

std::string known_host_name(std::string_view host, std::uint16_t port) {
  const std::string name = base::to_lower(host);
  return port == kDefaultPort ? name : "[" + name + "]:" + std::to_string(port);
}

base::Result<std::string> known_host_line(std::string_view host, std::uint16_t port, const HostKey& key, bool hashed) {
  if (auto good = check_host(host); !good) return good.error();
  if (port == 0) return Error(Errc::invalid_params, "The port is missing.", "port");
  if (!is_type(key.type) || type_inside(key.blob) != key.type) {
    return Error(Errc::invalid_params, "The key is not one of the type that it is said to be.");
  }
  std::string name = known_host_name(host, port);
  if (hashed) {
    const std::string salt = base::random_bytes(kHashBytes);
    name = "|1|" + base::base64_encode(salt) + "|" + base::base64_encode(hmac_sha1(salt, name));
  }
  return name + " " + key.type + " " + base::base64_encode(key.blob);
}

}  // namespace duotty::ssh
