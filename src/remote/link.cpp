#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <deque>
#include <duotty/core/packet_socket.hpp>
#include <duotty/core/scope.hpp>
#include <duotty/remote/link.hpp>
#include <map>

namespace duotty::remote {
namespace {

namespace asio = core::asio;
using asio::posix::descriptor_base;
using base::Errc;
using base::Error;
using core::PacketIo;
using core::Task;

/// The link has its own, shorter one.
constexpr std::chrono::minutes kOpenPatience{2};
/// For what the link knows by itself.
constexpr std::chrono::seconds kTellPatience{5};

Error gone() {
  return {Errc::unreachable, "The SSH connection was lost."};
}

}  // namespace

struct Link::Impl {
  struct Channel {
    explicit Channel(const asio::any_io_executor& executor) : news(executor) {}
    std::vector<base::UniqueFd> fds;
    std::string refusal;
    Ended ended;
    bool opened = false;
    bool refused = false;
    bool exited = false;
    bool closed = false;
    core::Event news;
  };

  Impl(asio::any_io_executor executor_, base::UniqueFd fd)
      : executor(executor_),
        socket(executor_, fd.release()),
        news(executor_),
        unsent_news(executor_),
        scope(executor_) {
    socket.non_blocking(true);
    scope.spawn("link", read_loop());
    scope.spawn("to link", send_loop());
  }

  Task<> read_loop();
  Task<> send_loop();
  void take(link::Message message, std::vector<base::UniqueFd>& fds);
  bool take_forward(const link::Message& message);
  void lose();

