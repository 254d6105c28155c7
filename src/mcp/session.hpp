#pragma once
// What the server remembers of one client that began with `initialize`, and the requests of a connection as they run.
// It knows nothing of how messages travel.
#include <duotty/core/event.hpp>
#include <duotty/core/scope.hpp>
#include <map>
#include <memory>

#include "engine.hpp"
#include "watches.hpp"

namespace duotty::mcp {

class Session {
 public:
  static constexpr std::size_t kMaxInFlight = 64;  ///< requests at once
  /// Takes a message to the client; must not block.
  using Out = std::function<void(Json message)>;

  /// `engine` outlives this object. `call` says who the client is. `unasked` takes what belongs to no request.
  Session(core::asio::any_io_executor executor, const Engine& engine, rpc::Call call, Out unasked);

  /// Answers a request; nothing when the client took it back. `before` takes what comes before the answer (progress);
  /// it may be empty, and is not used after the end.
  Task<std::optional<Json>> answer(Message message, Out before);
  /// Takes a notification: initialized, cancelled.
  void notice(const Message& message);
  /// Empty before `initialize`.
  const std::string& revision() const noexcept { return revision_; }
  const rpc::Caller& caller() const noexcept { return call_.caller; }
  bool busy() const noexcept { return !running_.empty(); }
  /// Takes back every request that runs.
  void cancel_all();
  core::Task<> stop() { return watches_.stop(); }

 private:
  struct Running {
    explicit Running(core::asio::any_io_executor executor) : stop(std::move(executor)) {}
    bool cancelled = false;
    core::Event stop;
    core::Task<> until_cancelled() {
      while (!cancelled) co_await stop.wait();
    }
  };
  Task<Outcome> run(Message message, const Out& before);
  Outcome initialize(const Json& params);
  Task<std::optional<Outcome>> remember(std::string method, Json params);
  Task<Outcome> watch(std::string method, std::string uri);

  core::asio::any_io_executor executor_;
  const Engine& engine_;
  rpc::Call call_;
  std::string revision_;
  int log_level_ = kSilent;
  std::map<std::string, std::shared_ptr<Running>> running_;
  Watches watches_;
};

}  // namespace duotty::mcp
