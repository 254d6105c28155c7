#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <duotty/core/event.hpp>

namespace duotty::core {

struct Event::Waiter {
  asio::steady_timer timer;
  bool notified = false;
};

void Event::notify() {
  for (Waiter* waiter : waiters_) {
    waiter->notified = true;
    waiter->timer.cancel();
  }
}

Task<> Event::wait() {
  co_await wait_until(time_point::max());
}

Task<bool> Event::wait_until(time_point deadline) {
  Waiter waiter{asio::steady_timer(executor_, deadline)};
  const auto place = waiters_.insert(waiters_.end(), &waiter);
  struct Leave {
    std::list<Waiter*>& list;
    std::list<Waiter*>::iterator place;
    ~Leave() { list.erase(place); }
  };
  const Leave leave{waiters_, place};
  auto [ec] = co_await waiter.timer.async_wait(as_result);
  if (ec && !waiter.notified) throw boost::system::system_error(ec);
  co_return waiter.notified;
}

Task<> sleep_until(std::chrono::steady_clock::time_point deadline) {
  asio::steady_timer timer(co_await asio::this_coro::executor, deadline);
  auto [ec] = co_await timer.async_wait(as_result);
  if (ec) throw boost::system::system_error(ec);
}

Task<> sleep_for(std::chrono::steady_clock::duration duration) {
  co_await sleep_until(std::chrono::steady_clock::now() + duration);
}

}  // namespace duotty::core
