#include "client.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <duotty/net/any_stream.hpp>
#include <duotty/net/dial.hpp>
#include <duotty/net/tls.hpp>
#include <duotty/record/json_members.hpp>
#include <duotty/record/json_text.hpp>
#include <fstream>
#include <iterator>

namespace duotty::cli {
namespace {

using base::Errc;
using base::Error;
using namespace std::chrono_literals;
using core::asio::experimental::awaitable_operators::operator||;

constexpr std::size_t kMaxMessage = 64 * 1024 * 1024;
constexpr auto kConnectLimit = 10s;
/// The server pings every 15 s; a connection that is quiet for longer than this is dead.
constexpr auto kSilence = 45s;

Errc code_of_status(int status) {
  switch (status) {
    case 400:
      return Errc::invalid_params;
    case 401:
      return Errc::unauthenticated;
    case 403:
      return Errc::denied;
    case 404:
      return Errc::not_found;
    case 409:
      return Errc::conflict;
    case 410:
      return Errc::gone;
    case 413:
      return Errc::too_large;
    case 429:
      return Errc::rate_limited;
    case 499:
      return Errc::cancelled;
    case 501:
      return Errc::unsupported;
    case 503:
      return Errc::not_configured;
    case 408:
    case 504:
      return Errc::timeout;
    default:
      return status > 500 ? Errc::upstream : Errc::internal;
  }
}

/// What the end of a connection means.
Error ending(const ws::Socket& socket, const Error& error) {
  const std::string reason = socket.close_reason().empty() ? "" : " (" + std::string(socket.close_reason()) + ")";
  switch (socket.close_code()) {
    case 4401:
      return {Errc::unauthenticated, "The server does not know this token" + reason +
                                         ". Give one with --token or DUOTTY_TOKEN, or save one with: duotty login"};
    case 4403:
      return {Errc::denied, "The server does not allow this" + reason + "."};
    default:
      break;
  }
  if (error.code() != Errc::closed) return error;
  return {Errc::closed, "The server closed the connection" + reason + "."};
}

Error unreachable(const Endpoint& endpoint, const Error& error) {
  if (endpoint.local()) {
    return {Errc::unreachable,
            "No duotty server answers at " + endpoint.socket_path + ". Start one with: duotty serve"};
  }
  return {error.code(), error.message() + " Is the server running, and is " + endpoint.name() + " the right address?"};
}

/// The text of a file of certificates. Errors: invalid_params.
base::Result<std::string> read_ca_file(const std::string& path) {
  if (path.empty()) return std::string();
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file.good() && !file.eof()) return Error(Errc::invalid_params, "Cannot read " + path + ".", "ca_file");
  if (text.empty()) return Error(Errc::invalid_params, path + " is empty or cannot be read.", "ca_file");
  return text;
}

Task<base::Result<>> start_tls(net::AnyStream& stream, Endpoint endpoint) {
  auto trusted = read_ca_file(endpoint.ca_file);
  if (!trusted) co_return trusted.error();
  auto context = net::TlsContext::client(*trusted);
  if (!context) co_return Error(context.error().code(), context.error().message(), "ca_file");
  auto shaken = co_await net::connect_tls(stream, std::move(*context), endpoint.host, kConnectLimit);
  if (shaken) co_return shaken;
  co_return Error(shaken.error().code(),
                  shaken.error().message() + " A certificate that the server made itself is trusted with --ca-file.");
}

Task<base::Result<std::unique_ptr<ws::Socket>>> shake_hands(Endpoint endpoint, std::string target,
                                                            std::size_t max_message) {
  auto stream = co_await dial(endpoint);
  if (!stream) co_return stream.error();
  http::Headers headers;
  if (!endpoint.token.empty()) headers.set("Authorization", "Bearer " + std::string(endpoint.token.reveal()));
  ws::SocketOptions options;
  options.max_message = max_message;
  co_return co_await ws::connect(std::move(*stream), endpoint.host_header(), endpoint.prefix + target,
                                 std::move(headers), options);
}

}  // namespace

Task<base::Result<std::unique_ptr<net::AnyStream>>> dial(Endpoint endpoint) {
  base::Result<std::unique_ptr<net::AnyStream>> stream = Error();
  if (endpoint.local()) {
    stream = co_await net::dial_unix(endpoint.socket_path);
  } else {
    stream = co_await net::dial_tcp(endpoint.host, endpoint.port, kConnectLimit);
  }
  if (!stream) co_return unreachable(endpoint, stream.error());
  if (!endpoint.tls) co_return stream;
  auto secured = co_await start_tls(**stream, endpoint);
  if (!secured) co_return secured.error();
  co_return stream;
}

Task<base::Result<std::unique_ptr<ws::Socket>>> open_socket(Endpoint endpoint, std::string target,
                                                            std::size_t max_message) {
  const std::string name = endpoint.name();
  auto race = shake_hands(std::move(endpoint), std::move(target), max_message) || core::sleep_for(kConnectLimit);
  auto outcome = co_await std::move(race);
  if (outcome.index() == 1) co_return Error(Errc::timeout, name + " accepted the connection but does not answer.");
  co_return std::move(std::get<0>(outcome));
}

