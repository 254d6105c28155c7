#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <duotty/core/cancelled.hpp>
#include <duotty/core/log.hpp>
#include <duotty/core/scope.hpp>
#include <exception>

namespace duotty::core {

Scope::Scope(asio::any_io_executor executor)
    : executor_(std::move(executor)), drained_(executor_, asio::steady_timer::time_point::max()) {}

Scope::~Scope() {
  if (!children_.empty()) {
    log_error("scope destroyed with running coroutine {}", children_.front().name);
    std::terminate();
  }
}

void Scope::spawn(std::string name, Task<> task) {
  if (stopping_) return;
  const auto child = children_.emplace(children_.end());
  child->name = std::move(name);
  auto done = [this, child](std::exception_ptr error) {
    if (error && !is_cancellation(error)) {
      try {
        std::rethrow_exception(error);
      } catch (const std::exception& e) {
        log_error("{}: {}", child->name, e.what());
      }
    }
    children_.erase(child);
    if (children_.empty()) drained_.cancel();
  };
  asio::co_spawn(executor_, std::move(task), asio::bind_cancellation_slot(child->signal.slot(), std::move(done)));
}

void Scope::cancel() {
  // A handler may end its coroutine, and so its list node, during emit: step first.
  for (auto it = children_.begin(); it != children_.end();) {
    auto current = it++;
    current->signal.emit(asio::cancellation_type::terminal);
  }
}

Task<> Scope::stop() {
  stopping_ = true;
  cancel();
  while (!children_.empty()) {
    auto [ec] = co_await drained_.async_wait(as_result);
    static_cast<void>(ec);
  }
}

}  // namespace duotty::core
