#include <algorithm>
#include <array>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <duotty/base/plain_text.hpp>
#include <duotty/base/text.hpp>
#include <duotty/sftp/client.hpp>

#include "request.hpp"

namespace duotty::sftp {
namespace {

using base::Errc;
using base::Error;
using Clock = std::chrono::steady_clock;

/// What a packet of reading or writing has besides its bytes, and some room.
constexpr std::size_t kPacketHead = 1024;
constexpr std::size_t kLeastTransfer = 1024;
constexpr std::size_t kShown = 200;

Error closed() {
  return {Errc::unreachable, "The SFTP connection has ended. Connect again."};
}

}  // namespace

std::string shown(const std::string& path) {
  return base::clean_line(path, kShown);
}

Error unfitting() {
  return {Errc::protocol, "The SFTP server gave an answer that does not fit the question."};
}

bool has_long_name(std::string_view path) {
  constexpr std::size_t kLongest = 255;
  const auto names = base::split(path, '/');
  return std::any_of(names.begin(), names.end(), [](std::string_view name) { return name.size() > kLongest; });
}

Error error_of(const Reply& status, const std::string& path) {
  const std::string name = shown(path);
  switch (status.code) {
    case StatusCode::ok:
      return unfitting();
    case StatusCode::eof:
      return {Errc::io, name + " ended before it should have."};
    case StatusCode::no_such_file:
      return {Errc::not_found, "There is no " + name + " on the server.", "path"};
    case StatusCode::permission_denied:
      return {Errc::denied, "The server does not let this user do that with " + name + ".", "path"};
    case StatusCode::no_connection:
    case StatusCode::connection_lost:
      return closed();
    case StatusCode::op_unsupported:
      return {Errc::unsupported, "The SFTP server cannot do that (" + name + ")."};
    case StatusCode::bad_message:
      // So says OpenSSH of a name that no file system takes.
      if (has_long_name(path)) return {Errc::invalid_params, name + ": the name is too long for the host.", "path"};
      break;
    case StatusCode::failure:
      break;
  }
  const std::string words = base::clean_line(status.text, kShown);
  return {Errc::io, name + ": the server says \"" + (words.empty() ? "failure" : words) + "\"."};
}

struct Client::Stream {
  Stream(const core::asio::any_io_executor& executor, base::UniqueFd fd)
      : socket(executor, core::asio::local::stream_protocol(), fd.release()) {}
  core::asio::local::stream_protocol::socket socket;
};

Client::Client(core::asio::any_io_executor executor, base::UniqueFd socket, ClientOptions options)
    : executor_(std::move(executor)),
      stream_(std::make_unique<Stream>(executor_, std::move(socket))),
      options_(options),
      to_send_(executor_),
      greeting_(executor_),
      heard_(Clock::now()),
      scope_(executor_) {}

Client::~Client() = default;

Task<Result<>> Client::start() {
  scope_.spawn("sftp reader", read_all());
  scope_.spawn("sftp writer", write_all());
  unsent_.emplace_back(init_packet(), std::string());
  to_send_.notify();
  const auto deadline = Clock::now() + options_.silence;
  while (!greeted_ && !ended_) {
    const bool told = co_await greeting_.wait_until(deadline);
    if (!told && !greeted_ && !ended_) fail({Errc::timeout, "The SFTP server did not say its version in time."});
  }
  if (ended_) co_return *ended_;
  co_return co_await learn_limits();
}

Task<Result<>> Client::learn_limits() {
  if (!version_.has("limits@openssh.com")) co_return Result<>();
  const auto id = next_id();
  Packet packet(Type::extended, id);
  packet.text("limits@openssh.com");
  auto reply = co_await ask(id, std::move(packet));
  if (!reply) co_return reply.error();
  if (reply->type != Type::extended_reply) co_return Result<>();
  const auto limits = parse_limits(reply->text);
  if (!limits) co_return limits.error();
  const auto usable = [](std::uint64_t limit, std::size_t otherwise) {
    return limit == 0
               ? otherwise
               : static_cast<std::size_t>(std::clamp<std::uint64_t>(limit, kLeastTransfer, kMostPacket - kPacketHead));
  };
  read_size_ = usable(limits->read, read_size_);
  write_size_ = usable(limits->write, write_size_);
  co_return Result<>();
}

Task<> Client::stop() {
  fail(closed());
  co_await scope_.stop();
}

void Client::fail(Error why) {
  if (ended_) return;
  ended_ = std::move(why);
  boost::system::error_code ignored;
  stream_->socket.close(ignored);
  unsent_.clear();
  auto waiting = std::exchange(requests_, {});
  for (auto& [id, request] : waiting) {
    request->answer = *ended_;
    request->answered.notify();
  }
  greeting_.notify();
  to_send_.notify();
}

Ticket Client::send(std::uint32_t id, std::string packet, std::string body) {
  auto request = std::make_shared<Request>(executor_);
  if (ended_) {
    request->answer = *ended_;
  } else if (requests_.size() >= options_.requests) {
    request->answer = Error(Errc::limit_reached, "The SFTP server has not answered " +
                                                     std::to_string(options_.requests) + " requests. Try again later.");
  } else if (packet.size() - 4 + body.size() > kMostPacket) {
    request->answer = Error(Errc::too_large, "The path is too long for SFTP.", "path");
  } else {
    requests_.emplace(id, request);
    unsent_.emplace_back(std::move(packet), std::move(body));
    to_send_.notify();
  }
  return request;
}

Clock::time_point Client::deadline_of(const Request& request) const {
  return std::min(request.sent + options_.longest, std::max(request.sent, heard_) + options_.silence);
}

Task<Result<Reply>> Client::answer(Ticket ticket) {
  struct Leave {
    Request& request;
    ~Leave() { request.abandoned = true; }
  } const leave{*ticket};
  while (!ticket->answer) {
    const auto deadline = deadline_of(*ticket);
    if (Clock::now() >= deadline) {
      co_return Error(Errc::timeout, "The SFTP server did not answer in time. Try again, or check the connection.");
    }
    co_await ticket->answered.wait_until(deadline);
  }
  Result<Reply> reply = std::move(*ticket->answer);
  co_return reply;
}

Task<Result<Reply>> Client::ask(std::uint32_t id, Packet packet) {
  Ticket ticket = send(id, packet.take());
  co_return co_await answer(std::move(ticket));
}

Result<> Client::take(std::string_view packet) {
  if (!greeted_) {
    auto version = parse_version(packet);
    if (!version) return version.error();
    version_ = std::move(*version);
    greeted_ = true;
    greeting_.notify();
    return {};
  }
  auto reply = parse_reply(packet);
  if (!reply) return reply.error();
  const auto found = requests_.find(reply->id);
  if (found == requests_.end()) {
    return Error(Errc::protocol, "The SFTP server answered a question that was not asked.");
  }
  const Ticket request = std::move(found->second);
  requests_.erase(found);
  if (request->abandoned) {
    if (reply->type == Type::handle) drop({std::move(reply->text), {}});
    return {};
  }
  request->answer = std::move(*reply);
  request->answered.notify();
  return {};
}

Task<> Client::read_all() {
  while (!ended_) {
    const auto [to, size] = splitter_.room();
    auto [failed, count] = co_await stream_->socket.async_read_some(core::asio::buffer(to, size), core::as_result);
    if (failed) {
      fail(closed());
      co_return;
    }
    heard_ = Clock::now();
    splitter_.filled(count);
    for (;;) {
      auto packet = splitter_.next();
      Result<> taken = packet ? Result<>() : Result<>(packet.error());
      if (packet && !*packet) break;
      if (packet) taken = take(**packet);
      if (taken) continue;
      fail(taken.error());
      co_return;
    }
  }
}

Task<> Client::write_all() {
  while (!ended_) {
    if (unsent_.empty()) {
      co_await to_send_.wait();
      continue;
    }
    const auto [packet, body] = std::move(unsent_.front());
    unsent_.pop_front();
    const std::array buffers = {core::asio::buffer(packet), core::asio::buffer(body)};
    auto [failed, count] = co_await core::asio::async_write(stream_->socket, buffers, core::as_result);
    static_cast<void>(count);
    if (failed) {
      fail(closed());
      co_return;
    }
  }
}

}  // namespace duotty::sftp
