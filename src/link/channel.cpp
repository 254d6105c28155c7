#include "channel.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <cerrno>

#include "send_all.hpp"

namespace duotty::link {
namespace {

namespace asio = core::asio;
using asio::experimental::awaitable_operators::operator&&;
using asio::posix::descriptor_base;

constexpr std::chrono::seconds kOpenPatience{30};
constexpr std::size_t kPiece = 64 * 1024;
constexpr std::size_t kMostAtOnce = std::size_t{1} << 20;

}  // namespace

/// Our end of a socket pair.
struct Channel::End {
  explicit End(asio::any_io_executor executor) : socket(std::move(executor)) {}
  asio::posix::stream_descriptor socket;

  void shut(int how) { ::shutdown(socket.native_handle(), how); }
};

Channel::Channel(asio::any_io_executor executor, core::Scope& scope, Transport& transport, Open wanted, Tell tell,
                 bool agent)
    : scope_(scope),
      transport_(transport),
      wanted_(std::move(wanted)),
      tell_(std::move(tell)),
      agent_(agent),
      news_(executor),
      out_(std::make_unique<End>(executor)) {
  if (wanted_.use == Use::exec && wanted_.term.empty()) err_ = std::make_unique<End>(executor);
}

Channel::~Channel() {
  drop_channel();
  leave_session();
}

void Channel::leave_session() {
  if (std::exchange(counted_, false)) transport_.sessions().end(std::chrono::steady_clock::now());
}

void Channel::drop_channel() {
  if (channel_ == nullptr) return;
  ssh_remove_channel_callbacks(channel_, &callbacks_);
  ssh_channel_free(std::exchange(channel_, nullptr));
}

bool Channel::make_channel() {
  drop_channel();
  channel_ = ssh_channel_new(transport_.raw());
  if (channel_ == nullptr) return false;
  listen();
  return true;
}

/// Opens a session, and waits in line for it as long as the client wants when the host has no place.
Task<int> Channel::open_session() {
  Sessions& sessions = transport_.sessions();
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(wanted_.patience_ms);
  const auto unwanted = [this] { return closed_ || !transport_.alive(); };
  const auto session = [this] { return ssh_channel_open_session(channel_); };
  std::optional<Sessions::Place> place;
  if (sessions.crowded() && wanted_.patience_ms > 0) place.emplace(sessions);
  for (;;) {
    if (place) co_await place->wait(unwanted, until);
    if (unwanted()) co_return SSH_ERROR;
    sessions.ask();
    const int code = co_await transport_.finish(session, SSH_AGAIN, std::chrono::steady_clock::now() + kOpenPatience);
    const auto now = std::chrono::steady_clock::now();
    counted_ = code == SSH_OK;
    sessions.asked(counted_);
    if (counted_) full_ = false;
    if (code == SSH_OK || code == kTimedOut || unwanted()) co_return code;
    full_ = sessions.may_change(now);
    if (!full_ || now >= until) co_return code;
    if (!place) place.emplace(sessions);
    place->refused(now);
    if (!make_channel()) co_return SSH_ERROR;
  }
}

bool Channel::over() const {
  return ended_ || closed_ || !transport_.alive();
}

void Channel::listen() {
  callbacks_.userdata = this;
  // Nothing is taken here: that would open the host's window whether our client reads or not.
  callbacks_.channel_data_function = [](ssh_session, ssh_channel, void*, std::uint32_t, int is_error, void* self) {
    static_cast<Channel*>(self)->arrived_[is_error != 0 ? 1 : 0] = true;
    static_cast<Channel*>(self)->news_.notify();
    return 0;
  };
  callbacks_.channel_eof_function = [](ssh_session, ssh_channel, void* self) {
    static_cast<Channel*>(self)->ended_ = true;
    static_cast<Channel*>(self)->news_.notify();
  };
  callbacks_.channel_close_function = callbacks_.channel_eof_function;
  callbacks_.channel_exit_status_function = [](ssh_session, ssh_channel, int code, void* self) {
    static_cast<Channel*>(self)->tell_(Exit{static_cast<Channel*>(self)->id(), code, {}}, {});
  };
  callbacks_.channel_exit_signal_function = [](ssh_session, ssh_channel, const char* name, int, const char*,
                                               const char*, void* self) {
    static_cast<Channel*>(self)->tell_(Exit{static_cast<Channel*>(self)->id(), -1, one_line(name)}, {});
  };
  ssh_callbacks_init(&callbacks_);
  ssh_set_channel_callbacks(channel_, &callbacks_);
}

bool Channel::make_ends() {
  for (End* end : {out_.get(), err_.get()}) {
    if (end == nullptr) continue;
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return false;
    end->socket.assign(pair[0]);
    end->socket.non_blocking(true);
    theirs_.emplace_back(pair[1]);
  }
  return true;
}

Task<int> Channel::request() {
  auto deadline = std::chrono::steady_clock::now() + kOpenPatience;
  const auto finish = [this, &deadline](auto step) { return transport_.finish(step, SSH_AGAIN, deadline); };
  const auto direct = [this] {
    return ssh_channel_open_forward(channel_, wanted_.what.c_str(), wanted_.port, "127.0.0.1", 0);
  };
  if (wanted_.use == Use::direct) {
    const int code = co_await finish(direct);
    is_open_ = code == SSH_OK;
    co_return code;
  }
  if (const int code = co_await open_session(); code != SSH_OK) co_return code;
  is_open_ = true;
  if (closed_) co_return SSH_ERROR;  // taken back: nothing is to run
  deadline = std::chrono::steady_clock::now() + kOpenPatience;
  for (const std::string& pair : wanted_.env) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos) continue;
    const std::string name = pair.substr(0, equals);
    const std::string value = pair.substr(equals + 1);
    const auto env = [&] { return ssh_channel_request_env(channel_, name.c_str(), value.c_str()); };
    if (co_await finish(env) == kTimedOut) co_return kTimedOut;  // a refusal is the host's right
  }
  const auto pty = [this] {
    return ssh_channel_request_pty_size(channel_, wanted_.term.c_str(), wanted_.cols, wanted_.rows);
  };
  if (!wanted_.term.empty()) {
    if (const int code = co_await finish(pty); code != SSH_OK) co_return code;
  }
  const auto agent = [this] { return ssh_channel_request_auth_agent(channel_); };
  if (agent_ && wanted_.use != Use::subsystem) {
    if (const int code = co_await finish(agent); code != SSH_OK) co_return code;
  }
  const auto start = [this] {
    switch (wanted_.use) {
      case Use::shell:
        return ssh_channel_request_shell(channel_);
      case Use::subsystem:
        return ssh_channel_request_subsystem(channel_, wanted_.what.c_str());
      default:
        return ssh_channel_request_exec(channel_, wanted_.what.c_str());
    }
  };
  co_return co_await finish(start);
}

