#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <duotty/core/log.hpp>

#include "keeper_client_impl.hpp"
#include "spawn_error.hpp"

namespace duotty::pty {

using base::Errc;
using base::Error;
using base::Result;
using base::UniqueFd;
using core::Task;
namespace asio = boost::asio;

namespace {

constexpr int kMessagesATurn = 64;

Error lost_error() {
  return Error(Errc::closed, "The keeper is gone: start duotty again.");
}

ExitStatus to_status(const wire::Exit& exit) {
  ExitStatus status;
  if (exit.signal != 0) {
    status.signal = exit.signal;
  } else {
    status.code = exit.code;
  }
  status.user_time = std::chrono::microseconds(exit.user_us);
  status.system_time = std::chrono::microseconds(exit.system_us);
  status.max_rss_kib = exit.max_rss_kib;
  return status;
}

Result<PtyHandle> to_handle(std::string id, pid_t pid, std::vector<UniqueFd>& fds, bool has_master) {
  if (fds.size() != (has_master ? 2U : 1U))
    return Error(Errc::protocol, "The keeper sent a terminal without its descriptors: restart duotty as a whole.");
  PtyHandle handle;
  handle.id = std::move(id);
  handle.pid = pid;
  if (has_master) handle.master = std::move(fds.front());
  auto ring = Ring::map(fds.back());
  if (!ring) return ring.error();
  handle.ring = std::move(*ring);
  return handle;
}

Result<Adopted> to_adopted(wire::Terminal& message, std::vector<UniqueFd>& fds) {
  auto handle = to_handle(std::move(message.id), message.pid, fds, message.has_master != 0);
  if (!handle) return handle.error();
  Adopted adopted;
  adopted.pty = std::move(*handle);
  adopted.size = {message.cols, message.rows};
  adopted.meta = std::move(message.meta);
  if (message.has_exited != 0) adopted.exited = to_status(message.exit);
  return adopted;
}

}  // namespace

KeeperClient::Impl::Impl(asio::any_io_executor executor, UniqueFd fd) : socket_(executor), scope_(executor) {
  ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC);
  boost::system::error_code ec;
  socket_.assign(fd.release(), ec);
  lost_ = ec.failed();
}

// --- connecting
// -------------------------------------------------------------------------------------------------------

Task<Result<Connected>> KeeperClient::Impl::connect() {
  send(wire::Hello{wire::kVersion, static_cast<std::int32_t>(::getpid())});
  Connected connected;
  std::string bytes;
  std::vector<UniqueFd> fds;
  while (!lost_) {
    const PacketIo state = receive_packet(socket_.native_handle(), bytes, fds);
    if (state == PacketIo::again) {
      auto [ec] = co_await socket_.async_wait(asio::posix::stream_descriptor::wait_read, core::as_result);
      if (ec) co_return lost_error();
      continue;
    }
    if (state != PacketIo::done) break;
    auto message = wire::decode(bytes);
    if (!message) co_return Error(Errc::protocol, "The keeper speaks another protocol: restart duotty as a whole.");
    if (const auto* hello = std::get_if<wire::Hello>(&*message)) {
      if (hello->version != wire::kVersion)
        co_return Error(Errc::protocol, "The running keeper is of another version: restart duotty as a whole.");
      connected.keeper_pid = hello->pid;
    } else if (const auto* stashed = std::get_if<wire::Stashed>(&*message); stashed && fds.size() == 1) {
      connected.stashed[stashed->name] = std::move(fds.front());
    } else if (auto* terminal = std::get_if<wire::Terminal>(&*message)) {
      auto adopted = to_adopted(*terminal, fds);
      if (!adopted) co_return adopted.error();
      connected.terminals.push_back(std::move(*adopted));
    } else if (std::holds_alternative<wire::Ready>(*message)) {
      co_return connected;
    }
  }
  co_return lost_error();
}

void KeeperClient::Impl::start(KeeperEvents& events) {
  events_ = &events;
  scope_.spawn("keeper client", read_loop());
}

Task<> KeeperClient::Impl::stop() {
  events_ = nullptr;
  co_await scope_.stop();
  lost_ = true;
  fail_pending(Error(Errc::closed, "The server is stopping."));
}

// --- sending
// ----------------------------------------------------------------------------------------------------------

