#include <duotty/record/json_members.hpp>
#include <duotty/record/json_text.hpp>

#include "mcp_command.hpp"

namespace duotty::cli {
namespace {

constexpr int kServerError = -32000;
constexpr const char* kListen = "subscriptions/listen";

std::string request(const std::string& id, const char* method, Json params) {
  Json message = {{"jsonrpc", "2.0"}, {"method", method}};
  message["id"] = id;
  message["params"] = std::move(params);
  return record::to_text(message);
}

}  // namespace

void McpMemory::sent(const std::string& line) {
  const Json message = Json::parse(line, nullptr, false);
  if (!message.is_object()) return;
  const std::string method = record::text_of(message, "method");
  const Json params = message.value("params", Json::object());
  if (method == "notifications/initialized") initialized_ = true;
  const auto id = message.find("id");
  if (method.empty() || id == message.end()) return;
  open_[id->dump()] = method;
  if (!params.is_object()) return;
  if (method == "initialize") initialize_ = record::to_text(params);
  if (method == "logging/setLevel") log_level_ = record::to_text(params);
  if (method == "resources/subscribe") watched_.insert(record::text_of(params, "uri"));
  if (method == "resources/unsubscribe") watched_.erase(record::text_of(params, "uri"));
  if (method == kListen) listening_[id->dump()] = line;
}

bool McpMemory::received(const std::string& text) {
  const Json message = Json::parse(text, nullptr, false);
  if (message.is_array()) {
    for (const auto& one : message) open_.erase(one.value("id", Json()).dump());
    return true;
  }
  if (!message.is_object() || message.contains("method")) return true;
  const std::string id = message.value("id", Json()).dump();
  open_.erase(id);
  listening_.erase(id);
  return hidden_.erase(id) == 0;
}

std::vector<std::string> McpMemory::lost() {
  std::vector<std::string> answers;
  for (const auto& [id, method] : open_) {
    if (method == kListen) continue;
    Json error = {{"code", kServerError},
                  {"message", "The server was restarted while \"" + method +
                                  "\" ran; it may have been carried out. The terminals are still there: look before "
                                  "you try again."}};
    Json answer = {{"jsonrpc", "2.0"}, {"id", Json::parse(id)}};
    answer["error"] = std::move(error);
    answers.push_back(record::to_text(answer));
  }
  open_.clear();
  for (const auto& [id, line] : listening_) open_[id] = kListen;
  return answers;
}

std::vector<std::string> McpMemory::again() {
  std::vector<std::string> lines;
  const auto say = [&](const char* method, Json params) {
    const std::string id = "again-" + std::to_string(++made_);
    hidden_.insert(Json(id).dump());
    lines.push_back(request(id, method, std::move(params)));
  };
  if (!initialize_.empty()) say("initialize", Json::parse(initialize_));
  if (initialized_) lines.emplace_back(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  if (!log_level_.empty()) say("logging/setLevel", Json::parse(log_level_));
  for (const auto& uri : watched_) say("resources/subscribe", Json{{"uri", uri}});
  for (const auto& [id, line] : listening_) lines.push_back(line);
  return lines;
}

}  // namespace duotty::cli