Error decode_error(const Json& error) {
  if (!error.is_object()) return {Errc::protocol, "The server sent an error without a description."};
  const std::string name = record::text_of(error, "name");
  const auto code = error.find("code");
  const int status = code != error.end() && code->is_number_integer() ? code->get<int>() : 500;
  std::string message = record::text_of(error, "message");
  if (message.empty()) message = "The server failed with status " + std::to_string(status) + ".";
  const Errc known = base::errc_from_name(name);
  const bool named = known != Errc::internal || name == base::info(Errc::internal).name;
  return {named ? known : code_of_status(status), std::move(message), record::text_of(error, "field")};
}

/// One call that waits for its answer. Leaving early takes the request back.
struct Client::Pending {
  Pending(Client& owner, std::string name) : client(owner), id(std::move(name)) { client.pending_[id] = this; }
  ~Pending() {
    client.pending_.erase(id);
    if (!sent || outcome || client.lost_) return;
    client.scope_.spawn("cancel " + id, client.send(Json({{"type", "cancel"}, {"id", id}}).dump()));
  }
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;

  Client& client;
  std::string id;
  OnProgress on_progress;
  bool sent = false;
  std::optional<base::Result<Json>> outcome;
};

Client::Client(core::asio::any_io_executor executor, std::unique_ptr<ws::Socket> socket)
    : socket_(std::move(socket)), changed_(executor), scope_(executor) {
  scope_.spawn("rpc socket", read());
  scope_.spawn("rpc silence", watch_silence());
}

Client::~Client() = default;

Task<base::Result<std::unique_ptr<Client>>> Client::connect(Endpoint endpoint) {
  auto socket = co_await open_socket(std::move(endpoint), "/ws/agent", kMaxMessage);
  if (!socket) co_return socket.error();
  const auto executor = co_await core::asio::this_coro::executor;
  auto client = std::make_unique<Client>(executor, std::move(*socket));
  auto ready = co_await client->wait_ready(kConnectLimit);
  if (!ready) {
    co_await client->close();
    co_return ready.error();
  }
  co_return std::move(client);
}

Task<base::Result<>> Client::wait_ready(std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!ready_ && !lost_) {
    const bool notified = co_await changed_.wait_until(deadline);
    if (!notified) co_return Error(Errc::timeout, "The server accepted the connection but is not ready to answer.");
  }
  if (lost_) co_return *lost_;
  co_return base::Result<>();
}

Task<base::Result<Json>> Client::call(std::string method, Json params, OnProgress on_progress) {
  if (lost_) co_return *lost_;
  Pending pending(*this, ids_ + std::to_string(next_id_++));
  pending.on_progress = std::move(on_progress);
  const Json request = {{"id", pending.id}, {"method", std::move(method)}, {"params", std::move(params)}};
  pending.sent = true;
  auto sent = co_await socket_->send_text(record::to_text(request));
  if (!sent && !pending.outcome && !lost_) co_return sent.error();
  while (!pending.outcome && !lost_) co_await changed_.wait();
  if (pending.outcome) co_return std::move(*pending.outcome);
  co_return *lost_;
}

const Json* Remote::details_of(const Error& /*error*/) const {
  return nullptr;
}

const Json* Client::details_of(const Error& error) const {
  const bool same = failed_ && failed_->code() == error.code() && failed_->message() == error.message();
  return same && !details_.is_null() ? &details_ : nullptr;
}

Task<> Client::close() {
  if (!lost_) co_await socket_->close(ws::CloseCode::normal);
  co_await scope_.stop();
  fail_all(Error(Errc::closed, "The connection was closed."));
}

Task<> Client::send(std::string text) {
  auto sent = co_await socket_->send_text(std::move(text));
  static_cast<void>(sent);  // the reader finds out why
}

Task<> Client::read() {
  while (true) {
    auto message = co_await socket_->receive();
    if (!message) {
      fail_all(ending(*socket_, message.error()));
      co_return;
    }
    last_heard_ = std::chrono::steady_clock::now();
    if (message->kind != ws::MessageKind::text) continue;
    on_frame(message->bytes);
  }
}

Task<> Client::watch_silence() {
  while (std::chrono::steady_clock::now() < last_heard_ + kSilence) co_await core::sleep_until(last_heard_ + kSilence);
  fail_all(Error(Errc::closed, "The server has been silent for too long: the connection is dead."));
  socket_->abort();
}

void Client::on_frame(const std::string& text) {
  auto parsed = record::parse_json(text);
  if (!parsed || !parsed->is_object()) {
    fail_all(Error(Errc::protocol, "The server sent something that is no frame of this protocol."));
    socket_->abort();
    return;
  }
  Json& frame = *parsed;
  const std::string type = record::text_of(frame, "type");
  if (type == "ping") {
    scope_.spawn("pong", send(R"({"type":"pong"})"));
    return;
  }
  if (type == "ready") {
    ready_ = true;
    changed_.notify();
    return;
  }
  const auto found = pending_.find(record::text_of(frame, "id"));
  if (found == pending_.end()) return;
  Pending& pending = *found->second;
  if (type == "progress") {
    if (pending.on_progress) pending.on_progress(frame["data"]);
    return;
  }
  if (type == "result") {
    pending.outcome = std::move(frame["data"]);
  } else if (type == "error") {
    failed_ = decode_error(frame["error"]);
    details_ = record::member_of(frame["error"], "details");
    pending.outcome = *failed_;
  } else if (type == "cancelled") {
    pending.outcome = Error(Errc::cancelled, "The request was cancelled.");
  } else {
    return;
  }
  changed_.notify();
}

void Client::fail_all(const Error& error) {
  if (!lost_) lost_ = error;
  changed_.notify();
}

}  // namespace duotty::cli