bool KeeperClient::Impl::send(const wire::Message& message, int fd) {
  Outgoing out{wire::encode(message), {}};
  if (out.bytes.size() > wire::kMaxMessage) return false;
  if (lost_) return true;  // everybody has been told by lose()
  if (outbox_.empty()) {
    const PacketIo state =
        send_packet(socket_.native_handle(), out.bytes, fd < 0 ? std::vector<int>{} : std::vector<int>{fd});
    if (state != PacketIo::again) return true;  // a keeper that is gone is noticed by the reader
  }
  if (fd >= 0) out.fd.reset(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  outbox_.push_back(std::move(out));
  if (outbox_.size() == 1) scope_.spawn("keeper client writer", write_loop());
  return true;
}

Task<> KeeperClient::Impl::write_loop() {
  while (!outbox_.empty() && !lost_) {
    const Outgoing& out = outbox_.front();
    const std::vector<int> fds = out.fd ? std::vector<int>{out.fd.get()} : std::vector<int>{};
    const PacketIo state = send_packet(socket_.native_handle(), out.bytes, fds);
    if (state == PacketIo::again) {
      auto [ec] = co_await socket_.async_wait(asio::posix::stream_descriptor::wait_write, core::as_result);
      if (ec) break;
      continue;
    }
    outbox_.pop_front();
  }
  outbox_.clear();
}

// --- receiving
// --------------------------------------------------------------------------------------------------------

Task<> KeeperClient::Impl::read_loop() {
  std::string bytes;
  std::vector<UniqueFd> fds;
  int in_a_row = 0;
  while (!lost_) {
    const PacketIo state = receive_packet(socket_.native_handle(), bytes, fds);
    if (state == PacketIo::again) {
      in_a_row = 0;
      auto [ec] = co_await socket_.async_wait(asio::posix::stream_descriptor::wait_read, core::as_result);
      if (ec) co_return;
      continue;
    }
    auto message = state == PacketIo::done ? wire::decode(bytes) : std::nullopt;
    if (!message) break;
    dispatch(std::move(*message), fds);
    if (++in_a_row < kMessagesATurn) continue;
    in_a_row = 0;
    co_await asio::post(scope_.executor(), asio::use_awaitable);  // others get their turn
  }
  lose();
}

void KeeperClient::Impl::dispatch(wire::Message message, std::vector<UniqueFd>& fds) {
  if (const auto* output = std::get_if<wire::Output>(&message)) {
    on_output(output->id);
  } else if (const auto* exited = std::get_if<wire::Exited>(&message)) {
    on_exited(exited->id, to_status(exited->exit));
  } else if (const auto* spawned = std::get_if<wire::Spawned>(&message)) {
    on_spawned(*spawned, fds);
  } else if (const auto* failed = std::get_if<wire::SpawnFailed>(&message)) {
    on_spawn_failed(*failed);
  }
}

void KeeperClient::Impl::on_output(const std::string& id) {
  if (const auto at = pending_.find(id); at != pending_.end()) {
    at->second->output = true;
  } else if (events_ != nullptr) {
    events_->on_output(id);
  }
}

void KeeperClient::Impl::on_exited(const std::string& id, const ExitStatus& status) {
  if (const auto at = pending_.find(id); at != pending_.end()) {
    at->second->exited = status;
  } else if (events_ != nullptr) {
    events_->on_exited(id, status);
  }
}

void KeeperClient::Impl::lose() {
  if (lost_) return;
  lost_ = true;
  fail_pending(lost_error());
  if (events_ != nullptr) events_->on_keeper_lost();
}

// --- starting programs
// ------------------------------------------------------------------------------------------------

/// Ends a start: on every way out of spawn(), also when its coroutine is cancelled or destroyed.
class KeeperClient::Impl::Handover {
 public:
  Handover(Impl& client, std::string id, std::shared_ptr<Pending> pending)
      : client_(client), id_(std::move(id)), pending_(std::move(pending)) {}
  Handover(const Handover&) = delete;
  Handover& operator=(const Handover&) = delete;
  ~Handover() {
    const bool started = pending_->result && pending_->result->has_value();
    if (started && taken_) {
      client_.hand_over(id_);
    } else {
      client_.pending_.erase(id_);  // should the terminal still come, on_spawned() forgets it
      if (started) client_.send(wire::Forget{id_});
    }
  }
  Result<PtyHandle> take() {
    taken_ = true;
    if (!pending_->result->has_value()) return pending_->result->error();
    return std::move(**pending_->result);
  }

 private:
  Impl& client_;
  std::string id_;
  std::shared_ptr<Pending> pending_;
  bool taken_ = false;
};

Task<Result<PtyHandle>> KeeperClient::Impl::spawn(SpawnRequest request) {
  if (lost_) co_return lost_error();
  if (events_ == nullptr)
    co_return Error(Errc::internal, "A terminal was asked for before the keeper's client started.");
  if (auto refused = refuse_spawn(request)) co_return *refused;
  if (pending_.contains(request.id)) co_return Error(Errc::conflict, "This terminal is being started already.");
  wire::Spawn message{request.id,           request.argv,      request.env,  request.cwd,
                      request.size.cols,    request.size.rows, request.meta, request.history == History::memory,
                      request.ring_capacity};
  const auto pending = std::make_shared<Pending>(scope_.executor());
  pending->request = &request;
  if (!send(message))
    co_return Error(Errc::too_large, "Command, environment and meta are larger than 64 KiB together: pass less.",
                    "env");
  pending_[request.id] = pending;
  Handover handover(*this, request.id, pending);
  while (!pending->result) co_await pending->changed.wait();
  co_return handover.take();
}

void KeeperClient::Impl::on_spawned(const wire::Spawned& message, std::vector<UniqueFd>& fds) {
  const auto at = pending_.find(message.id);
  if (at == pending_.end() || at->second->result) {
    send(wire::Forget{message.id});
    return;
  }
  auto handle = to_handle(message.id, message.pid, fds, true);
  if (!handle) send(wire::Forget{message.id});
  at->second->result = std::move(handle);
  at->second->changed.notify();
}

void KeeperClient::Impl::on_spawn_failed(const wire::SpawnFailed& message) {
  const auto at = pending_.find(message.id);
  if (at == pending_.end() || at->second->result) return;
  at->second->result = spawn_error(*at->second->request, message);
  at->second->changed.notify();
}

void KeeperClient::Impl::hand_over(const std::string& id) {
  // The caller goes on in this very turn; what came meanwhile follows in a later one.
  const std::weak_ptr<Pending> held = pending_[id];
  asio::post(scope_.executor(), [this, id, held] {
    const auto pending = held.lock();
    if (!pending) return;  // the client is gone
    pending_.erase(id);
    if (events_ == nullptr) return;
    if (pending->output) events_->on_output(id);
    if (pending->exited && events_ != nullptr) events_->on_exited(id, *pending->exited);
  });
}

void KeeperClient::Impl::fail_pending(const Error& error) {
  for (const auto& [id, pending] : pending_) {
    if (pending->result) continue;
    pending->result = error;
    pending->changed.notify();
  }
}

// --- the contract
// -----------------------------------------------------------------------------------------------------

KeeperClient::KeeperClient(asio::any_io_executor executor, UniqueFd fd)
    : impl_(std::make_unique<Impl>(std::move(executor), std::move(fd))) {}
KeeperClient::~KeeperClient() = default;

Task<Result<Connected>> KeeperClient::connect() {
  return impl_->connect();
}
void KeeperClient::start(KeeperEvents& events) {
  impl_->start(events);
}
Task<> KeeperClient::stop() {
  return impl_->stop();
}
Task<Result<PtyHandle>> KeeperClient::spawn(SpawnRequest request) {
  return impl_->spawn(std::move(request));
}

Result<> KeeperClient::set_meta(const std::string& id, std::string_view bytes) {
  if (bytes.size() > kMaxMeta) return Error(Errc::too_large, "A terminal's meta is limited to 32 KiB.");
  impl_->send(wire::Meta{id, std::string(bytes)});
  return {};
}

void KeeperClient::signal(const std::string& id, int sig, SignalTarget to) {
  impl_->send(wire::Signal{id, sig, static_cast<std::uint8_t>(to)});
}
void KeeperClient::forget(const std::string& id) {
  impl_->send(wire::Forget{id});
}
void KeeperClient::resume(const std::string& id) {
  impl_->send(wire::Resume{id});
}

Result<> KeeperClient::stash(const std::string& name, int fd) {
  if (name.empty() || name.size() > wire::kMaxIdLength)
    return Error(Errc::invalid_params, "A stashed descriptor's name has 1 to 64 bytes.");
  if (::fcntl(fd, F_GETFD) < 0)
    return Error(Errc::invalid_params, std::string("Cannot stash: ") + std::strerror(errno));
  impl_->send(wire::Stash{name}, fd);
  return {};
}

void KeeperClient::unstash(const std::string& name) {
  impl_->send(wire::Unstash{name});
}
void KeeperClient::request_restart() {
  impl_->send(wire::Restart{});
}
void KeeperClient::request_stop() {
  impl_->send(wire::Stop{});
}

}  // namespace duotty::pty
