#include "context.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <duotty/record/json_text.hpp>
#include <duotty/rpc/dispatcher.hpp>
#include <nlohmann/json.hpp>

namespace duotty::cli {
namespace {

using core::asio::experimental::awaitable_operators::operator||;

/// The status of a command; an exception that leaves it is a bug and must not leave the loop waiting.
Task<int> guarded(Task<int> work, Context& context) {
  try {
    co_return co_await std::move(work);
  } catch (const boost::system::system_error& e) {
    if (e.code() == core::asio::error::operation_aborted) throw;
    co_return context.fail({base::Errc::internal, std::string("This is a fault of duotty itself: ") + e.what()});
  } catch (const std::exception& e) {
    co_return context.fail({base::Errc::internal, std::string("This is a fault of duotty itself: ") + e.what()});
  }
}

/// The signal that ends a command; what it says of being broken off is of no interest then.
Task<int> broken_off(Context& context) {
  const int signal = co_await context.interrupts->next();
  context.broken_off = true;
  co_return signal;
}

Task<int> connected(const Command& command, Context& context) {
  auto remote = co_await context.connect(context.endpoint);
  if (!remote) co_return context.fail(remote.error());
  auto work = guarded(command.remote(context, **remote), context);
  if (command.on_interrupt == Command::OnInterrupt::handled) {
    const int status = co_await std::move(work);
    co_await (*remote)->close();
    co_return status;
  }
  auto race = std::move(work) || broken_off(context);
  auto outcome = co_await std::move(race);
  co_await (*remote)->close();
  co_return outcome.index() == 0 ? std::get<0>(outcome) : exit_status::signal_base + std::get<1>(outcome);
}

Task<int> interruptible(const Command& command, Context& context) {
  auto work = guarded(command.loop(context), context);
  if (command.on_interrupt == Command::OnInterrupt::handled) co_return co_await std::move(work);
  auto race = std::move(work) || broken_off(context);
  auto outcome = co_await std::move(race);
  co_return outcome.index() == 0 ? std::get<0>(outcome) : exit_status::signal_base + std::get<1>(outcome);
}

Task<> forward_signals(core::asio::signal_set& signals, Interrupts& interrupts) {
  while (true) {
    auto [failed, signal] = co_await signals.async_wait(core::as_result);
    if (failed) co_return;
    interrupts.raise(signal);
  }
}

Task<> drive(const Command& command, Context& context, core::asio::signal_set& signals, int& status) {
  auto work = command.remote ? connected(command, context) : interruptible(command, context);
  auto race = std::move(work) || forward_signals(signals, *context.interrupts);
  auto outcome = co_await std::move(race);
  if (outcome.index() == 0) status = std::get<0>(outcome);
}

}  // namespace

int Context::fail(const base::Error& error, const Json* details) {
  if (broken_off) return base::info(error.code()).exit;
  if (globals.json) {
    console.err(record::to_text(rpc::error_body(error, details)) + "\n");
  } else {
    console.note(error.message());
  }
  return base::info(error.code()).exit;
}

void Context::print_json(const Json& json) {
  console.out_line(json.dump(2, ' ', false, Json::error_handler_t::replace));
}

void Context::say(std::string_view line) {
  if (!globals.quiet && !globals.json) console.out_line(line);
}

int run_command(const Command& command, Context& context) {
  if (command.local) return command.local(context);
  core::asio::io_context loop(1);
  Interrupts interrupts(loop.get_executor());
  core::asio::signal_set signals(loop, SIGINT, SIGTERM, SIGHUP);
  context.interrupts = &interrupts;
  context.console.when_broken([&] { interrupts.raise(SIGPIPE); });
  int status = base::info(base::Errc::internal).exit;
  std::exception_ptr bug;
  core::asio::co_spawn(loop, drive(command, context, signals, status), [&](std::exception_ptr e) { bug = e; });
  loop.run();
  context.console.when_broken({});
  context.interrupts = nullptr;
  if (bug) std::rethrow_exception(bug);
  return context.console.broken() ? exit_status::signal_base + SIGPIPE : status;
}

}  // namespace duotty::cli
