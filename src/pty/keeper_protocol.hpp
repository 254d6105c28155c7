#pragma once
// What keeper and worker say to each other: one message a packet on a SOCK_SEQPACKET socket, little-endian, strings and
// lists prefixed with a 32-bit length. Pure. Descriptors travel beside the message (SCM_RIGHTS), as noted.
//
// The keeper may be older or newer than the worker it starts: fields and types are only ever added with a new kVersion,
// and the worker refuses a keeper whose version it does not know.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace duotty::pty::wire {

inline constexpr std::uint32_t kVersion = 1;
/// No message is longer; neither side reads or sends more.
inline constexpr std::size_t kMaxMessage = 64 * 1024;
inline constexpr std::size_t kMaxIdLength = 64;

/// Where a start failed.
enum class Step : std::uint8_t { request, pty, ring, fork, session, directory, exec, count };

struct Exit {
  std::int32_t code = -1;   ///< -1: ended by `signal`
  std::int32_t signal = 0;  ///< 0: ended with `code`
  std::uint64_t user_us = 0;
  std::uint64_t system_us = 0;
  std::uint64_t max_rss_kib = 0;
  friend bool operator==(const Exit&, const Exit&) = default;
};

// --- both ways
// ----------------------------------------------------------------------------------------------------------

struct Hello {
  std::uint32_t version = kVersion;
  std::int32_t pid = 0;
};

// --- worker to keeper
// -------------------------------------------------------------------------------------------------

struct Spawn {
  std::string id;
  std::vector<std::string> argv;
  std::vector<std::string> env;
  std::string cwd;
  std::uint16_t cols = 0;
  std::uint16_t rows = 0;
  std::string meta;
  std::uint8_t in_memory = 0;
  std::uint64_t capacity = 0;
};
struct Meta {
  std::string id;
  std::string bytes;
};
struct Signal {
  std::string id;
  std::int32_t number = 0;
  std::uint8_t target = 0;  ///< SignalTarget
};
struct Forget {
  std::string id;
};
struct Resume {
  std::string id;
};
struct Stash {  ///< with one descriptor
  std::string name;
};
struct Unstash {
  std::string name;
};
struct Restart {};
struct Stop {};

// --- keeper to worker
// -------------------------------------------------------------------------------------------------

struct Stashed {  ///< with one descriptor
  std::string name;
};
struct Terminal {  ///< with the ring's descriptor, and before it the master's if has_master
  std::string id;
  std::int32_t pid = 0;
  std::uint16_t cols = 0;
  std::uint16_t rows = 0;
  std::string meta;
  std::uint8_t has_master = 0;
  std::uint8_t has_exited = 0;
  Exit exit;
};
struct Ready {};
struct Spawned {  ///< with the descriptors of master and ring
  std::string id;
  std::int32_t pid = 0;
};
struct SpawnFailed {
  std::string id;
  std::int32_t error = 0;  ///< errno
  Step step = Step::request;
};
struct Output {
  std::string id;
};
struct Exited {
  std::string id;
  Exit exit;
};

/// The position in this list is the message's type on the wire: append only.
using Message = std::variant<Hello, Spawn, Meta, Signal, Forget, Resume, Stash, Unstash, Restart, Stop, Stashed,
                             Terminal, Ready, Spawned, SpawnFailed, Output, Exited>;

/// The message's bytes; may be longer than kMaxMessage, which the sender must check.
std::string encode(const Message& message);
/// nullopt for an unknown type, a truncated or overlong message, a value out of range.
std::optional<Message> decode(std::string_view bytes);

/// [A-Za-z0-9_-]{1,64}: ids become directory names.
bool valid_id(std::string_view id) noexcept;

}  // namespace duotty::pty::wire