/// What a refusal means, by the numbers that RFC 4254 has for it.
std::string Channel::reason_of(const std::string& said) const {
  const bool forbidden = said.find("error (1)") != std::string::npos;
  const bool refused = forbidden || said.find("error (2)") != std::string::npos;
  if (wanted_.use == Use::direct && forbidden)
    return "it allows no connections to there (AllowTcpForwarding, PermitOpen in its sshd_config).";
  if (wanted_.use != Use::direct && refused) return "it allows no sessions (MaxSessions in its sshd_config).";
  return said + ".";
}

Task<bool> Channel::open() {
  if (!make_channel() || !make_ends()) {
    tell_(OpenFailed{id(), "The link could not make a channel.", false}, {});
    co_return false;
  }
  const int code = co_await request();
  if (code == SSH_OK && !closed_) co_return true;
  std::string why = "it was taken back.";
  if (full_ && !closed_) {
    why = "it takes no more sessions on this connection, and has " + std::to_string(transport_.sessions().open()) +
          " (MaxSessions in its sshd_config). End one of them, or try again later.";
  } else if (code == kTimedOut) {
    why = "the host did not answer in time.";
  } else if (code != SSH_OK) {
    why = reason_of(transport_.trouble());
  }
  tell_(OpenFailed{id(), "The host opened no channel: " + why, !transport_.alive()}, {});
  close();
  co_return false;
}

Task<> Channel::run(std::shared_ptr<Channel> self) {
  Channel& my = *self;
  if (!co_await my.open()) co_return;
  my.tell_(Opened{my.id()}, std::move(my.theirs_));
  my.scope_.spawn("channel upward", upward(self));
  co_await my.finish_reading();
  my.close();
  // Of a connection that is lost the hub says so: that is no word of the host's.
  if (my.transport_.alive()) my.tell_(Closed{my.id()}, {});
  my.out_->shut(SHUT_RDWR);  // ends upward()
}

