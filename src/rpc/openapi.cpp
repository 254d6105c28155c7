#include <algorithm>
#include <duotty/base/text.hpp>
#include <duotty/record/schema.hpp>
#include <duotty/rpc/openapi.hpp>
#include <nlohmann/json.hpp>
#include <set>

namespace duotty::rpc {
namespace {

Json error_schema() {
  return {{"type", "object"},
          {"required", Json::array({"error", "detail"})},
          {"properties",
           {{"error",
             {{"type", "object"},
              {"required", Json::array({"code", "message"})},
              {"properties",
               {{"code", {{"type", "string"}, {"description", "For programs; stable."}}},
                {"message", {{"type", "string"}, {"description", "For people; says what to do."}}},
                {"field", {{"type", "string"}, {"description", "The parameter it is about."}}}}}}},
            {"detail", {{"type", "string"}, {"description", "The message again, where older clients look for it."}}}}}};
}

Json parameters_of(const Json& params, const std::vector<std::string>& in_path, bool query) {
  Json list = Json::array();
  const Json& properties = params["properties"];
  for (const auto& [name, property] : properties.items()) {
    const bool is_path = std::find(in_path.begin(), in_path.end(), name) != in_path.end();
    if (!is_path && !query) continue;
    Json schema = property;
    schema.erase("description");
    Json one = {{"name", name}, {"in", is_path ? "path" : "query"}, {"schema", std::move(schema)}};
    if (property.contains("description")) one["description"] = property["description"];
    const Json& required = params.value("required", Json::array());
    if (is_path || std::find(required.begin(), required.end(), name) != required.end()) one["required"] = true;
    list.push_back(std::move(one));
  }
  return list;
}

Json body_of(const Method& method, const std::vector<std::string>& in_path) {
  Json schema = *method.params;
  for (const auto& name : in_path) {
    schema["properties"].erase(name);
    if (schema.contains("required")) {
      Json kept = Json::array();
      for (const auto& required : schema["required"]) {
        if (required != name) kept.push_back(required);
      }
      schema["required"] = kept;
      if (kept.empty()) schema.erase("required");
    }
  }
  const bool required = schema.contains("required");
  Json media = {{"schema", std::move(schema)}};
  if (*method.spec.example != '\0') {
    Json example = Json::parse(method.spec.example);
    for (const auto& name : in_path) example.erase(name);
    media["example"] = std::move(example);
  }
  Json body = {{"content", {{"application/json", std::move(media)}}}};
  if (required) body["required"] = true;
  return body;
}

/// The group of a method: what stands before the point.
std::string tag_of(const std::string& name) {
  return name.substr(0, name.find('.'));
}

/// What both kinds of operations say first.
Json operation_head(const std::string& operation, const char* about, Scope scope, Json parameters) {
  Json out = {{"operationId", operation},
              {"summary", operation},
              {"description", about},
              {"tags", Json::array({tag_of(operation)})},
              {"parameters", std::move(parameters)}};
  if (scope == Scope::none) {
    out["security"] = Json::array();
  } else {
    out["x-scope"] = std::string(name(scope));
  }
  return out;
}

Json responses_of(Json ok) {
  return {{"200", std::move(ok)}, {"default", {{"$ref", "#/components/responses/Error"}}}};
}

Json binary() {
  return {{"schema", {{"type", "string"}, {"format", "binary"}}}};
}

Json operation(const Route& route) {
  Json ok = {{"description", "Success."}};
  ok["content"][route.http.media] = route.result ? Json{{"schema", *route.result}} : binary();
  Json out = operation_head(route.name, route.about, route.scope, parameters_of(*route.params, {}, true));
  out["responses"] = responses_of(std::move(ok));
  if (route.takes) out["requestBody"] = {{"content", {{route.takes, binary()}}}};
  return out;
}

Json operation(const Method& method) {
  const auto in_path = captures(method.spec.http.path);
  const std::string verb = method.spec.http.verb;
  const bool has_body = verb == "POST" || verb == "PUT" || verb == "PATCH";
  Json ok = {{"description", "Success."}};
  // A stream that names a type of its own is a file of lines; the others are events.
  const bool events = method.kind == Kind::stream && std::string_view(method.spec.http.media) == "application/json";
  const char* media = events ? "text/event-stream" : method.spec.http.media;
  ok["content"][media] = {{"schema", *method.result}};
  Json out = operation_head(method.name, method.spec.about, method.spec.scope,
                            parameters_of(*method.params, in_path, !has_body));
  out["responses"] = responses_of(std::move(ok));
  if (has_body && !(*method.params)["properties"].empty()) out["requestBody"] = body_of(method, in_path);
  return out;
}

std::string pascal(std::string_view name) {
  std::string out;
  bool up = true;
  for (const char c : name) {
    if (c == '.' || c == '_') {
      up = true;
    } else {
      out.push_back(up && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c);
      up = false;
    }
  }
  return out;
}

std::string type_word(const Json& property) {
  if (!property.contains("type")) return "any";
  const Json& type = property["type"];
  if (type.is_string()) return type.get<std::string>();
  std::string out;
  for (const auto& one : type) out += (out.empty() ? "" : " or ") + one.get<std::string>();
  return out;
}

void append_table(std::string& out, const Json& schema, bool with_default) {
  if (!schema.contains("properties") || schema["properties"].empty()) return;
  out += with_default ? "\n| parameter | type | default | meaning |\n|---|---|---|---|\n"
                      : "\n| field | type | meaning |\n|---|---|---|\n";
  const Json required = schema.value("required", Json::array());
  for (const auto& [name, property] : schema["properties"].items()) {
    const bool needed = std::find(required.begin(), required.end(), name) != required.end();
    out += "| `" + name + "` | " + type_word(property) + " | ";
    if (with_default) {
      out += (needed                         ? "**required**"
              : property.contains("default") ? "`" + property["default"].dump() + "`"
                                             : "–") +
             " | ";
    }
    out += base::replace_all(property.value("description", ""), "|", "\\|") + " |\n";
  }
}

}  // namespace

std::vector<std::string> captures(std::string_view path) {
  std::vector<std::string> names;
  for (auto open = path.find('{'); open != std::string_view::npos; open = path.find('{', open + 1)) {
    const auto close = path.find('}', open);
    if (close == std::string_view::npos) break;
    names.emplace_back(path.substr(open + 1, close - open - 1));
  }
  return names;
}

Json openapi(const Table& table, const std::string& version) {
  Json paths = Json::object();
  std::set<std::string> tags;
  for (const auto& method : table.methods()) {
    if (!method->spec.http.verb || method->kind == Kind::duplex) continue;
    paths[method->spec.http.path][base::to_lower(method->spec.http.verb)] = operation(*method);
    tags.insert(tag_of(method->name));
  }
  for (const Route& route : table.routes()) {
    paths[route.http.path][base::to_lower(route.http.verb)] = operation(route);
    tags.insert(tag_of(route.name));
  }
  Json tag_list = Json::array();
  for (const std::string& tag : tags) tag_list.push_back({{"name", tag}});
  return {{"openapi", "3.1.0"},
          {"info",
           {{"title", "duotty"},
            {"version", version},
            {"description", "A terminal daemon that people and AI agents share."},
            {"license", {{"name", "MIT"}, {"identifier", "MIT"}}}}},
          {"servers", Json::array({{{"url", "/"}}})},
          {"security", Json::array({{{"bearer", Json::array()}}, {{"query", Json::array()}}})},
          {"tags", std::move(tag_list)},
          {"paths", std::move(paths)},
          {"components",
           {{"securitySchemes",
             {{"bearer", {{"type", "http"}, {"scheme", "bearer"}}},
              {"query", {{"type", "apiKey"}, {"in", "query"}, {"name", "token"}}}}},
            {"schemas", {{"Error", error_schema()}}},
            {"responses",
             {{"Error",
               {{"description", "Failure; error.code says which."},
                {"content", {{"application/json", {{"schema", {{"$ref", "#/components/schemas/Error"}}}}}}}}}}}}}};
}

std::string typescript_client(const Table& table) {
  std::string out =
      "// Generated from the method table by `duotty schema typescript`. Do not edit: change the method instead.\n";
  std::string map =
      "\n/** Every method: its parameters, its result (or a stream's items) and its HTTP binding. */\nexport interface "
      "Methods {\n";
  std::string routes = "\n/** Verb and path of every method that is reachable over HTTP. */\nexport const routes = {\n";
  for (const auto& method : table.methods()) {
    const std::string base = pascal(method->name);
    out += "\n/** " + std::string(method->spec.about) + " */\n";
    out += "export type " + base + "Params = " + record::typescript(*method->params) + ";\n";
    out += "export type " + base + "Result = " + record::typescript(*method->result) + ";\n";
    map += "  \"" + method->name + "\": { params: " + base + "Params; result: " + base + "Result };\n";
    if (method->spec.http.verb) {
      routes += "  \"" + method->name + "\": { verb: \"" + method->spec.http.verb + "\", path: \"" +
                method->spec.http.path + "\" },\n";
    }
  }
  return out + map + "}\n" + routes + "} as const;\n";
}

std::string markdown_reference(const Table& table) {
  std::string out;
  for (const auto& method : table.methods()) {
    out += "\n### " + method->name + "\n\n";
    if (method->spec.http.verb) {
      out += "`" + std::string(method->spec.http.verb) + " " + method->spec.http.path + "`";
    } else {
      out += "WebSocket and command line only";
    }
    if (method->kind == Kind::stream) out += " · stream";
    out += method->spec.scope == Scope::none ? " · public" : " · scope `" + std::string(name(method->spec.scope)) + "`";
    out += "\n\n" + std::string(method->spec.about) + "\n";
    append_table(out, *method->params, true);
    if (*method->spec.example != '\0') out += "\n```json\n" + std::string(method->spec.example) + "\n```\n";
    if (method->result->contains("properties")) {
      out += "\nAnswer:\n";
      append_table(out, *method->result, false);
    }
  }
  for (const Route& route : table.routes()) {
    out += "\n### " + route.name + "\n\n`" + route.http.verb + " " + route.http.path + "` · scope `" +
           std::string(name(route.scope)) + "` · HTTP only\n\n" + route.about + "\n";
    append_table(out, *route.params, true);
  }
  return out;
}

}  // namespace duotty::rpc
