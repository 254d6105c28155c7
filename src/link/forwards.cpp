#include "forwards.hpp"

#include <fcntl.h>
#include <libssh/server.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdlib>
#include <cstring>
#include <duotty/base/random.hpp>

#include "dial.hpp"
#include "socks.hpp"

namespace duotty::link {
namespace {

namespace asio = core::asio;
using asio::experimental::awaitable_operators::operator||;
using tcp = asio::ip::tcp;

constexpr std::chrono::seconds kAnswerPatience{15};
constexpr std::chrono::seconds kGreetingPatience{15};
constexpr std::uint32_t kDialPatienceMs = 15'000;
constexpr std::chrono::milliseconds kPause{100};
constexpr std::size_t kMostAgents = 32;
constexpr int kTries = 8;
/// Ports that nobody has been given for a service.
constexpr std::uint16_t kFirstPort = 49152;

std::uint16_t some_port() {
  const std::string bytes = base::random_bytes(2);
  const unsigned value = static_cast<unsigned char>(bytes[0]) << 8U | static_cast<unsigned char>(bytes[1]);
  return static_cast<std::uint16_t>(kFirstPort + value % (65536U - kFirstPort));
}

/// A stream to the agent of our environment; none when there is none.
base::UniqueFd dial_agent() {
  const char* path = std::getenv("SSH_AUTH_SOCK");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path == nullptr || std::strlen(path) == 0 || std::strlen(path) >= sizeof address.sun_path) return {};
  std::memcpy(address.sun_path, path, std::strlen(path));
  base::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd || ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return {};
  return fd;
}

}  // namespace

struct Forwards::Entry {
  Entry(const asio::any_io_executor& executor, Forward forward)
      : state{std::move(forward), 0, 0, 0, 0, {}}, acceptor(executor), meter(std::make_shared<Traffic>()) {}
  Forwarding state;
  tcp::acceptor acceptor;  ///< where we listen
  std::shared_ptr<Traffic> meter;
  std::list<std::shared_ptr<Tunnel>> tunnels;
  bool listens = false;
  bool ended = false;
};

Forwards::Forwards(asio::any_io_executor executor, core::Scope& scope, Transport& transport)
    : executor_(executor),
      scope_(scope),
      transport_(transport),
      agents_(std::make_shared<Entry>(executor, Forward())) {}

Forwarding Forwards::state_of(const Entry& entry) {
  Forwarding state = entry.state;
  state.open = static_cast<std::uint32_t>(entry.tunnels.size());
  state.to_host = entry.meter->to_host;
  state.from_host = entry.meter->from_host;
  return state;
}

void Forwards::open(Forward wanted, Channel::Tell tell) {
  const std::string id = wanted.id;
  if (id.empty() || entries_.contains(id)) {
    return tell(ForwardFailed{id, "There is a forward of that id.", false}, {});
  }
  if (entries_.size() >= kMaxForwards) {
    return tell(ForwardFailed{id, "A connection has at most 64 forwards. Close one first.", false}, {});
  }
  auto entry = std::make_shared<Entry>(executor_, std::move(wanted));
  if (entry->state.forward.kind == ForwardKind::remote) {
    entries_.emplace(id, entry);
    scope_.spawn("forward there", listen_there(std::move(entry), std::move(tell)));
    return;
  }
  if (auto failed = listen_here(*entry)) return tell(ForwardFailed{id, *failed, false}, {});
  entries_.emplace(id, entry);
  entry->listens = true;
  tell(state_of(*entry), {});
  scope_.spawn("forward", accept_loop(std::move(entry)));
}

/// Why not, if not.
std::optional<std::string> Forwards::listen_here(Entry& entry) {
  Forward& forward = entry.state.forward;
  boost::system::error_code error;
  const auto address = asio::ip::make_address(forward.bind, error);
  if (error) return "\"" + forward.bind + "\" is no address to listen at.";
  const tcp::endpoint at(address, forward.port);
  entry.acceptor.open(at.protocol(), error);
  if (!error) entry.acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) ::fcntl(entry.acceptor.native_handle(), F_SETFD, FD_CLOEXEC);
  if (!error) entry.acceptor.bind(at, error);
  if (!error) entry.acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return "The server cannot listen at " + forward.bind + " port " + std::to_string(forward.port) + ": " +
           error.message() + ".";
  }
  forward.port = entry.acceptor.local_endpoint(error).port();
  return std::nullopt;
}

