#pragma once
// Every live connection once: links are started, found again after a restart, shared and let go here.
#include <chrono>
#include <duotty/base/secret.hpp>
#include <duotty/remote/link.hpp>
#include <duotty/ssh/known_hosts.hpp>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace duotty::store {
class ConnectionStore;
}
namespace duotty::core {
class Offload;
}

namespace duotty::remote {

/// What the key that a host has shown is to us.
struct HostKeyFacts {
  std::string host;
  std::uint16_t port = 22;
  ssh::HostKey key;
  std::string fingerprint;
  ssh::HostKeyState state = ssh::HostKeyState::unknown;
  std::vector<std::string> stored;  ///< "ssh-ed25519 SHA256:..." of what is accepted for the host
};

/// One step on the way to a connection.
struct StepNote {
  std::string step;  ///< "connect", "handshake", "host_key", "sign_in"
  bool ok = false;
  std::string detail;
  std::chrono::milliseconds duration{0};
};

/// What has to be answered before the host lets us in, asked by it or by ourselves.
struct Questions {
  struct Prompt {
    std::string text;
    bool hidden = true;  ///< the answer must not be shown
  };
  std::string connection_id;  ///< of the host that asks, which may be one on the way
  int round = 0;              ///< what an answer names
  std::string name;
  std::string instruction;
  std::vector<Prompt> prompts;
};

/// How an attempt to connect went.
struct Attempt {
  std::vector<StepNote> steps;
  std::optional<HostKeyFacts> host_key;
  std::string step;    ///< where it failed
  std::string reason;  ///< why, for programs: link::name(Reason), or host_key_unknown, _changed, _revoked,
                       ///< awaiting_auth
  std::string method;  ///< that the host was content with
  std::string banner;
  std::string server;
  bool reused = false;  ///< the connection was there already
  std::optional<Questions> questions;
};

/// How far an attempt is.
enum class Progress { connected, connecting, awaiting_auth };

struct LinkPoolOptions {
  std::string directory;  ///< of sockets; private, made if missing
  std::string program;    ///< this binary
  int keeper_pid = 0;
  std::string own_known_hosts;             ///< where accepted keys are written
  std::vector<std::string> known_hosts;    ///< others that are read
  std::string home;                        ///< for "~/" in paths of keys
  std::chrono::milliseconds step{15'000};  ///< patience for each step
  std::chrono::minutes warm{10};           ///< a connection is kept so long after its last use
  /// Told of a connection's id that it is "connecting", "awaiting_auth", "connected", "failed" or "disconnected".
  std::function<void(const std::string& id, const char* state)> on_state;
};

/// Loop thread only; stop() before it goes.
class LinkPool {
 public:
  LinkPool(boost::asio::any_io_executor executor, LinkPoolOptions options, store::ConnectionStore& connections,
           core::Offload& offload);
  LinkPool(const LinkPool&) = delete;
  LinkPool& operator=(const LinkPool&) = delete;
  ~LinkPool();

  /// A connected link for the stored connection `name`: the one that is there, or a new one. Callers at the same time
  /// share one attempt, whose course goes to `attempt`. Errors: those of ConnectionStore::find(); unreachable, timeout,
  /// protocol, upstream (the host refused), not_configured (our own key or answer is missing), conflict (the host's key
  /// is unknown), denied (it is revoked or has changed), awaiting_auth (it asks something, see Attempt::questions; the
  /// attempt stays open for two minutes).
  core::Task<base::Result<std::shared_ptr<Link>>> acquire(std::string name, Attempt& attempt);
  /// The same, waiting no longer than until `deadline`. That a host asks is no error here.
  core::Task<base::Result<Progress>> connect(std::string name, core::Event::time_point deadline, Attempt& attempt);
  /// Answers the questions of that round and waits as connect() does; no answers give the attempt up. Errors: those of
  /// connect(); conflict when the round is over; invalid_params when there are too few or too many.
  core::Task<base::Result<Progress>> answer(std::string name, int round, std::vector<base::Secret> answers,
                                            core::Event::time_point deadline, Attempt& attempt);
  /// Goes the way to a connection of its own and hangs up: as far as signing in, or only until the host shows its key,
  /// before any secret goes out. Errors as acquire(); an unknown key is none when only the key is asked for.
  core::Task<base::Result<>> probe(std::string name, Attempt& attempt, bool only_key);
  /// Writes down that this key is the host's, whatever was known. Errors: io, too_large.
  core::Task<base::Result<>> accept(HostKeyFacts facts);
  /// Ends an attempt of that id that waits for answers: what it would go on with is out of date.
  void give_up(const std::string& id);
  /// Ids of connections to whose places links lead that an earlier worker has left with forwards on them; those that
  /// lead elsewhere by now are ended.
  core::Task<std::vector<std::string>> left_forwarding();
  /// Hangs up the connection of that id; true when there was one.
  core::Task<bool> hang_up(std::string id);
  /// Where others reach the link of the connection `id`, once it is acquired: link/shell.hpp.
  std::string socket_of(const std::string& id) const;
  /// Lets go of all links. They live on for the next worker.
  core::Task<> stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace duotty::remote
