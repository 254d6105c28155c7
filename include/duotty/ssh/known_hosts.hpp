#pragma once
// The keys of hosts that somebody has accepted: OpenSSH's known_hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). Asked
// before any secret goes to a host.
#include <cstdint>
#include <duotty/base/error.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::ssh {

/// A public key: its type ("ssh-ed25519") and its bytes on the wire (RFC 4253 section 6.6), which begin with the type.
struct HostKey {
  std::string type;
  std::string blob;
  bool operator==(const HostKey&) const = default;
};
/// "SHA256:" and base64 without padding, as ssh-keygen -l.
std::string fingerprint(const HostKey& key);
/// A key as files have it: type and base64. Errors: invalid_params.
base::Result<HostKey> parse_host_key(std::string_view type, std::string_view base64);

enum class HostKeyState {
  known,    ///< this very key is accepted for the host
  unknown,  ///< no key of this type is
  changed,  ///< another key of this type is accepted: somebody may be in between
  revoked,  ///< this key must never be accepted
};

/// A key that the file has for a host.
struct StoredHostKey {
  HostKey key;
  std::size_t line = 0;  ///< counted from 1
};

struct HostKeyAnswer {
  HostKeyState state = HostKeyState::unknown;
  std::string fingerprint;            ///< of the key that was asked about
  std::vector<StoredHostKey> stored;  ///< what is accepted for the host, of any type
};

/// Limits on what is read.
inline constexpr std::size_t kMostKnownHosts = std::size_t{16} << 20;  ///< bytes of a file
inline constexpr std::size_t kMostKnownHostLines = 100'000;

/// What a file says. Lines that make no sense are passed over.
class KnownHosts {
 public:
  /// Errors: too_large.
  static base::Result<KnownHosts> parse(std::string_view text);

  /// `host` as the person named it, `port` as it is connected to. A key that stands for the host without a port is
  /// known at other ports too, as OpenSSH has it. Errors: invalid_params, too_large when matching takes too long.
  base::Result<HostKeyAnswer> check(std::string_view host, std::uint16_t port, const HostKey& key) const;
  /// The keys that may sign certificates of that host. Errors as check().
  base::Result<std::vector<StoredHostKey>> authorities(std::string_view host, std::uint16_t port) const;
  std::size_t size() const noexcept { return lines_.size(); }

 private:
  enum class Mark { none, authority, revoked };
  struct Line {
    Mark mark = Mark::none;
    std::string names;  ///< patterns, or |1|salt|hash
    std::string salt;
    std::string hash;  ///< empty: the names are in the clear
    HostKey key;
    std::size_t number = 0;
  };
  struct Asking;
  static bool read_line(std::string_view text, Line& line);
  static bool names_host(const Line& line, const std::string& name, Asking& asking);

  std::vector<Line> lines_;
};

/// How a host is named in the file: "host", or "[host]:port" when the port is not 22; in small letters.
std::string known_host_name(std::string_view host, std::uint16_t port);
/// A line that accepts `key` for that host, without its end. `hashed`: the name cannot be read out of it. Errors:
/// invalid_params.
base::Result<std::string> known_host_line(std::string_view host, std::uint16_t port, const HostKey& key, bool hashed);
/// Adds a line to a file, which is made (0600) when it is not there; its other lines stay as they are. Blocks. Errors:
/// io, too_large, invalid_params.
base::Result<> add_known_host(const std::string& path, std::string_view host, std::uint16_t port, const HostKey& key,
                              bool hashed);

}  // namespace duotty::ssh