/// Why not, if not. The port that is any is chosen here: the answer has it only until something else arrives.
Task<std::optional<std::string>> Forwards::ask_host(Entry& entry) {
  Forward& forward = entry.state.forward;
  const std::uint16_t wanted = forward.port;
  const std::string bind = forward.bind == "*" ? "" : forward.bind;
  int code = SSH_ERROR;
  for (int i = 0; i < (wanted == 0 ? kTries : 1) && code == SSH_ERROR && transport_.alive(); ++i) {
    forward.port = wanted == 0 ? some_port() : wanted;
    const auto ask = [&] { return ssh_channel_listen_forward(transport_.raw(), bind.c_str(), forward.port, nullptr); };
    code = co_await transport_.ask(ask, std::chrono::steady_clock::now() + kAnswerPatience);
  }
  if (code == SSH_OK) co_return std::nullopt;
  if (code == kTimedOut) co_return "The host did not say in time whether it listens.";
  co_return "The host does not listen at " + forward.bind + " port " + std::to_string(wanted) +
      ": the port is taken, or it allows no such thing (sshd: AllowTcpForwarding, PermitListen).";
}

Task<> Forwards::listen_there(EntryPtr entry, Channel::Tell tell) {
  const std::string id = entry->state.forward.id;
  const auto failed = co_await ask_host(*entry);
  if (failed) {
    if (!entry->ended) entries_.erase(id);
    tell(ForwardFailed{id, *failed, !transport_.alive()}, {});
  } else if (entry->ended) {
    tell(ForwardFailed{id, "It was taken back.", false}, {});
    co_await stop_there(entry->state.forward.bind, entry->state.forward.port);
  } else {
    entry->listens = true;
    tell(state_of(*entry), {});
  }
}

Task<> Forwards::stop_there(std::string bind, std::uint16_t port) {
  if (bind == "*") bind.clear();
  const auto ask = [&] { return ssh_channel_cancel_forward(transport_.raw(), bind.c_str(), port); };
  co_await transport_.ask(ask, std::chrono::steady_clock::now() + kAnswerPatience);
}

void Forwards::close(const std::string& id) {
  for (auto it = entries_.begin(); it != entries_.end();) {
    const EntryPtr entry = it->second;
    if (!id.empty() && it->first != id) {
      ++it;
      continue;
    }
    it = entries_.erase(it);
    entry->ended = true;
    boost::system::error_code ignored;
    entry->acceptor.close(ignored);
    for (const auto& tunnel : entry->tunnels) tunnel->close();
    const Forward& forward = entry->state.forward;
    if (forward.kind == ForwardKind::remote && entry->listens && transport_.alive()) {
      scope_.spawn("end of a forward", stop_there(forward.bind, forward.port));
    }
  }
}

void Forwards::tell(std::uint32_t round, const Channel::Tell& tell) const {
  for (const auto& [id, entry] : entries_) {
    if (entry->listens) tell(state_of(*entry), {});
  }
  tell(ForwardsTold{round}, {});
}

void Forwards::clear() {
  entries_.clear();
  agents_->tunnels.clear();
}

std::shared_ptr<Tunnel> Forwards::add(Entry& entry) {
  ++entry.state.total;
  return entry.tunnels.emplace_back(std::make_shared<Tunnel>(executor_, transport_, entry.meter));
}

Task<> Forwards::accept_loop(EntryPtr entry) {
  while (!entry->ended) {
    auto [error, socket] = co_await entry->acceptor.async_accept(core::as_result);
    if (entry->ended) co_return;
    if (error) {
      entry->state.trouble = "A connection could not be taken: " + error.message() + ".";
      co_await core::sleep_for(kPause);  // of files there may be too many
    } else if (entry->tunnels.size() >= kMaxForwarded) {
      entry->state.trouble = "More than 256 connections at the same time were tried.";
    } else {
      ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
      scope_.spawn("forwarded", serve(entry, std::move(socket)));
    }
  }
}

