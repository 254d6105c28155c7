#include "rpc_connection.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <duotty/base/text.hpp>
#include <duotty/record/json_text.hpp>
#include <utility>

namespace duotty::ws {
namespace {

using rpc::Json;

constexpr auto kPing = std::chrono::seconds(15);
constexpr std::uint16_t kLost = 1006;       ///< no closing handshake (RFC 6455, 7.1.5)
constexpr std::size_t kSlow = 1024 * 1024;  ///< waiting bytes above which streams wait and progress is dropped

std::string text_of_id(const Json& id) {
  if (id.is_string()) return id.get<std::string>();
  if (id.is_number_integer()) return id.dump();
  return {};
}

}  // namespace

/// A request that runs.
struct RpcConnection::Request {
  explicit Request(core::asio::any_io_executor executor) : stop(std::move(executor)) {}
  std::string id;
  bool cancelled = false;
  bool gap = false;                ///< progress was left out, and the client does not know yet
  std::shared_ptr<KeptCall> kept;  ///< null: it ends with the connection
  core::Event stop;
  core::Task<> until_cancelled() {
    while (!cancelled) co_await stop.wait();
  }
};

/// Items of a stream as progress frames, `event` folded into the data.
class RpcConnection::StreamSink final : public rpc::Sink {
 public:
  StreamSink(RpcConnection& connection, std::string id) : connection_(connection), id_(std::move(id)) {}
  core::Task<base::Result<>> open() override { co_return base::Result<>(); }
  core::Task<base::Result<>> send(rpc::StreamEvent event) override {
    while (connection_.outbox_bytes_ > kSlow) co_await connection_.drained_.wait();
    Json data = *event.data;
    data["event"] = event.name;
    connection_.post({{"id", id_}, {"type", "progress"}, {"data", std::move(data)}});
    co_return base::Result<>();
  }