Task<> Channel::finish_reading() {
  if (err_) {
    co_await (downward(*out_, false) && downward(*err_, true));
  } else {
    co_await downward(*out_, false);
  }
  // The exit status may come after the end of the output; a host that closes no channel gets a moment.
  const auto deadline = std::chrono::steady_clock::now() + kOpenPatience;
  while (!closed_ && transport_.alive() && ssh_channel_is_closed(channel_) == 0 &&
         std::chrono::steady_clock::now() < deadline) {
    co_await news_.wait_until(deadline);
  }
}

Task<> Channel::downward(End& end, bool is_error) {
  std::string bytes;
  bool wanted = true;
  for (;;) {
    while (!arrived_[is_error ? 1 : 0] && !over()) co_await news_.wait();
    arrived_[is_error ? 1 : 0] = false;
    const auto poll = [&] { return ssh_channel_poll(channel_, is_error ? 1 : 0); };
    const int waiting = transport_.touch(poll);
    if (waiting <= 0) {
      if (over()) break;
      continue;
    }
    bytes.resize(std::min(static_cast<std::size_t>(waiting), kMostAtOnce));
    const auto read = [&] {
      return ssh_channel_read_nonblocking(channel_, bytes.data(), static_cast<std::uint32_t>(bytes.size()),
                                          is_error ? 1 : 0);
    };
    const int count = transport_.touch(read);
    if (count <= 0) {
      // A connection that was lost keeps what it has and gives none of it.
      if (over()) break;
      continue;
    }
    arrived_[is_error ? 1 : 0] = true;  // there may be more
    if (wanted)
      wanted = co_await send_all(end.socket, std::string_view(bytes).substr(0, static_cast<std::size_t>(count)));
    if (!wanted && closed_) break;
  }
  end.shut(SHUT_WR);
}

Task<> Channel::upward(std::shared_ptr<Channel> self) {
  Channel& my = *self;
  std::string bytes(kPiece, '\0');
  for (;;) {
    // libssh does not tell when the host opens its window: it may have been in any turn.
    while (ssh_channel_window_size(my.channel_) == 0 && !my.closed_ && my.transport_.alive())
      co_await my.transport_.turn().wait();
    auto [error] = co_await my.out_->socket.async_wait(descriptor_base::wait_read, core::as_result);
    if (error || my.closed_ || !my.transport_.alive()) co_return;
    const auto most = std::min<std::size_t>(bytes.size(), ssh_channel_window_size(my.channel_));
    const auto count = ::recv(my.out_->socket.native_handle(), bytes.data(), most, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (count <= 0) break;
    std::string_view rest(bytes.data(), static_cast<std::size_t>(count));
    while (!rest.empty()) {
      const auto write = [&] {
        return ssh_channel_write(my.channel_, rest.data(), static_cast<std::uint32_t>(rest.size()));
      };
      const int written = my.transport_.touch(write);
      if (written < 0 || my.closed_ || !my.transport_.alive()) co_return;
      rest.remove_prefix(static_cast<std::size_t>(written));
      if (!rest.empty()) co_await my.transport_.turn().wait();  // new keys are being agreed on
    }
  }
  const auto eof = [&] { return ssh_channel_send_eof(my.channel_); };
  my.transport_.touch(eof);
}

void Channel::resize(std::uint16_t cols, std::uint16_t rows) {
  if (!is_open_ || over()) return;
  const auto change = [&] { return ssh_channel_change_pty_size(channel_, cols, rows); };
  transport_.touch(change);
}

void Channel::signal(const std::string& name) {
  if (!is_open_ || over()) return;
  const auto send = [&] { return ssh_channel_request_send_signal(channel_, name.c_str()); };
  transport_.touch(send);
}

void Channel::close() {
  if (closed_) return;
  closed_ = true;
  news_.notify();
  transport_.turn().notify();
  transport_.sessions().look();
  // One that was never opened has no number at the host: what is said of it would be about another.
  if (!is_open_ || !transport_.alive()) return;
  const auto end = [this] { return ssh_channel_close(channel_); };
  transport_.touch(end);
  leave_session();
}

}  // namespace duotty::link
