#pragma once
// The packets of SFTP version 3 (draft-ietf-secsh-filexfer-02) and of the extensions that OpenSSH adds to it (its file
// PROTOCOL, section 4). Values to bytes and back, without I/O; what a server sends is hostile and bounded here.
#include <cstddef>
#include <cstdint>
#include <duotty/base/error.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace duotty::sftp {

using base::Result;

/// Largest packet either side sends (OpenSSH's SFTP_MAX_MSG_LENGTH), without its length.
inline constexpr std::size_t kMostPacket = std::size_t{256} * 1024;
/// Longest path, link target or message that is taken from a server.
inline constexpr std::size_t kMostText = std::size_t{64} * 1024;
/// Longest handle (the draft's limit).
inline constexpr std::size_t kMostHandle = 256;

/// Types of packets.
enum class Type : std::uint8_t {
  init = 1,
  version = 2,
  open = 3,
  close = 4,
  read = 5,
  write = 6,
  lstat = 7,
  fstat = 8,
  setstat = 9,
  fsetstat = 10,
  opendir = 11,
  readdir = 12,
  remove = 13,
  mkdir = 14,
  rmdir = 15,
  realpath = 16,
  stat = 17,
  rename = 18,
  readlink = 19,
  symlink = 20,
  status = 101,
  handle = 102,
  data = 103,
  name = 104,
  attrs = 105,
  extended = 200,
  extended_reply = 201,
};

/// Codes of a status (draft, section 7).
enum class StatusCode : std::uint32_t {
  ok = 0,
  eof = 1,
  no_such_file = 2,
  permission_denied = 3,
  failure = 4,
  bad_message = 5,
  no_connection = 6,
  connection_lost = 7,
  op_unsupported = 8,
};

/// Bits of how a file is opened (draft, section 6.3).
namespace open_flag {
inline constexpr std::uint32_t read = 0x01;
inline constexpr std::uint32_t write = 0x02;
inline constexpr std::uint32_t append = 0x04;
inline constexpr std::uint32_t create = 0x08;
inline constexpr std::uint32_t truncate = 0x10;
inline constexpr std::uint32_t exclusive = 0x20;
}  // namespace open_flag

/// Facts of a file (draft, section 5); what is absent was not said, or is not to be changed.
struct Attributes {
  std::optional<std::uint64_t> size;
  std::optional<std::pair<std::uint32_t, std::uint32_t>> owner;  ///< uid and gid
  std::optional<std::uint32_t> mode;                             ///< type and permissions as in stat(2)
  std::optional<std::pair<std::uint32_t, std::uint32_t>> times;  ///< access and modification, seconds since 1970

  bool operator==(const Attributes&) const = default;
};

/// One entry of a directory, or the answer to realpath and readlink. Names are bytes, not always UTF-8.
struct Name {
  std::string name;
  Attributes attributes;
};

/// What statvfs@openssh.com tells, as statvfs(3).
struct Space {
  std::uint64_t block_size = 0;  ///< f_frsize
  std::uint64_t blocks = 0;
  std::uint64_t free = 0;
  std::uint64_t available = 0;  ///< for users without privileges
  std::uint64_t files = 0;
  std::uint64_t free_files = 0;
};

/// What limits@openssh.com tells; 0 where the server names no limit.
struct Limits {
  std::uint64_t packet = 0;
  std::uint64_t read = 0;
  std::uint64_t write = 0;
  std::uint64_t handles = 0;
};

/// One answer of a server. Which member counts follows from `type`.
struct Reply {
  Type type = Type::status;
  std::uint32_t id = 0;
  StatusCode code = StatusCode::ok;  ///< status
  std::string text;                  ///< status: its message; handle, data, extended_reply: the bytes
  std::vector<Name> names;           ///< name
  Attributes attributes;             ///< attrs
};

/// What a server says first.
struct Version {
  std::uint32_t version = 0;
  std::vector<std::pair<std::string, std::string>> extensions;  ///< name and data
  bool has(std::string_view extension) const;
};

/// Cuts a stream of bytes into packets.
class Splitter {
 public:
  /// Where the next bytes are to be put, and how many fit: never none.
  std::pair<char*, std::size_t> room();
  /// So many bytes were put there.
  void filled(std::size_t count) noexcept { end_ += count; }
  /// Adds bytes that have arrived.
  void feed(std::string_view bytes);
  /// The next whole packet without its length, or nothing yet; valid until the next call of any member. Error protocol
  /// when a length is 0 or above kMostPacket: nothing after it can be understood.
  Result<std::optional<std::string_view>> next();
  /// Bytes kept.
  std::size_t size() const noexcept { return end_ - begin_; }

 private:
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

/// Reads the server's first packet. Error protocol.
Result<Version> parse_version(std::string_view packet);
/// Reads any other packet of a server, whole and with nothing behind it. Error protocol.
Result<Reply> parse_reply(std::string_view packet);
/// Reads the answers of the extensions. Error protocol.
Result<Space> parse_space(std::string_view body);
Result<Limits> parse_limits(std::string_view body);

/// Builds one packet of a client, with its length in front.
class Packet {
 public:
  Packet(Type type, std::uint32_t id);
  Packet& u32(std::uint32_t value);
  Packet& u64(std::uint64_t value);
  Packet& text(std::string_view bytes);
  Packet& attributes(const Attributes& attributes);
  /// The bytes to send, before `behind` others that end the packet; it is empty afterwards.
  std::string take(std::size_t behind = 0);

 private:
  std::string bytes_;
};

/// The client's first packet: version 3.
std::string init_packet();

}  // namespace duotty::sftp
