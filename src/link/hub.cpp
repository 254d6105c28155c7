#include "hub.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <duotty/base/plain_text.hpp>
#include <duotty/core/packet_socket.hpp>

#include "dial.hpp"

namespace duotty::link {
namespace {

namespace asio = core::asio;
using asio::posix::descriptor_base;
using core::PacketIo;

constexpr std::size_t kMostUnsent = 1024;
constexpr std::size_t kMostClients = 256;
/// For a person who looks a code up.
constexpr std::chrono::minutes kAnswerPatience{5};

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

bool same_user(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::geteuid();
}

}  // namespace

Hub::Hub(asio::io_context& loop, int listen_fd)
    : loop_(loop),
      listener_(loop, listen_fd),
      transport_(loop.get_executor()),
      changed_(loop.get_executor()),
      over_(loop.get_executor()),
      scope_(loop.get_executor()),
      forwards_(loop.get_executor(), scope_, transport_) {}

Task<> Hub::run() {
  listener_.non_blocking(true);
  scope_.spawn("accepting", accept_loop());
  scope_.spawn("idle", watch_idle());
  while (!ending_) co_await over_.wait();
  // libssh frees the channels of a session that hangs up: ours have to be gone by then.
  co_await scope_.stop();
  clients_.clear();
  carried_.clear();
  forwards_.clear();
  co_await transport_.stop();
}

void Hub::end() {
  ending_ = true;
  over_.notify();
}

Task<> Hub::accept_loop() {
  for (;;) {
    auto [error] = co_await listener_.async_wait(descriptor_base::wait_read, core::as_result);
    if (error) co_return;
    base::UniqueFd fd(::accept4(listener_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd || !same_user(fd.get()) || clients_.size() >= kMostClients) continue;
    auto client = std::make_shared<Client>(loop_.get_executor());
    client->socket.assign(fd.release());
    clients_.push_back(client);
    changed_.notify();
    scope_.spawn("client", serve(client));
    scope_.spawn("telling", send_loop(client));
  }
}

Task<> Hub::serve(ClientPtr client) {
  std::string bytes;
  std::vector<base::UniqueFd> fds;
  while (!client->gone) {
    const PacketIo state = core::receive_packet(client->socket.native_handle(), bytes, fds, kMaxMessage);
    if (state == PacketIo::again) {
      auto [error] = co_await client->socket.async_wait(descriptor_base::wait_read, core::as_result);
      if (error) break;
      continue;
    }
    auto message = state == PacketIo::done ? decode(bytes) : std::nullopt;
    // It may have been a secret.
    std::fill(bytes.begin(), bytes.end(), '\0');
    if (!message || !handle(client, std::move(*message), fds)) break;
  }
  leave(client);
}

void Hub::leave(const ClientPtr& client) {
  client->gone = true;
  client->news.notify();
  ::shutdown(client->socket.native_handle(), SHUT_RDWR);
  for (const auto& [id, channel] : client->channels) {
    if (channel->is_direct()) {
      carried_.push_back(channel);
    } else {
      channel->close();
    }
  }
  client->channels.clear();
  clients_.remove(client);
  changed_.notify();
}

Task<> Hub::send_loop(ClientPtr client) {
  while (!client->gone) {
    if (client->unsent.empty()) {
      co_await client->news.wait();
      continue;
    }
    const auto& [bytes, owned] = client->unsent.front();
    std::vector<int> fds;
    for (const base::UniqueFd& fd : owned) fds.push_back(fd.get());
    const PacketIo state = core::send_packet(client->socket.native_handle(), bytes, fds, kMaxMessage);
    if (state == PacketIo::again) {
      auto [error] = co_await client->socket.async_wait(descriptor_base::wait_write, core::as_result);
      if (error) break;
      continue;
    }
    if (state != PacketIo::done) break;
    client->unsent.pop_front();
  }
  client->gone = true;
  ::shutdown(client->socket.native_handle(), SHUT_RDWR);
}

void Hub::tell(Client& client, const Message& message, std::vector<base::UniqueFd> fds) {
  if (client.gone) return;
  client.unsent.emplace_back(encode(message), std::move(fds));
  if (client.unsent.size() > kMostUnsent) client.gone = true;  // it does not read
  client.news.notify();
}

void Hub::tell_all(const Message& message) {
  for (const ClientPtr& client : clients_) tell(*client, message);
}

bool Hub::handle(const ClientPtr& client, Message message, std::vector<base::UniqueFd>& fds) {
  const auto channel = [&](std::uint32_t id) -> Channel* {
    const auto found = client->channels.find(id);
    return found == client->channels.end() ? nullptr : found->second.get();
  };
  if (std::holds_alternative<Hello>(message) == client->greeted) return false;  // hello comes first, and once
  return std::visit(Overloaded{[&](Hello& m) {
                                 client->greeted = true;
                                 tell(*client, Welcome{kVersion, stage_, target_});
                                 if (stage_ == Stage::ready) tell(*client, ready_);
                                 return m.version == kVersion;
                               },
                               [&](Connect& m) {
                                 if (stage_ != Stage::fresh || fds.size() > 1) return false;
                                 stage_ = Stage::connecting;
                                 base::UniqueFd stream = fds.empty() ? base::UniqueFd() : std::move(fds.front());
                                 scope_.spawn("connecting", connect(client, std::move(m), std::move(stream)));
                                 return true;
                               },
                               [&](SignIn& m) {
                                 client->sign_in = std::move(m);
                                 client->news.notify();
                                 return true;
                               },
                               [&](Answers& m) {
                                 client->answers = std::move(m);
                                 client->news.notify();
                                 return true;
                               },
                               [&](Open& m) { return open(client, std::move(m)); },
                               [&](Resize& m) {
                                 if (Channel* one = channel(m.id)) one->resize(m.cols, m.rows);
                                 return true;
                               },
                               [&](Signal& m) {
                                 if (Channel* one = channel(m.id)) one->signal(m.name);
                                 return true;
                               },
                               [&](Close& m) {
                                 if (Channel* one = channel(m.id)) one->close();
                                 return true;
                               },
                               [&](Forward& m) { return forward(client, std::move(m)), true; },
                               [&](Unforward& m) {
                                 forwards_.close(m.id);
                                 changed_.notify();
                                 return true;
                               },
                               [&](TellForwards& m) { return forwards_.tell(m.round, teller(client)), true; },
                               [&](End&) { return end(), true; },
                               [&](Leave&) {
                                 if (clients_.size() <= 1 && !carries(*client)) end();
                                 return false;
                               },
                               [](auto&) { return false; }},
                    message);
}

bool Hub::open(const ClientPtr& client, Open wanted) {
  if (client->channels.contains(wanted.id)) return false;
  if (stage_ != Stage::ready || client->channels.size() >= kMaxChannels) {
    tell(*client, OpenFailed{wanted.id,
                             stage_ != Stage::ready ? "The link is not connected."
                                                    : "Too many channels are open at the same time.",
                             stage_ != Stage::ready});
    return true;
  }
  const std::uint32_t id = wanted.id;
  auto channel =
      std::make_shared<Channel>(loop_.get_executor(), scope_, transport_, std::move(wanted), teller(client), agent_);
  client->channels.emplace(id, channel);
  scope_.spawn("channel", carry(std::move(channel), client));
  return true;
}

/// What tells a client something as long as it is there.
Channel::Tell Hub::teller(const ClientPtr& client) {
  return [this, weak = std::weak_ptr<Client>(client)](Message message, std::vector<base::UniqueFd> fds) {
    if (const auto live = weak.lock()) tell(*live, message, std::move(fds));
  };
}

void Hub::forward(const ClientPtr& client, Forward wanted) {
  if (stage_ != Stage::ready) return tell(*client, ForwardFailed{wanted.id, "The link is not connected.", true});
  forwards_.open(std::move(wanted), teller(client));
}

/// Whether something goes on over this link when `leaving` has gone: another link, a forward.
bool Hub::carries(const Client& leaving) const {
  const auto direct = [](const auto& one) { return one.second->is_direct(); };
  return !carried_.empty() || forwards_.any() || std::any_of(leaving.channels.begin(), leaving.channels.end(), direct);
}

Task<> Hub::carry(std::shared_ptr<Channel> channel, std::weak_ptr<Client> client) {
  co_await Channel::run(channel);
  if (const auto live = client.lock()) live->channels.erase(channel->id());
  if (carried_.remove(channel) > 0) changed_.notify();
}

Task<> Hub::connect(ClientPtr client, Connect plan, base::UniqueFd stream) {
  target_ = plan.target;
  idle_ = std::chrono::milliseconds(plan.idle_ms);
  agent_ = plan.agent;
  auto failed = co_await reach(client, plan, std::move(stream));
  if (!failed) failed = co_await enter(client, plan);
  client->sign_in.reset();
  if (failed) {
    tell_all(*failed);
    co_await core::sleep_for(std::chrono::milliseconds(200));  // until it is told
    end();
    co_return;
  }
  const auto take = [this](ssh_message message) { return forwards_.take(message, agent_); };
  transport_.start(plan.keepalive_s, take);
  stage_ = Stage::ready;
  scope_.spawn("watching", watch_connection());
  tell_all(ready_);
}

Task<std::optional<Failed>> Hub::reach(ClientPtr client, const Connect& plan, base::UniqueFd stream) {
  if (!stream) {
    if (auto failed = co_await dial(plan, stream)) co_return failed;
  }
  if (auto failed = co_await transport_.handshake(std::move(stream), plan)) co_return failed;
  auto key = transport_.host_key();
  if (!key) co_return Failed{Step::host_key, Reason::protocol, plan.host + " has a host key that cannot be read."};
  tell(*client, *key);
  // Whoever answers may have to ask a person.
  const auto deadline = std::chrono::steady_clock::now() + kAnswerPatience;
  while (!client->sign_in && !client->gone && std::chrono::steady_clock::now() < deadline)
    co_await client->news.wait_until(deadline);
  if (client->sign_in) co_return std::nullopt;
  co_return Failed{Step::host_key, Reason::unanswered, "Nobody has accepted the host key of " + plan.host + "."};
}

Task<std::optional<Answers>> Hub::answers_to(Prompts prompts, ClientPtr client) {
  client->answers.reset();
  tell(*client, std::move(prompts));
  const auto deadline = std::chrono::steady_clock::now() + kAnswerPatience;
  while (!client->answers && !client->gone && std::chrono::steady_clock::now() < deadline)
    co_await client->news.wait_until(deadline);
  auto given = std::exchange(client->answers, std::nullopt);
  if (given && given->answers.empty()) given.reset();  // taken back
  co_return given;
}

Task<std::optional<Failed>> Hub::enter(ClientPtr client, const Connect& plan) {
  SignIn how = std::exchange(client->sign_in, std::nullopt).value();
  Ask ask = [this, client](Prompts prompts) { return answers_to(std::move(prompts), client); };
  auto failed = co_await sign_in(transport_, std::move(how), plan.user + "@" + plan.host, std::move(ask),
                                 std::chrono::milliseconds(plan.step_ms), ready_.method);
  if (char* banner = ssh_get_issue_banner(transport_.raw())) {
    ready_.banner = base::clean_text(std::string_view(banner).substr(0, kMaxBanner), true);
    ssh_string_free_char(banner);
  }
  if (const char* server = ssh_get_serverbanner(transport_.raw())) ready_.server = one_line(server);
  co_return failed;
}

Task<> Hub::watch_connection() {
  while (transport_.alive()) co_await transport_.turn().wait();
  if (ending_) co_return;
  stage_ = Stage::connecting;  // whoever comes now must not take it for a connection
  const Failed failed{Step::use, Reason::closed, "The connection was lost: " + transport_.trouble() + "."};
  tell_all(failed);
  co_await core::sleep_for(std::chrono::milliseconds(200));  // until it is told
  end();
}

Task<> Hub::watch_idle() {
  for (;;) {
    const auto used = [this] { return !clients_.empty() || !carried_.empty() || forwards_.any(); };
    while (used()) co_await changed_.wait();
    const auto deadline = std::chrono::steady_clock::now() + idle_;
    while (!used() && std::chrono::steady_clock::now() < deadline) co_await changed_.wait_until(deadline);
    if (!used()) co_return end();
  }
}

}  // namespace duotty::link
