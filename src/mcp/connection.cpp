#include "connection.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <duotty/record/json_text.hpp>

namespace duotty::mcp {
namespace {

constexpr std::size_t kSlow = 1024 * 1024;  ///< waiting bytes above which only answers are added

}  // namespace

/// The answers of one batch, sent together when the last is there.
struct Connection::Batch {
  std::size_t missing = 0;
  Json answers = Json::array();
};

Connection::Connection(core::asio::any_io_executor executor, core::Channel& channel, const Engine& engine,
                       rpc::Call call)
    : channel_(channel),
      wake_(executor),
      session_(executor, engine, std::move(call), [this](const Json& message) { post_if_quick(message); }),
      scope_(executor) {}

Task<> Connection::serve() {
  using namespace core::asio::experimental::awaitable_operators;
  std::exception_ptr failure;
  try {
    co_await (read() || write());
  } catch (...) {
    failure = std::current_exception();
  }
  co_await core::asio::this_coro::reset_cancellation_state(core::asio::disable_cancellation());
  co_await scope_.stop();
  co_await session_.stop();
  if (failure) std::rethrow_exception(failure);
}

Task<> Connection::read() {
  while (true) {
    auto message = co_await channel_.receive();
    if (!message) co_return;
    on_text(message->data);
  }
}

Task<> Connection::write() {
  while (true) {
    while (outbox_.empty()) co_await wake_.wait();
    std::string text = std::move(outbox_.front());
    outbox_.pop_front();
    outbox_bytes_ -= text.size();
    auto sent = co_await channel_.send_text(std::move(text));
    if (!sent) co_return;
  }
}

void Connection::on_text(const std::string& text) {
  auto json = record::parse_json(text);
  if (!json) {
    const Outcome bad = failed(code::parse_error, json.error().message());
    post(error_message(Json(), *bad.failure));
  } else if (json->is_array() && session_.revision() == kBatchRevision) {
    on_batch(std::move(*json));
  } else {
    on_message(std::move(*json), nullptr);
  }
}

void Connection::on_batch(Json messages) {
  auto batch = std::make_shared<Batch>();
  for (const auto& one : messages) batch->missing += read_message(one).kind == Message::Kind::request ? 1 : 0;
  for (auto& one : messages) on_message(std::move(one), batch);
}

void Connection::on_message(Json json, const std::shared_ptr<Batch>& batch) {
  Message message = read_message(std::move(json));
  switch (message.kind) {
    case Message::Kind::request: {
      std::string name = "request " + message.method;
      scope_.spawn(std::move(name), answer(std::move(message), batch));
      break;
    }
    case Message::Kind::notification:
      session_.notice(message);
      break;
    case Message::Kind::response:
      break;  // nothing is ever asked of a client
    case Message::Kind::invalid: {
      const Outcome bad = failed(code::invalid_request, "This is no message of JSON-RPC 2.0.");
      post(error_message(message.id, *bad.failure));
    }
  }
}

Task<> Connection::answer(Message message, std::shared_ptr<Batch> batch) {
  Session::Out before = [this](const Json& one) { post_if_quick(one); };
  auto answer = co_await session_.answer(std::move(message), std::move(before));
  if (!batch) {
    if (answer) post(*answer);
    co_return;
  }
  if (answer) batch->answers.push_back(std::move(*answer));
  if (--batch->missing == 0 && !batch->answers.empty()) post(batch->answers);
}

void Connection::post(const Json& message) {
  std::string text = record::to_text(message);
  outbox_bytes_ += text.size();
  outbox_.push_back(std::move(text));
  wake_.notify();
}

void Connection::post_if_quick(const Json& message) {
  if (outbox_bytes_ <= kSlow) post(message);
}

}  // namespace duotty::mcp
