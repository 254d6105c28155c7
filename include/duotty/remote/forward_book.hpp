#pragma once
// The forwards of all connections: those that links carry, and those that are to come back when they are lost.
#include <duotty/remote/link_pool.hpp>
#include <memory>

namespace duotty::remote {

/// One forward and how it stands.
struct ForwardNote {
  enum class State {
    listening,
    reconnecting,  ///< lost, and tried again by and by
    failed         ///< lost, and tried again when the connection is there
  };
  std::string connection_id;
  link::Forwarding now;  ///< its counters are those of the present connection
  bool keep = false;
  State state = State::listening;
  std::string error;  ///< why it does not listen
};
/// A state's name for programs: "listening".
const char* name(ForwardNote::State state) noexcept;

/// How long to wait after so many failures in a row: from one second to one minute.
std::chrono::seconds forward_backoff(int failures) noexcept;

/// Loop thread only; stop() before the pool stops.
class ForwardBook {
 public:
  /// Told when one begins, changes its state or ends; `state` is also "closed".
  using Tell = std::function<void(const ForwardNote& forward, const char* state)>;
  ForwardBook(boost::asio::any_io_executor executor, LinkPool& links, store::ConnectionStore& connections, Tell tell);
  ForwardBook(const ForwardBook&) = delete;
  ForwardBook& operator=(const ForwardBook&) = delete;
  ~ForwardBook();

  /// Finds what an earlier worker has left, and opens what is kept.
  void start();
  /// Connects and has the link listen. One that is kept is stored with its connection. Errors: those of
  /// LinkPool::acquire(); upstream when nobody can listen there; limit_reached.
  core::Task<base::Result<ForwardNote>> open(std::string connection_id, link::Forward forward, bool keep,
                                             Attempt& attempt);
  /// All, or those of one connection.
  core::Task<std::vector<ForwardNote>> list(std::string connection_id);
  /// Ends one and its connections; it is not kept any more. Errors: not_found; io.
  core::Task<base::Result<ForwardNote>> close(std::string id);

  /// The connection of that id has another state (LinkPoolOptions::on_state).
  void notice(const std::string& connection_id, const std::string& state);
  /// Its link is about to be hung up: kept ones wait until it is there again, the others end.
  void hung_up(const std::string& connection_id);
  /// It leads elsewhere by now: kept ones go there, the others end.
  void moved(const std::string& connection_id);
  /// The connection was stored with forwards that are kept: they open once it is there.
  core::Task<> adopt(std::string connection_id);
  /// It was deleted, and what was kept with it.
  void forget(const std::string& connection_id);
  core::Task<> stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace duotty::remote