/// Has the host connect to where `socket` wants to go.
Task<std::optional<Tunnel::Refusal>> Forwards::greet(Entry& entry, Tunnel& tunnel, tcp::socket& socket,
                                                     std::string& early) {
  const Forward& forward = entry.state.forward;
  boost::system::error_code error;
  const auto from = socket.remote_endpoint(error);
  const std::string who = error ? "127.0.0.1" : from.address().to_string();
  if (forward.kind != ForwardKind::dynamic) {
    co_return co_await tunnel.open(forward.host, forward.target, who, from.port());
  }
  SocksGreeting greeting;
  asio::steady_timer timer(executor_, kGreetingPatience);
  std::string bytes(kMostGreeting, '\0');
  while (greeting.state() == SocksGreeting::State::open) {
    auto got =
        co_await (socket.async_read_some(asio::buffer(bytes), core::as_result) || timer.async_wait(core::as_result));
    if (got.index() == 1) co_return Tunnel::Refusal{"A client did not say in time where it wants to go."};
    const auto [failed, count] = std::get<0>(got);
    if (failed) co_return Tunnel::Refusal{"A client went away before it had said where to."};
    const std::string back = greeting.take(std::string_view(bytes).substr(0, count));
    // A few bytes into a socket that is empty.
    if (!back.empty()) ::send(socket.native_handle(), back.data(), back.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  if (greeting.state() == SocksGreeting::State::refused) {
    co_return Tunnel::Refusal{"A client asked for something other than a connection by SOCKS 5, 4 or 4a."};
  }
  using Outcome = SocksGreeting::Outcome;
  auto refused = co_await tunnel.open(greeting.host(), greeting.port(), who, from.port());
  const auto outcome = !refused ? Outcome::connected : refused->forbidden ? Outcome::forbidden : Outcome::failed;
  const std::string back = greeting.answer(outcome);
  ::send(socket.native_handle(), back.data(), back.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  early = greeting.rest();
  co_return refused;
}

Task<> Forwards::serve(EntryPtr entry, tcp::socket socket) {
  const auto tunnel = add(*entry);
  boost::system::error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  socket.non_blocking(true, ignored);
  std::string early;
  auto refused = co_await greet(*entry, *tunnel, socket, early);
  if (refused) {
    if (!entry->ended) entry->state.trouble = refused->message;
  } else {
    co_await tunnel->carry(base::UniqueFd(socket.release(ignored)), std::move(early));
  }
  entry->tunnels.remove(tunnel);
}

Forwards::EntryPtr Forwards::find_there(const std::string& bind, int port) const {
  EntryPtr by_port;
  for (const auto& [id, entry] : entries_) {
    const Forward& forward = entry->state.forward;
    if (forward.kind != ForwardKind::remote || forward.port != port) continue;
    if (forward.bind == bind || (forward.bind == "*" && bind.empty())) return entry;
    by_port = entry;  // some hosts say where they really listen
  }
  return by_port;
}

bool Forwards::take(ssh_message message, bool agent) {
  const int kind = ssh_message_subtype(message);
  EntryPtr entry;
  if (kind == SSH_CHANNEL_FORWARDED_TCPIP) {
    const char* bind = ssh_message_channel_request_open_destination(message);
    entry = find_there(bind != nullptr ? bind : "", ssh_message_channel_request_open_destination_port(message));
  } else if (kind == SSH_CHANNEL_AUTH_AGENT && agent) {
    entry = agents_;
  }
  if (!entry || entry->tunnels.size() >= (entry == agents_ ? kMostAgents : kMaxForwarded)) return false;
  ssh_channel channel = ssh_message_channel_request_open_reply_accept(message);
  if (channel == nullptr) return false;
  const auto tunnel = add(*entry);
  tunnel->take(channel);
  scope_.spawn("forwarded by the host", entry == agents_ ? serve_agent(entry, tunnel) : serve_host(entry, tunnel));
  return true;
}

Task<> Forwards::serve_host(EntryPtr entry, std::shared_ptr<Tunnel> tunnel) {
  co_await asio::post(executor_, core::as_result);  // libssh is still at the host's question
  Connect plan;
  plan.host = entry->state.forward.host;
  plan.port = entry->state.forward.target;
  plan.step_ms = kDialPatienceMs;
  base::UniqueFd socket;
  const auto failed = co_await dial(plan, socket);
  if (failed) {
    entry->state.trouble = failed->message;
    tunnel->close();
  } else {
    co_await tunnel->carry(std::move(socket), {});
  }
  entry->tunnels.remove(tunnel);
}

Task<> Forwards::serve_agent(EntryPtr agents, std::shared_ptr<Tunnel> tunnel) {
  co_await asio::post(executor_, core::as_result);
  if (auto socket = dial_agent()) {
    co_await tunnel->carry(std::move(socket), {});
  } else {
    tunnel->close();
  }
  agents->tunnels.remove(tunnel);
}

}  // namespace duotty::link
