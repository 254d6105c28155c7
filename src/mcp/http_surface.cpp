#include "http_surface.hpp"

#include <algorithm>
#include <duotty/base/random.hpp>
#include <duotty/base/text.hpp>
#include <duotty/http/sse_writer.hpp>
#include <duotty/record/json_text.hpp>

#include "http_headers.hpp"

namespace duotty::mcp {
namespace {

constexpr std::chrono::minutes kSweepEvery{1};
constexpr const char* kSessionHeader = "Mcp-Session-Id";

http::Response json_answer(std::string text, int status) {
  http::Response response = http::json_response(std::move(text), status);
  response.headers.set("Cache-Control", "no-store");
  return response;
}

http::Response refusal_of(int status, int code, std::string message, const Json& id = Json()) {
  Failure failure;
  failure.code = code;
  failure.message = std::move(message);
  return json_answer(record::to_text(error_message(id, failure)), status);
}

http::Response accepted() {
  http::Response response;
  response.status = 202;
  return response;
}

bool takes(const http::Request& request, std::string_view type) {
  const std::string accept = base::to_lower(request.headers.get("Accept"));
  return accept.find(type) != std::string::npos || accept.find("*/*") != std::string::npos || accept.empty();
}

}  // namespace

rpc::Call as_agent(rpc::Call call) {
  if (call.caller.is_person()) {
    call.caller.kind = rpc::Caller::Kind::agent;
    call.caller.name = "agent";
    call.caller.scopes &= rpc::kAgentScopes;
  }
  return call;
}

HttpSurface::HttpSurface(core::asio::any_io_executor executor, const Engine& engine, http::Authenticator& auth,
                         Limits limits)
    : executor_(executor), engine_(engine), auth_(auth), limits_(limits), scope_(executor) {}

http::HeadVerdict HttpSurface::on_head(http::Request& head) {
  http::HeadVerdict verdict;
  auto caller = auth_.admit(head, http::Access::mcp);
  if (!caller) {
    verdict.refuse = http::error_response(caller.error());
    return verdict;
  }
  const std::string& verb = head.method;
  if (verb != "POST" && verb != "GET" && verb != "DELETE") {
    verdict.refuse = http::error_response({base::Errc::method_not_allowed, "/mcp takes GET, POST, DELETE."});
    verdict.refuse->headers.set("Allow", "GET, POST, DELETE");
    return verdict;
  }
  // The header of a session is as good as X-Duotty: no page of another site can send it unasked.
  const bool deliberate = head.headers.has(kSessionHeader) && verb == "DELETE";
  if (auto content = http::Authenticator::check_content(head); !content && !deliberate) {
    verdict.refuse = http::error_response(content.error());
    return verdict;
  }
  head.caller = std::move(*caller);
  return verdict;
}

Task<> HttpSurface::handle(http::Request request, http::Responder& responder) {
  sweep();
  if (request.method == "POST") {
    co_await post(request, responder);
  } else if (request.method == "GET") {
    co_await get(request, responder);
  } else {
    co_await remove(request, responder);
  }
}

Task<> HttpSurface::post(http::Request& request, http::Responder& responder) {
  if (!takes(request, "application/json") && !takes(request, "text/event-stream")) {
    http::Response response = refusal_of(406, code::invalid_request, "Accept application/json and text/event-stream.");
    co_await responder.respond(std::move(response));
    co_return;
  }
  auto json = record::parse_json(request.body);
  if (!json) {
    http::Response response = refusal_of(400, code::parse_error, json.error().message());
    co_await responder.respond(std::move(response));
    co_return;
  }
  if (json->is_array()) {
    co_await post_batch(request, responder, std::move(*json));
    co_return;
  }
  Message message = read_message(std::move(*json));
  if (message.kind == Message::Kind::invalid) {
    http::Response response = refusal_of(400, code::invalid_request, "This is no message of JSON-RPC 2.0.");
    co_await responder.respond(std::move(response));
    co_return;
  }
  if (is_stateless(message) || request.headers.get(kRevisionHeader) >= kStatelessRevision) {
    co_await post_stateless(request, responder, std::move(message));
    co_return;
  }
  if (message.method == "initialize" && message.kind == Message::Kind::request) {
    co_await open_session(request, responder, std::move(message));
    co_return;
  }
  std::optional<http::Response> refusal;
  auto session = session_of(request, refusal);
  if (refusal) {
    co_await responder.respond(std::move(*refusal));
    co_return;
  }
  const HttpSession::Use use(session);
  if (message.kind != Message::Kind::request) {
    session->session().notice(message);
    http::Response response = accepted();
    co_await responder.respond(std::move(response));
    co_return;
  }
  Delivery delivery;
  delivery.events = takes(request, "text/event-stream");
  delivery.numbered = true;
  delivery.primed = session->session().revision() >= kSessionRevision;
  std::vector<Message> requests;
  requests.push_back(std::move(message));
  delivery.stream = session->run(std::move(requests), delivery.events);
  const auto stream = delivery.stream;
  const bool complete = co_await deliver(delivery, responder);
  if (complete) session->forget(stream);
}

Task<> HttpSurface::post_batch(http::Request& request, http::Responder& responder, Json messages) {
  std::optional<http::Response> refusal;
  auto session = session_of(request, refusal);
  if (!refusal && session->session().revision() != kBatchRevision) {
    refusal = refusal_of(400, code::invalid_request, "Only revision 2025-03-26 has batches.");
  }
  if (refusal) {
    co_await responder.respond(std::move(*refusal));
    co_return;
  }
  const HttpSession::Use use(session);
  std::vector<Message> requests;
  for (auto& one : messages) {
    Message message = read_message(std::move(one));
    if (message.kind == Message::Kind::request) {
      requests.push_back(std::move(message));
    } else {
      session->session().notice(message);
    }
  }
  http::Response response = accepted();
  if (!requests.empty()) {
    const auto stream = session->run(std::move(requests), false);
    co_await stream->until_finished();
    std::string text;
    for (const auto& one : stream->texts()) text += (text.empty() ? "" : ",") + one;
    session->forget(stream);
    response = json_answer("[" + text + "]", 200);
  }
  co_await responder.respond(std::move(response));
}

Task<> HttpSurface::post_stateless(http::Request& request, http::Responder& responder, Message message) {
  if (message.kind != Message::Kind::request) {
    http::Response response = accepted();
    co_await responder.respond(std::move(response));
    co_return;
  }
  std::optional<Failure> failure;
  if (!stated_revision(message).empty()) failure = check_headers(request, message);
  if (!failure) failure = check_metadata(message);
  if (failure) {
    http::Response response = json_answer(record::to_text(error_message(message.id, *failure)), 400);
    co_await responder.respond(std::move(response));
    co_return;
  }
  Delivery delivery;
  delivery.events = takes(request, "text/event-stream");
  delivery.stream = std::make_shared<Stream>(executor_, "s");
  Request identity;
  identity.call = as_agent(http::make_call(request, "mcp"));
  core::Scope scope(executor_);
  std::string name = "request " + message.method;
  scope.spawn(std::move(name), run_stateless(std::move(identity), std::move(message), delivery));
  const auto place = open_.insert(open_.end(), OpenStream{request.caller, delivery.stream.get()});
  std::exception_ptr gone;
  try {
    co_await deliver(delivery, responder);
  } catch (...) {  // the client went away: that takes the request back
    gone = std::current_exception();
  }
  co_await core::asio::this_coro::reset_cancellation_state(core::asio::disable_cancellation());
  open_.erase(place);
  co_await scope.stop();
  if (gone) std::rethrow_exception(gone);
}

Task<> HttpSurface::run_stateless(Request identity, Message message, Delivery delivery) {
  const auto stream = delivery.stream;
  if (delivery.events) {
    identity.notify = [stream](std::string_view method, Json params) {
      stream->push(notification_message(method, std::move(params)));
    };
  }
  const Json id = message.id;
  Outcome outcome = co_await answer_stateless(executor_, engine_, std::move(identity), std::move(message));
  if (outcome.failure && outcome.failure->code == code::method_not_found) *delivery.status = 404;
  stream->push(answer_message(id, std::move(outcome)));
  stream->finish();
}

Task<> HttpSurface::open_session(http::Request& request, http::Responder& responder, Message message) {
  if (!make_room()) {
    http::Response response = refusal_of(503, code::server_error, "Too many sessions are in use.", message.id);
    co_await responder.respond(std::move(response));
    co_return;
  }
  const std::string id = base::make_token();
  auto session = std::make_shared<HttpSession>(executor_, id, engine_, as_agent(http::make_call(request, "mcp")));
  const HttpSession::Use use(session);
  sessions_.emplace(id, Entry{request.caller, session});
  if (!sweeps_) {
    sweeps_ = true;
    scope_.spawn("unused sessions", keep_sweeping());
  }
  std::vector<Message> requests;
  requests.push_back(std::move(message));
  Delivery delivery;
  delivery.stream = session->run(std::move(requests), false);
  delivery.events = false;
  const auto stream = delivery.stream;
  co_await stream->until_finished();
  if (session->session().revision().empty()) {
    if (const auto place = sessions_.find(id); place != sessions_.end()) end(place);
  } else {
    delivery.session = id;
  }
  co_await deliver(delivery, responder);
  session->forget(stream);
}

Task<> HttpSurface::get(http::Request& request, http::Responder& responder) {
  std::optional<http::Response> refusal;
  if (request.headers.get("Accept").find("text/event-stream") == std::string_view::npos) {
    refusal = refusal_of(406, code::invalid_request, "Accept text/event-stream.");
  }
  std::shared_ptr<HttpSession> session;
  if (!refusal) session = session_of(request, refusal);
  if (refusal) {
    co_await responder.respond(std::move(*refusal));
    co_return;
  }
  const HttpSession::Use use(session);
  Stream* stream = &session->unasked();
  std::uint64_t from = stream->end();
  if (const auto last = parse_event_id(request.headers.get("Last-Event-ID"))) {
    stream = session->find(last->first);
    if (stream == nullptr) {
      http::Response response = refusal_of(404, code::invalid_request, "That stream is not kept any more.");
      co_await responder.respond(std::move(response));
      co_return;
    }
    from = last->second + 1;
  }
  http::Response head = http::sse_head();
  auto out = co_await responder.start_stream(std::move(head));
  if (!out) co_return;
  // A comment makes every client see the head at once.
  auto opened = co_await (*out)->write(": stream\n\n");
  if (opened) co_await stream->pump(**out, from, true);
}

Task<> HttpSurface::remove(http::Request& request, http::Responder& responder) {
  std::optional<http::Response> refusal;
  auto session = session_of(request, refusal);
  if (!refusal) {
    if (const auto place = sessions_.find(session->id()); place != sessions_.end()) end(place);
  }
  http::Response response = refusal ? std::move(*refusal) : accepted();
  if (!refusal) response.status = 204;
  co_await responder.respond(std::move(response));
}

Task<bool> HttpSurface::deliver(const Delivery& delivery, http::Responder& responder) {
  Stream& stream = *delivery.stream;
  if (delivery.events) {
    co_await stream.settle(std::chrono::steady_clock::now() + limits_.answer_as_json);
  } else {
    co_await stream.until_finished();
  }
  if (stream.finished() && stream.size() <= 1) {
    http::Response response = stream.size() == 1 ? json_answer(stream.texts().front(), *delivery.status) : accepted();
    if (!delivery.session.empty()) response.headers.set(kSessionHeader, delivery.session);
    auto sent = co_await responder.respond(std::move(response));
    co_return sent.has_value();
  }
  http::Response head = http::sse_head();
  auto out = co_await responder.start_stream(std::move(head));
  if (!out) co_return false;
  if (delivery.primed) {
    const std::string id = stream.id_of(0);
    const std::string first = http::format_sse({.event = {}, .id = id, .data = {}});
    auto sent = co_await (*out)->write(first);
    if (!sent) co_return false;
  }
  co_return co_await stream.pump(**out, 1, delivery.numbered);
}

std::shared_ptr<HttpSession> HttpSurface::session_of(const http::Request& request,
                                                     std::optional<http::Response>& refusal) {
  const auto id = request.headers.find(kSessionHeader);
  if (!id) {
    refusal = refusal_of(400, code::invalid_request, "Send initialize first, then Mcp-Session-Id with every request.");
    return nullptr;
  }
  const auto found = sessions_.find(std::string(*id));
  const bool own = found != sessions_.end() && found->second.caller.kind == request.caller.kind &&
                   found->second.caller.name == request.caller.name;
  if (!own) {
    refusal = refusal_of(404, code::invalid_request, "There is no such session (any more). Send initialize again.");
    return nullptr;
  }
  const auto revision = request.headers.find(kRevisionHeader);
  if (revision && !knows_revision(*revision)) {
    refusal = refusal_of(400, code::invalid_request, "This revision of the protocol is not spoken here.");
    return nullptr;
  }
  return found->second.session;
}

bool HttpSurface::make_room() {
  if (sessions_.size() < limits_.sessions) return true;
  auto oldest = sessions_.end();
  for (auto place = sessions_.begin(); place != sessions_.end(); ++place) {
    if (place->second.session->in_use()) continue;
    const bool older =
        oldest == sessions_.end() || place->second.session->last_used() < oldest->second.session->last_used();
    if (older) oldest = place;
  }
  if (oldest == sessions_.end()) return false;
  end(oldest);
  return true;
}

void HttpSurface::sweep() {
  const auto limit = std::chrono::steady_clock::now() - limits_.idle;
  for (auto place = sessions_.begin(); place != sessions_.end();) {
    const auto current = place++;
    const auto& session = current->second.session;
    if (!session->in_use() && session->last_used() < limit) end(current);
  }
}

Task<> HttpSurface::keep_sweeping() {
  while (true) {
    co_await core::sleep_for(kSweepEvery);
    sweep();
  }
}

void HttpSurface::end(std::map<std::string, Entry>::iterator place) {
  auto session = std::move(place->second.session);
  sessions_.erase(place);
  scope_.spawn("end of a session", end_session(std::move(session)));
}

Task<> HttpSurface::end_session(std::shared_ptr<HttpSession> session) {
  co_await core::asio::this_coro::reset_cancellation_state(core::asio::disable_cancellation());
  co_await session->stop();
}

void HttpSurface::drop_revoked() {
  for (auto place = sessions_.begin(); place != sessions_.end();) {
    const auto current = place++;
    if (!auth_.still_valid(current->second.caller)) end(current);
  }
  for (auto& open : open_) {
    if (!auth_.still_valid(open.caller)) open.stream->finish();
  }
}

Task<> HttpSurface::stop() {
  const auto sessions = std::move(sessions_);
  sessions_.clear();
  for (const auto& [id, entry] : sessions) co_await end_session(entry.session);
  co_await scope_.stop();
}

}  // namespace duotty::mcp
