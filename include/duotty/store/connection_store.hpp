#pragma once
// The stored SSH connections, `connections.db`. What is secret in them is encrypted (AES-256-GCM) under a key in a file
// of its own and bound to its row and member, so that what is copied from one row into another cannot be read. All
// work is done on a thread of its own, one call after the other.
#include <array>
#include <cstdint>
#include <duotty/base/error.hpp>
#include <duotty/base/secret.hpp>
#include <duotty/core/task.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::store {

/// What is secret in a connection.
enum class ConnectionSecret { password, private_key, passphrase };
inline constexpr std::size_t kConnectionSecrets = 3;
/// Its name on the wire.
std::string_view name(ConnectionSecret secret) noexcept;

/// One connection. Times are milliseconds since 1970.
struct ConnectionRow {
  std::string id;
  std::string title;
  std::string host;
  int port = 22;
  std::string username;
  std::string profile;  ///< the rest, in a form that only the caller knows
  std::string runbook;  ///< Markdown
  std::int64_t created_at = 0;
  std::optional<std::int64_t> last_connected;
  std::array<bool, kConnectionSecrets> has{};  ///< which secrets it has

  bool has_secret(ConnectionSecret secret) const noexcept { return has[static_cast<std::size_t>(secret)]; }
};

/// Secrets to be stored: nothing leaves what is there, an empty one removes it.
using ConnectionSecrets = std::array<std::optional<base::Secret>, kConnectionSecrets>;

/// At most so many connections.
inline constexpr std::size_t kMostConnections = 10'000;

/// Loop thread only.
class ConnectionStore {
 public:
  /// Uses the database `path` and the key `key_path`; both are made, with mode 0600, when they are first needed.
  ConnectionStore(std::string path, std::string key_path);
  ConnectionStore(const ConnectionStore&) = delete;
  ConnectionStore& operator=(const ConnectionStore&) = delete;
  ~ConnectionStore();

  /// All of them, by title. Errors, here and below: io with the reason when there is no usable database.
  core::Task<base::Result<std::vector<ConnectionRow>>> list();
  /// The one of that id, else the only one of that title, else the only one of that host. Errors: not_found; conflict
  /// when several have that title.
  core::Task<base::Result<ConnectionRow>> find(std::string name);

  /// A connection that is to be added; id and time are made by the store.
  struct Fresh {
    ConnectionRow row;
    ConnectionSecrets secrets;
  };
  /// Adds all or none; their ids, in order. Errors: limit_reached; denied when the key file is open to others.
  core::Task<base::Result<std::vector<std::string>>> add(std::vector<Fresh> fresh);

  /// Changes a row that was found; it may also set secrets. It owns what it uses, and runs on the store's thread.
  using Change = std::function<base::Result<>(ConnectionRow& row, ConnectionSecrets& secrets)>;
  /// Finds a row as find() does, changes and writes it, and answers it as it is now. Errors: those of find(), add() and
  /// `change`.
  core::Task<base::Result<ConnectionRow>> change(std::string name, Change change);
  /// Removes one as find() names it, and answers it as it was. Errors as find().
  core::Task<base::Result<ConnectionRow>> remove(std::string name);
  /// The secrets of one, decrypted. Errors: those of find(); io when they were written with another key.
  core::Task<base::Result<ConnectionSecrets>> reveal(std::string id);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace duotty::store