 private:
  RpcConnection& connection_;
  std::string id_;
};

RpcConnection::RpcConnection(core::asio::any_io_executor executor, Socket& socket, const rpc::Dispatcher& dispatcher,
                             Repeats& repeats, rpc::Call prototype)
    : executor_(executor),
      socket_(socket),
      dispatcher_(dispatcher),
      repeats_(repeats),
      prototype_(std::move(prototype)),
      wake_(executor),
      drained_(executor),
      scope_(executor) {}

core::Task<> RpcConnection::serve() {
  using namespace core::asio::experimental::awaitable_operators;
  post({{"type", "ready"}, {"protocol", 1}});
  std::exception_ptr failure;
  try {
    co_await (read() || write());
  } catch (...) {  // cancellation by the server's end: the requests must still be waited for
    failure = std::current_exception();
  }
  co_await core::asio::this_coro::reset_cancellation_state(core::asio::disable_cancellation());
  // A client that closed, or broke the protocol, wants no answer any more; neither does one that the server ends.
  part(!failure && lost_ && socket_.close_code() == kLost);
  co_await scope_.stop();
  if (failure) std::rethrow_exception(failure);
}

core::Task<> RpcConnection::read() {
  while (true) {
    auto message = co_await socket_.receive();
    if (!message) {
      lost_ = message.error().code() == base::Errc::closed;
      co_return;
    }
    if (message->kind == MessageKind::binary) {
      post({{"type", "error"},
            {"error", rpc::error_frame({base::Errc::invalid_params, "This socket takes JSON text frames only."})}});
      continue;
    }
    on_frame(message->bytes);
  }
}

core::Task<> RpcConnection::write() {
  auto next_ping = std::chrono::steady_clock::now() + kPing;
  while (true) {
    while (!outbox_.empty()) {
      Frame frame = std::move(outbox_.front());
      outbox_.pop_front();
      const std::size_t size = frame.text.size();
      auto sent = co_await socket_.send_text(std::move(frame.text));
      outbox_bytes_ -= size;
      if (outbox_bytes_ <= kSlow) drained_.notify();
      if (!sent) {
        lost_ = true;
        co_return;
      }
      if (frame.answered) unanswered_.remove(frame.answered);
    }
    const bool woken = co_await wake_.wait_until(next_ping);
    if (!woken && outbox_.empty()) {
      next_ping = std::chrono::steady_clock::now() + kPing;
      post({{"type", "ping"}});
    }
  }
}

void RpcConnection::on_frame(const std::string& text) {
  auto frame = record::parse_json(text);
  if (!frame) {
    post({{"type", "error"}, {"error", rpc::error_frame(frame.error())}});
    return;
  }
  if (!frame->is_object()) {
    post({{"type", "error"},
          {"error", rpc::error_frame({base::Errc::invalid_params, "A frame must be a JSON object."})}});
    return;
  }
  const auto type = frame->find("type");
  const std::string word = type != frame->end() && type->is_string() ? type->get<std::string>() : std::string{};
  if (word == "ping") {
    post({{"type", "pong"}});
  } else if (word == "cancel") {
    cancel(frame->contains("id") ? text_of_id((*frame)["id"]) : std::string{});
  } else if (word != "pong") {
    start(*frame);
  }
}

void RpcConnection::start(const Json& frame) {
  const std::string id = frame.contains("id") ? text_of_id(frame["id"]) : std::string{};
  const auto method = frame.find("method");
  if (id.empty() || id.size() > 128 || method == frame.end() || !method->is_string()) {
    post({{"type", "error"},
          {"error", rpc::error_frame({base::Errc::invalid_params, "A request needs \"id\" and \"method\"."})}});
    return;
  }
  if (requests_.count(id) != 0) {
    post_error(id, {base::Errc::conflict, "A request with this id is still running.", "id"});
    return;
  }
  if (requests_.size() >= kMaxInFlight) {
    post_error(id, {base::Errc::limit_reached, "64 requests are running on this connection. Wait for one to end."});
    return;
  }
  Json params = frame.value("params", Json::object());
  if (params.is_null()) params = Json::object();
  if (!params.is_object()) {
    post_error(id, {base::Errc::invalid_params, "\"params\" must be an object.", "params"});
    return;
  }
  auto request = std::make_shared<Request>(executor_);
  request->id = id;
  requests_.emplace(id, request);
  if (repeats_.takes(frame["id"], method->get<std::string>(), params)) {
    request->kept = repeats_.run(prototype_, id, method->get<std::string>(), std::move(params));
    request->kept->progress = [this, id](const Json& data) { post_progress(id, data); };
    unanswered_.push_back(request->kept);
    scope_.spawn("answer to " + id, follow(request));
    return;
  }
  scope_.spawn("request " + method->get<std::string>(), run(request, method->get<std::string>(), std::move(params)));
}

void RpcConnection::cancel(const std::string& id) {
  const auto found = requests_.find(id);
  if (found == requests_.end()) return;
  found->second->cancelled = true;
  found->second->stop.notify();
  if (found->second->kept) Repeats::cancel(*found->second->kept);
}

core::Task<> RpcConnection::follow(std::shared_ptr<Request> request) {
  const auto kept = request->kept;
  while (!kept->finished) co_await kept->changed.wait();
  requests_.erase(request->id);
  post_text(kept->answer, kept);
}

void RpcConnection::part(bool lost) {
  for (const auto& kept : unanswered_) {
    kept->progress = nullptr;
    if (lost) {
      repeats_.leave(kept);
    } else {
      Repeats::cancel(*kept);
    }
  }
  unanswered_.clear();
}

core::Task<> RpcConnection::run(std::shared_ptr<Request> request, std::string method, Json params) {
  using namespace core::asio::experimental::awaitable_operators;
  struct Forget {
    RpcConnection& connection;
    const std::string& id;
    ~Forget() { connection.requests_.erase(id); }
  };
  const std::string id = request->id;
  const Forget forget{*this, id};
  rpc::Call call = prototype_;
  call.progress = [this, id](const Json& data) { post_progress(id, data); };
  StreamSink sink(*this, id);
  auto finished = co_await (dispatcher_.stream(method, call, std::move(params), sink) || request->until_cancelled());
  if (finished.index() == 1) {
    post({{"id", id}, {"type", "cancelled"}});
    co_return;
  }
  auto& result = std::get<0>(finished);
  if (result) {
    post({{"id", id}, {"type", "result"}, {"data", std::move(*result)}});
  } else {
    post({{"id", id}, {"type", "error"}, {"error", rpc::error_frame(result.error(), call.details.get())}});
  }
}

void RpcConnection::post(const Json& frame) {
  post_text(record::to_text(frame));
}

void RpcConnection::post_text(std::string text, std::shared_ptr<KeptCall> answered) {
  outbox_bytes_ += text.size();
  outbox_.push_back({std::move(text), std::move(answered)});
  wake_.notify();
}

void RpcConnection::post_progress(const std::string& id, const Json& data) {
  const auto request = requests_.find(id);
  if (request == requests_.end()) return;
  bool& gap = request->second->gap;
  if (outbox_bytes_ > kSlow) {
    gap = true;
    return;
  }
  Json frame = {{"id", id}, {"type", "progress"}, {"data", data}};
  if (std::exchange(gap, false)) frame["data"]["gap"] = true;
  post(frame);
}

void RpcConnection::post_error(const std::string& id, const base::Error& error) {
  post({{"id", id}, {"type", "error"}, {"error", rpc::error_frame(error)}});
}

}  // namespace duotty::ws