  asio::any_io_executor executor;
  asio::posix::stream_descriptor socket;
  std::map<std::uint32_t, std::shared_ptr<Channel>> channels;
  std::map<std::string, link::Forwarding> forwards;                  ///< that the link has
  std::map<std::string, std::optional<link::ForwardFailed>> wanted;  ///< forwards to be, with why not
  std::uint32_t round = 0;                                           ///< of asking for all
  std::uint32_t told = 0;
  std::deque<link::Message> arrived;
  std::deque<std::pair<std::string, base::UniqueFd>> unsent;
  core::Event news;
  core::Event unsent_news;
  core::Event::time_point last_use = std::chrono::steady_clock::now();
  std::uint32_t last_id = 0;
  bool ready = false;
  bool lost = false;
  core::Scope scope;
};

void Link::Impl::lose() {
  lost = true;
  ready = false;
  news.notify();
  unsent_news.notify();
  for (const auto& [id, channel] : channels) channel->news.notify();
}

Task<> Link::Impl::read_loop() {
  std::string bytes;
  std::vector<base::UniqueFd> fds;
  for (;;) {
    const PacketIo state = core::receive_packet(socket.native_handle(), bytes, fds, link::kMaxMessage);
    if (state == PacketIo::again) {
      auto [error] = co_await socket.async_wait(descriptor_base::wait_read, core::as_result);
      if (error) break;
      continue;
    }
    auto message = state == PacketIo::done ? link::decode(bytes) : std::nullopt;
    if (!message) break;
    take(std::move(*message), fds);
  }
  lose();
}

void Link::Impl::take(link::Message message, std::vector<base::UniqueFd>& fds) {
  const auto channel = [&](std::uint32_t id) -> Channel* {
    const auto found = channels.find(id);
    return found == channels.end() ? nullptr : found->second.get();
  };
  if (const auto* opened = std::get_if<link::Opened>(&message)) {
    Channel* one = channel(opened->id);
    if (one == nullptr || fds.empty()) return;
    one->fds = std::move(fds);
    one->opened = true;
    one->news.notify();
  } else if (const auto* refused = std::get_if<link::OpenFailed>(&message)) {
    Channel* one = channel(refused->id);
    if (one == nullptr) return;
    one->refusal = refused->message;
    one->refused = true;
    one->closed = refused->lost;
    if (refused->lost) ready = false;
    one->news.notify();
  } else if (const auto* exit = std::get_if<link::Exit>(&message)) {
    Channel* one = channel(exit->id);
    if (one == nullptr) return;
    if (exit->signal.empty()) one->ended.code = exit->code;
    one->ended.signal = exit->signal;
    one->exited = true;
    one->news.notify();
  } else if (const auto* closed = std::get_if<link::Closed>(&message)) {
    Channel* one = channel(closed->id);
    if (one == nullptr) return;
    one->closed = true;
    one->news.notify();
  } else if (take_forward(message)) {
    news.notify();
  } else {
    if (std::holds_alternative<link::Ready>(message)) ready = true;
    if (std::holds_alternative<link::Failed>(message)) ready = false;
    if (arrived.size() < 64) arrived.push_back(std::move(message));
    news.notify();
  }
}

/// False when it is about something else.
bool Link::Impl::take_forward(const link::Message& message) {
  if (const auto* state = std::get_if<link::Forwarding>(&message)) {
    forwards.insert_or_assign(state->forward.id, *state);
  } else if (const auto* failed = std::get_if<link::ForwardFailed>(&message)) {
    if (const auto found = wanted.find(failed->id); found != wanted.end()) found->second = *failed;
  } else if (const auto* all = std::get_if<link::ForwardsTold>(&message)) {
    told = all->round;
  } else {
    return false;
  }
  return true;
}

Task<> Link::Impl::send_loop() {
  while (!lost) {
    if (unsent.empty()) {
      co_await unsent_news.wait();
      continue;
    }
    auto& [bytes, fd] = unsent.front();
    std::vector<int> fds;
    if (fd) fds.push_back(fd.get());
    const PacketIo state = core::send_packet(socket.native_handle(), bytes, fds, link::kMaxMessage);
    if (state == PacketIo::again) {
      auto [error] = co_await socket.async_wait(descriptor_base::wait_write, core::as_result);
      if (error) break;
      continue;
    }
    if (state != PacketIo::done) break;
    std::fill(bytes.begin(), bytes.end(), '\0');  // it may have been a secret
    unsent.pop_front();
  }
  ::shutdown(socket.native_handle(), SHUT_RDWR);  // the reader tells
}

Link::Link(asio::any_io_executor executor, base::UniqueFd socket)
    : impl_(std::make_unique<Impl>(std::move(executor), std::move(socket))) {}
Link::~Link() = default;

bool Link::alive() const noexcept {
  return impl_->ready && !impl_->lost;
}

std::size_t Link::channels() const noexcept {
  return impl_->channels.size();
}

core::Event::time_point Link::last_use() const noexcept {
  return impl_->last_use;
}

void Link::say(const link::Message& message, int fd) {
  if (impl_->lost) return;
  impl_->unsent.emplace_back(link::encode(message), base::UniqueFd(fd < 0 ? -1 : ::dup(fd)));
  impl_->unsent_news.notify();
}

void Link::end() {
  impl_->ready = false;
  say(link::End());
}

void Link::leave() {
  impl_->ready = false;
  unforward({});
  say(link::Leave());
}

Task<std::optional<link::Message>> Link::next(core::Event::time_point deadline) {
  while (impl_->arrived.empty() && !impl_->lost && std::chrono::steady_clock::now() < deadline)
    co_await impl_->news.wait_until(deadline);
  if (impl_->arrived.empty()) co_return std::nullopt;
  std::optional<link::Message> message(std::move(impl_->arrived.front()));
  impl_->arrived.pop_front();
  co_return message;
}

Task<> Link::stop() {
  co_await impl_->scope.stop();
  impl_->lose();
}

Task<Link::Answer> Link::exec(std::string command, std::chrono::milliseconds patience) {
  link::Open wanted;
  wanted.what = std::move(command);
  wanted.patience_ms = static_cast<std::uint32_t>(patience.count());
  co_return co_await open(std::move(wanted));
}

Task<Link::Answer> Link::exec(std::string command, std::string term, std::uint16_t cols, std::uint16_t rows,
                              std::chrono::milliseconds patience) {
  link::Open wanted;
  wanted.what = std::move(command);
  wanted.term = std::move(term);
  wanted.cols = cols;
  wanted.rows = rows;
  wanted.patience_ms = static_cast<std::uint32_t>(patience.count());
  co_return co_await open(std::move(wanted));
}

Task<Link::Answer> Link::subsystem(std::string name) {
  link::Open wanted;
  wanted.use = link::Use::subsystem;
  wanted.what = std::move(name);
  co_return co_await open(std::move(wanted));
}

Task<Link::Answer> Link::direct(std::string host, std::uint16_t port) {
  link::Open wanted;
  wanted.use = link::Use::direct;
  wanted.what = std::move(host);
  wanted.port = port;
  co_return co_await open(std::move(wanted));
}

Task<Link::Answer> Link::open(link::Open wanted) {
  const auto self = shared_from_this();
  if (!alive()) co_return gone();
  if (link::encode(wanted).size() > link::kMaxMessage) {
    co_return Error(Errc::too_large, "The command is longer than 150 KiB. Send it on standard input.", "command");
  }
  const std::uint32_t id = wanted.id = ++impl_->last_id;
  auto channel = std::make_shared<Impl::Channel>(impl_->executor);
  impl_->channels.emplace(id, channel);
  // From here the stream ends the channel, also when this coroutine is cancelled.
  auto stream = std::make_unique<Stream>(self, id, base::UniqueFd(), base::UniqueFd());
  say(wanted);
  const auto deadline =
      std::chrono::steady_clock::now() + kOpenPatience + std::chrono::milliseconds(wanted.patience_ms);
  while (!channel->opened && !channel->refused && !impl_->lost && std::chrono::steady_clock::now() < deadline)
    co_await channel->news.wait_until(deadline);
  if (channel->refused) co_return Error(channel->closed ? Errc::unreachable : Errc::upstream, channel->refusal);
  if (!channel->opened) co_return gone();
  stream->data = std::move(channel->fds.front());
  if (channel->fds.size() > 1) stream->errors = std::move(channel->fds[1]);
  Answer answer(std::move(stream));
  co_return answer;
}

Task<base::Result<link::Forwarding>> Link::forward(link::Forward wanted) {
  const auto self = shared_from_this();
  if (!alive()) co_return gone();
  const std::string id = wanted.id;
  struct Wait {
    Impl& impl;
    const std::string& id;
    Wait(Impl& impl_, const std::string& id_) : impl(impl_), id(id_) { impl.wanted.emplace(id, std::nullopt); }
    ~Wait() { impl.wanted.erase(id); }
  };
  const Wait wait(*impl_, id);
  say(wanted);
  const auto deadline = std::chrono::steady_clock::now() + kOpenPatience;
  const auto settled = [&] { return impl_->wanted[id] || impl_->forwards.contains(id); };
  while (!settled() && !impl_->lost && std::chrono::steady_clock::now() < deadline)
    co_await impl_->news.wait_until(deadline);
  if (const auto found = impl_->forwards.find(id); found != impl_->forwards.end()) co_return found->second;
  if (const auto& why = impl_->wanted[id])
    co_return Error(why->lost ? Errc::unreachable : Errc::upstream, why->message);
  unforward(id);
  co_return gone();
}

void Link::unforward(const std::string& id) {
  if (id.empty()) {
    impl_->forwards.clear();
  } else {
    impl_->forwards.erase(id);
  }
  say(link::Unforward{id});
}

Task<base::Result<std::vector<link::Forwarding>>> Link::forwards() {
  const auto self = shared_from_this();
  const std::uint32_t round = ++impl_->round;
  say(link::TellForwards{round});
  const auto deadline = std::chrono::steady_clock::now() + kTellPatience;
  while (impl_->told < round && !impl_->lost && std::chrono::steady_clock::now() < deadline)
    co_await impl_->news.wait_until(deadline);
  if (impl_->told < round) co_return gone();
  std::vector<link::Forwarding> out;
  for (const auto& [id, state] : impl_->forwards) out.push_back(state);
  co_return out;
}

std::size_t Link::forwarding() const noexcept {
  return impl_->forwards.size();
}

Stream::Stream(std::shared_ptr<Link> link, std::uint32_t id, base::UniqueFd data_, base::UniqueFd errors_)
    : data(std::move(data_)), errors(std::move(errors_)), link_(std::move(link)), id_(id) {}

Stream::~Stream() {
  auto& impl = *link_->impl_;
  const auto found = impl.channels.find(id_);
  if (found == impl.channels.end()) return;
  if (!found->second->closed && !found->second->refused) link_->say(link::Close{id_});
  impl.channels.erase(found);
  impl.last_use = std::chrono::steady_clock::now();
}

void Stream::leave() {
  if (link_->impl_->channels.erase(id_) > 0) link_->impl_->last_use = std::chrono::steady_clock::now();
}

Task<base::Result<Ended>> Stream::ended() {
  const auto channel = link_->impl_->channels.at(id_);
  while (!channel->exited && !channel->closed && !link_->impl_->lost) co_await channel->news.wait();
  if (!channel->exited && !channel->closed) co_return gone();
  co_return channel->ended;
}

void Stream::signal(const std::string& name) {
  link_->say(link::Signal{id_, name});
}

void Stream::resize(std::uint16_t cols, std::uint16_t rows) {
  link_->say(link::Resize{id_, cols, rows});
}

}  // namespace duotty::remote
