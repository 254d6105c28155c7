#include "protocol.hpp"

#include <algorithm>

namespace duotty::mcp {

bool knows_revision(std::string_view revision) {
  return std::find(kRevisions.begin(), kRevisions.end(), revision) != kRevisions.end();
}

std::string_view negotiate(std::string_view wanted) {
  const auto found = std::find(kRevisions.begin() + 1, kRevisions.end(), wanted);
  return found == kRevisions.end() ? kSessionRevision : *found;
}

Outcome failed(int code, std::string message) {
  Outcome outcome;
  outcome.failure.emplace();
  outcome.failure->code = code;
  outcome.failure->message = std::move(message);
  return outcome;
}

Outcome failed(const base::Error& error) {
  using base::Errc;
  const bool params = error.code() == Errc::invalid_params || error.code() == Errc::method_not_found;
  Outcome outcome = failed(params ? code::invalid_params : code::server_error, error.message());
  outcome.failure->data = {{"code", error.name()}};
  if (!error.field().empty()) outcome.failure->data["field"] = error.field();
  return outcome;
}

Message read_message(Json json) {
  Message message;
  if (!json.is_object() || text_of(json, "jsonrpc") != "2.0") return message;
  if (const auto id = json.find("id"); id != json.end()) {
    if (!id->is_string() && !id->is_number_integer()) return message;
    message.id = *id;
  }
  const auto method = json.find("method");
  if (method == json.end()) {
    const bool answer = !message.id.is_null() && (json.contains("result") || json.contains("error"));
    if (answer) message.kind = Message::Kind::response;
    return message;
  }
  if (!method->is_string()) return message;
  if (const auto params = json.find("params"); params != json.end()) {
    if (!params->is_object()) return message;
    message.params = std::move(*params);
  }
  message.method = method->get<std::string>();
  message.kind = message.id.is_null() ? Message::Kind::notification : Message::Kind::request;
  return message;
}

std::string key_of(const Json& id) {
  return id.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json result_message(const Json& id, Json result) {
  Json message = {{"jsonrpc", "2.0"}, {"id", id}};
  message["result"] = std::move(result);
  return message;
}

Json error_message(const Json& id, const Failure& failure) {
  Json error = {{"code", failure.code}, {"message", failure.message}};
  if (!failure.data.is_null()) error["data"] = failure.data;
  Json message = {{"jsonrpc", "2.0"}, {"id", id}};
  message["error"] = std::move(error);
  return message;
}

Json answer_message(const Json& id, Outcome outcome) {
  return outcome.failure ? error_message(id, *outcome.failure) : result_message(id, std::move(outcome.result));
}

Json notification_message(std::string_view method, Json params) {
  Json message = {{"jsonrpc", "2.0"}, {"method", std::string(method)}};
  if (!params.is_null()) message["params"] = std::move(params);
  return message;
}

const Json& meta_of(const Json& params) {
  static const Json none = Json::object();
  if (!params.is_object()) return none;
  const auto found = params.find("_meta");
  return found != params.end() && found->is_object() ? *found : none;
}

std::optional<int> log_level(std::string_view word) {
  static constexpr std::array<std::string_view, 8> words = {"debug", "info",     "notice", "warning",
                                                            "error", "critical", "alert",  "emergency"};
  const auto found = std::find(words.begin(), words.end(), word);
  if (found == words.end()) return std::nullopt;
  return static_cast<int>(found - words.begin());
}

void Request::log(int level, const char* word, Json data) const {
  if (!notify || level < log_level) return;
  Json entry = {{"level", word}, {"logger", "duotty"}};
  entry["data"] = std::move(data);
  notify("notifications/message", std::move(entry));
}

}  // namespace duotty::mcp
