#pragma once
// One attempt to connect, from its beginning to what came of it.
#include <duotty/base/secret.hpp>
#include <duotty/remote/link_pool.hpp>
#include <duotty/store/connection_store.hpp>

#include "plan.hpp"

namespace duotty::remote {

/// What an attempt is for.
enum class Aim { use, test, look };

struct Course {
  Course(core::asio::any_io_executor executor, store::ConnectionRow row_, Aim aim_)
      : row(std::move(row_)), profile(profile_of(row)), target(target_of(row, profile)), aim(aim_), news(executor) {}

  store::ConnectionRow row;
  SshProfile profile;
  std::string target;
  Aim aim;
  Attempt attempt;
  std::unique_ptr<Stream> way;  ///< through another host
  std::optional<base::Result<std::shared_ptr<Link>>> result;
  std::function<void(const char* state)> tell;  ///< may be empty
  std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();
  std::optional<std::vector<base::Secret>> answers;  ///< to the questions that were asked last
  bool taken_back = false;                           ///< nobody will answer
  core::Event news;                                  ///< it has a result, asks, or was answered

  /// It is over, or waits for somebody to answer.
  bool settled() const noexcept { return result || attempt.questions; }
  void say(const char* state) const {
    if (tell) tell(state);
  }
  void take_back() {
    taken_back = true;
    attempt.questions.reset();
    news.notify();
  }
  void note(std::string step, bool ok, std::string detail);
  /// Notes where it failed, and passes the error on.
  base::Error fail(base::Error error, std::string step, std::string reason);
};

}  // namespace duotty::remote
