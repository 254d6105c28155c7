#include "session.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <duotty/base/text.hpp>

#include "stateless.hpp"

namespace duotty::mcp {
namespace {

Notify as_notify(const Session::Out& out) {
  if (!out) return {};
  return [out](std::string_view method, Json params) { out(notification_message(method, std::move(params))); };
}

Outcome empty_result() {
  Outcome outcome;
  outcome.result = Json::object();
  return outcome;
}

}  // namespace

Session::Session(core::asio::any_io_executor executor, const Engine& engine, rpc::Call call, Out unasked)
    : executor_(executor),
      engine_(engine),
      call_(std::move(call)),
      watches_(executor, engine.dispatcher(), call_, as_notify(unasked)) {}

Task<std::optional<Json>> Session::answer(Message message, Out before) {
  using namespace core::asio::experimental::awaitable_operators;
  const Json id = message.id;
  const std::string key = key_of(id);
  if (running_.contains(key)) {
    const Outcome twice = failed(code::invalid_request, "A request with this id is still running.");
    co_return error_message(id, *twice.failure);
  }
  if (running_.size() >= kMaxInFlight) {
    const Outcome many = failed(code::server_error, "64 requests are running. Wait for one to end.");
    co_return error_message(id, *many.failure);
  }
  const auto running = std::make_shared<Running>(executor_);
  running_.emplace(key, running);
  struct Forget {
    std::map<std::string, std::shared_ptr<Running>>& map;
    const std::string& key;
    ~Forget() { map.erase(key); }
  };
  const Forget forget{running_, key};
  auto finished = co_await (run(std::move(message), before) || running->until_cancelled());
  if (finished.index() == 1) co_return std::nullopt;
  co_return answer_message(id, std::get<0>(std::move(finished)));
}

Task<Outcome> Session::run(Message message, const Out& before) {
  Request request;
  request.call = call_;
  request.notify = as_notify(before);
  if (is_stateless(message)) {
    if (auto failure = check_metadata(message)) {
      Outcome outcome;
      outcome.failure = std::move(failure);
      co_return outcome;
    }
    co_return co_await answer_stateless(executor_, engine_, std::move(request), std::move(message));
  }
  if (message.method == "initialize") co_return initialize(message.params);
  if (message.method == "ping") co_return empty_result();
  if (revision_.empty()) co_return failed(code::invalid_request, "Send initialize first.");
  auto remembered = co_await remember(message.method, message.params);
  if (remembered) co_return std::move(*remembered);
  request.revision = revision_;
  request.method = std::move(message.method);
  request.params = std::move(message.params);
  request.log_level = log_level_;
  co_return co_await engine_.answer(request);
}

Outcome Session::initialize(const Json& params) {
  const std::string wanted = text_of(params, "protocolVersion");
  if (wanted.empty()) return failed(code::invalid_params, "\"protocolVersion\" must be a text.");
  if (!revision_.empty()) return failed(code::invalid_request, "This session has begun already.");
  revision_ = negotiate(wanted);
  const std::string client = text_of(params.value("clientInfo", Json::object()), "name");
  if (!client.empty()) call_.client = base::shorten(client, 64);
  Json info = engine_.server_info();
  if (revision_ < kStructuredRevision) info.erase("title");
  Outcome outcome;
  outcome.result = {{"protocolVersion", revision_},
                    {"capabilities", engine_.capabilities(revision_)},
                    {"serverInfo", std::move(info)},
                    {"instructions", engine_.instructions()}};
  return outcome;
}

/// The methods that change what the server remembers of the client; nothing for others.
Task<std::optional<Outcome>> Session::remember(std::string method, Json params) {
  if (method == "logging/setLevel") {
    const auto level = mcp::log_level(text_of(params, "level"));
    if (!level)
      co_return failed(code::invalid_params, "\"level\" must be a level of RFC 5424: debug, info, notice, ...");
    log_level_ = *level;
    co_return empty_result();
  }
  if (method == "resources/subscribe" || method == "resources/unsubscribe") {
    co_return co_await watch(std::move(method), text_of(params, "uri"));
  }
  co_return std::nullopt;
}

Task<Outcome> Session::watch(std::string method, std::string uri) {
  if (method == "resources/unsubscribe") {
    watches_.remove(uri);
    co_return empty_result();
  }
  auto added = co_await find_resource(engine_.dispatcher(), call_, uri);
  if (added) added = watches_.add(uri);
  if (added) co_return empty_result();
  Outcome outcome = failed(added.error());
  if (added.error().code() == base::Errc::not_found) {
    outcome.failure->code = code::resource_not_found;
    outcome.failure->data = {{"uri", uri}};
  }
  co_return outcome;
}

void Session::notice(const Message& message) {
  if (message.method == "notifications/initialized" && !revision_.empty()) watches_.watch_list();
  if (message.method != "notifications/cancelled") return;
  const auto id = message.params.find("requestId");
  if (id == message.params.end()) return;
  const auto found = running_.find(key_of(*id));
  if (found == running_.end()) return;
  found->second->cancelled = true;
  found->second->stop.notify();
}

void Session::cancel_all() {
  for (auto& [key, running] : running_) {
    running->cancelled = true;
    running->stop.notify();
  }
}

}  // namespace duotty::mcp
