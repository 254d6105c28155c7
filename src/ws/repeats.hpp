#pragma once
// Calls that change something and whose connection was lost before it had their answer: they run on, and a client that
// sends the same call again gets that answer instead of a second run.
#include <chrono>
#include <cstddef>
#include <duotty/core/event.hpp>
#include <duotty/core/scope.hpp>
#include <duotty/rpc/dispatcher.hpp>
#include <functional>
#include <list>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace duotty::ws {

/// One call that may outlive its connection.
struct KeptCall {
  KeptCall(core::asio::any_io_executor executor, rpc::Caller who, std::string call_id)
      : caller(std::move(who)), id(std::move(call_id)), changed(std::move(executor)) {}
  const rpc::Caller caller;
  const std::string id;
  std::string request;  ///< method and parameters, as they are compared
  bool finished = false;
  bool cancelled = false;
  std::string answer;  ///< the last frame, once finished
  core::Event changed;
  std::chrono::steady_clock::time_point left_at{};  ///< when the last connection that listened was lost
  std::function<void(const rpc::Json&)> progress;   ///< empty while no connection listens
};

/// Owns the coroutines of such calls. Loop thread only.
class Repeats {
 public:
  static constexpr std::chrono::seconds kKeep{60};        ///< after the connection was lost
  static constexpr std::size_t kMaxCalls = 64;            ///< of one caller
  static constexpr std::size_t kMaxAnswer = 1024 * 1024;  ///< a longer one is kept as `too_large`
  static constexpr std::size_t kMaxRequest = 64 * 1024;   ///< calls with longer parameters end with the connection

  Repeats(core::asio::any_io_executor executor, const rpc::Dispatcher& dispatcher);

  /// True for calls that are worth it: `id` is text, the method changes something, the parameters are not too long.
  bool takes(const rpc::Json& id, const std::string& method, const rpc::Json& params) const;
  /// Runs a call, or finds the one that a lost connection of the same caller left with the same id, method and
  /// parameters. It belongs to the connection until leave().
  std::shared_ptr<KeptCall> run(rpc::Call call, const std::string& id, const std::string& method, rpc::Json params);
  /// The connection was lost before the answer was sent: keeps the call for a while.
  void leave(const std::shared_ptr<KeptCall>& call);
  /// Nobody wants it any more.
  static void cancel(KeptCall& call);
  /// Forgets the calls of callers who are not welcome any more.
  void drop(const std::function<bool(const rpc::Caller&)>& still_valid);
  /// Ends all calls and waits for their end.
  core::Task<> stop() { return scope_.stop(); }

 private:
  core::Task<> carry_out(std::shared_ptr<KeptCall> kept, rpc::Call call, std::string method, rpc::Json params);
  core::Task<> forget_later(std::shared_ptr<KeptCall> call);
  bool make_room(const rpc::Caller& caller);
  static void shorten(KeptCall& call);

  const rpc::Dispatcher& dispatcher_;
  std::list<std::shared_ptr<KeptCall>> left_;  ///< without a connection, in the order they lost it
  core::Scope scope_;
};

}  // namespace duotty::ws
