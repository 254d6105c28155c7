#include "tools.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <duotty/base/text.hpp>
#include <duotty/record/json_text.hpp>

#include "progress.hpp"

namespace duotty::mcp {
namespace {

constexpr const char* kMethods = "api_methods";
constexpr const char* kCall = "api_call";

Json annotations(const rpc::ToolBinding& tool, const rpc::Method& method) {
  return {{"title", tool.title},
          {"readOnlyHint", !method.spec.mutates},
          {"destructiveHint", tool.destructive},
          {"idempotentHint", !method.spec.mutates},
          {"openWorldHint", tool.open_world}};
}

Json input_schema(const rpc::ToolBinding& tool, const rpc::Method& method) {
  Json schema = *method.params;
  schema["type"] = "object";
  for (const auto hidden : base::split(tool.hidden, ' ')) {
    if (schema.contains("properties")) schema["properties"].erase(std::string(hidden));
  }
  if (schema.contains("properties") && schema["properties"].empty()) schema.erase("properties");
  return schema;
}

/// Clients check the structured content of errors too: it is either the result or `error`.
Json with_error(Json schema) {
  schema["properties"]["error"] = {{"type", "object"},
                                   {"description", "Why the call failed: code, message, details."},
                                   {"required", Json::array({"code", "message"})}};
  Json result = {{"required", std::move(schema["required"])}};
  Json failure = {{"required", Json::array({"error"})}};
  schema.erase("required");
  schema["anyOf"] = Json::array({std::move(result), std::move(failure)});
  return schema;
}

Json shown_tool(const rpc::ToolBinding& tool, const rpc::Method& method) {
  Json shown = {{"name", tool.name},
                {"title", tool.title},
                {"description", *tool.about != '\0' ? tool.about : method.spec.about},
                {"inputSchema", input_schema(tool, method)},
                {"annotations", annotations(tool, method)}};
  if (method.result->value("type", Json()) == "object") {
    Json schema = checkable_schema(*method.result);
    shown["outputSchema"] = tool.details ? with_error(std::move(schema)) : std::move(schema);
  }
  return shown;
}

Json methods_tool() {
  Json query = {{"type", "string"}, {"description", "Words that must all occur in a method's name or description."}};
  return {{"name", kMethods},
          {"title", "List all methods"},
          {"description",
           "Lists the methods of the server beyond these tools (resizing, names and tags, viewers, events, settings, "
           "...), with their parameters when few match. Call one with api_call."},
          {"inputSchema", {{"type", "object"}, {"properties", {{"query", std::move(query)}}}}},
          {"annotations",
           {{"title", "List all methods"},
            {"readOnlyHint", true},
            {"destructiveHint", false},
            {"idempotentHint", true},
            {"openWorldHint", false}}}};
}

Json call_tool() {
  Json properties = {{"method", {{"type", "string"}, {"description", "Name of the method, as api_methods lists it."}}},
                     {"params", {{"type", "object"}, {"description", "Its parameters."}}}};
  return {{"name", kCall},
          {"title", "Call any method"},
          {"description", "Calls one method of the server by its name. Look at its parameters with api_methods first."},
          {"inputSchema",
           {{"type", "object"}, {"properties", std::move(properties)}, {"required", Json::array({"method"})}}},
          {"annotations",
           {{"title", "Call any method"},
            {"readOnlyHint", false},
            {"destructiveHint", true},
            {"idempotentHint", false},
            {"openWorldHint", true}}}};
}

Json text_content(std::string text) {
  return Json::array({{{"type", "text"}, {"text", std::move(text)}}});
}

Outcome tool_result(Json value, std::string_view revision) {
  Outcome outcome;
  if (value.is_string()) {
    outcome.result = {{"content", text_content(value.get<std::string>())}};
    return outcome;
  }
  outcome.result = {{"content", text_content(record::to_text(value))}};
  if (value.is_object() && revision >= kStructuredRevision) outcome.result["structuredContent"] = std::move(value);
  return outcome;
}

Outcome tool_error(const base::Error& error, const Json* details, bool structured) {
  Json body = rpc::error_body(error, details);
  body.erase("detail");
  Outcome outcome;
  outcome.result = {{"content", text_content(record::to_text(body))}, {"isError", true}};
  if (details && structured) outcome.result["structuredContent"] = std::move(body);
  return outcome;
}

bool contains_words(const rpc::Method& method, const std::string& query) {
  const std::string text = base::to_lower(method.name + " " + method.spec.about);
  const std::string words = base::to_lower(query);
  for (const auto word : base::split(words, ' ')) {
    if (!word.empty() && text.find(word) == std::string::npos) return false;
  }
  return true;
}

bool allowed(const rpc::Method& method, const rpc::Caller& caller) {
  return method.spec.scope == rpc::Scope::none || caller.has(method.spec.scope);
}

}  // namespace

Json checkable_schema(Json schema) {
  if (schema.is_array()) {
    for (auto& item : schema) item = checkable_schema(std::move(item));
    return schema;
  }
  if (!schema.is_object()) return schema;
  for (auto& [name, member] : schema.items()) {
    if (name != "enum" && name != "default") member = checkable_schema(std::move(member));
  }
  const auto type = schema.find("type");
  const bool may_be_null =
      type != schema.end() && type->is_array() && std::find(type->begin(), type->end(), Json("null")) != type->end();
  if (may_be_null && schema.contains("enum")) schema["enum"].push_back(nullptr);
  return schema;
}

Tools::Tools(const rpc::Dispatcher& dispatcher, std::span<const rpc::ToolBinding> bindings) : dispatcher_(dispatcher) {
  for (const rpc::ToolBinding& binding : bindings) {
    const rpc::Method* method = dispatcher.table().find(binding.method);
    if (method == nullptr || method->kind != rpc::Kind::call) {
      throw std::logic_error(std::string("no call to make a tool of: ") + binding.method);
    }
    tools_.push_back({binding.name, method, shown_tool(binding, *method), binding.details});
  }
  tools_.push_back({kMethods, nullptr, methods_tool(), false});
  tools_.push_back({kCall, nullptr, call_tool(), true});
}

const Tools::Tool* Tools::find(std::string_view name) const {
  const auto found = std::find_if(tools_.begin(), tools_.end(), [&](const Tool& tool) { return tool.name == name; });
  return found == tools_.end() ? nullptr : &*found;
}

Json Tools::list(const rpc::Caller& caller, std::string_view revision) const {
  Json tools = Json::array();
  for (const Tool& tool : tools_) {
    if (tool.method != nullptr && !allowed(*tool.method, caller)) continue;
    Json shown = tool.shown;
    if (revision < kStructuredRevision) {
      shown.erase("outputSchema");
      shown.erase("title");
    }
    tools.push_back(std::move(shown));
  }
  return {{"tools", std::move(tools)}};
}

Task<Outcome> Tools::call(Request& request) const {
  const std::string name = text_of(request.params, "name");
  const Tool* tool = find(name);
  if (tool == nullptr) co_return failed(code::invalid_params, "There is no tool \"" + base::shorten(name, 80) + "\".");
  Json arguments = request.params.value("arguments", Json::object());
  if (arguments.is_null()) arguments = Json::object();
  if (!arguments.is_object()) co_return failed(code::invalid_params, "\"arguments\" must be an object.");
  if (name == kMethods) {
    co_return tool_result(describe_methods(request.call.caller, text_of(arguments, "query")), request.revision);
  }
  std::string method = tool->method != nullptr ? tool->method->name : text_of(arguments, "method");
  if (tool->method == nullptr) {
    Json params = arguments.value("params", Json::object());
    arguments = std::move(params);
  }
  rpc::Call call = request.call;
  auto result = co_await run(request, call, method, std::move(arguments));
  if (!result) {
    request.log(kWarning, "warning", Json{{"tool", name}, {"error", result.error().name()}});
    const bool structured = tool->details && request.revision >= kStructuredRevision;
    co_return tool_error(result.error(), call.details.get(), structured);
  }
  request.log(kDebug, "debug", Json{{"tool", name}, {"method", method}});
  co_return tool_result(std::move(*result), request.revision);
}

Task<base::Result<Json>> Tools::run(Request& request, rpc::Call& call, std::string method, Json params) const {
  using namespace core::asio::experimental::awaitable_operators;
  const Json& meta = meta_of(request.params);
  const auto token = meta.find("progressToken");
  if (token == meta.end() || !request.notify) co_return co_await dispatcher_.call(method, call, std::move(params));
  Progress progress(*token, request.notify);
  call.progress = [&progress](const Json& data) { progress.on_output(data); };
  auto finished = co_await (dispatcher_.call(method, call, std::move(params)) || progress.keep_telling());
  co_return std::get<0>(std::move(finished));
}

Json Tools::describe_methods(const rpc::Caller& caller, const std::string& query) const {
  constexpr std::size_t kDetailed = 5;
  std::vector<const rpc::Method*> found;
  for (const auto& method : dispatcher_.table().methods()) {
    const bool offered = method->kind == rpc::Kind::call;
    const bool fits = offered && allowed(*method, caller) && contains_words(*method, query);
    if (fits) found.push_back(method.get());
  }
  Json methods = Json::array();
  for (const rpc::Method* method : found) {
    Json one = {{"name", method->name}, {"about", method->spec.about}, {"changes_something", method->spec.mutates}};
    if (found.size() <= kDetailed) one["params"] = *method->params;
    methods.push_back(std::move(one));
  }
  return {{"methods", std::move(methods)}};
}

}  // namespace duotty::mcp
