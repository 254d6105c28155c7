#include "method_commands.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <duotty/record/json_text.hpp>
#include <nlohmann/json.hpp>

#include "render.hpp"
#include "terminal_commands.hpp"

namespace duotty::cli {
namespace {

using base::Errc;
using base::Error;

/// The names in a schema's `type`, which is a text or a list.
std::vector<std::string> types_of(const Json& schema) {
  std::vector<std::string> out;
  const auto type = schema.find("type");
  if (type == schema.end()) return out;
  if (type->is_string()) return {type->get<std::string>()};
  for (const auto& each : *type) {
    if (each.is_string()) out.push_back(each.get<std::string>());
  }
  return out;
}

base::Result<Json> value_for(const Json& schema, const std::string& name, const std::string& text) {
  const auto types = types_of(schema);
  const auto has = [&](const char* type) { return std::find(types.begin(), types.end(), type) != types.end(); };
  if (has("string")) return Json(text);
  auto parsed = record::parse_json(text);
  if (parsed) return std::move(*parsed);
  if (has("array")) return Json::array({text});
  if (has("object") || has("integer") || has("number") || has("boolean")) {
    return Error(Errc::invalid_params,
                 name + ": \"" + text + "\" is not the " + types.front() + " that is expected here.", name);
  }
  return Json(text);
}

std::string first_sentence(std::string_view about) {
  const auto end = about.find(". ");
  return std::string(end == std::string_view::npos ? about : about.substr(0, end + 1));
}

const char* kind_name(rpc::Kind kind) {
  switch (kind) {
    case rpc::Kind::stream:
      return "stream";
    case rpc::Kind::duplex:
      return "duplex";
    case rpc::Kind::call:
      break;
  }
  return "call";
}

std::string type_name(const Json& schema) {
  if (schema.contains("enum")) {
    std::string out;
    for (const auto& word : schema["enum"]) out += (out.empty() ? "" : "|") + word.get<std::string>();
    return out;
  }
  std::string out;
  for (const auto& type : types_of(schema)) {
    if (type != "null") out += (out.empty() ? "" : "|") + type;
  }
  if (out == "array" && schema.contains("items")) return "list of " + type_name(schema["items"]);
  return out.empty() ? "any" : out;
}

/// `text` broken at blanks into lines of at most `columns`, each indented.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t columns) {
  std::string out;
  std::size_t used = 0;
  const std::string margin(indent, ' ');
  while (!text.empty()) {
    const auto blank = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, blank);
    if (used > 0 && indent + used + 1 + word.size() > columns) {
      out += "\n";
      used = 0;
    }
    out += used == 0 ? margin : " ";
    out += word;
    used += word.size() + (used == 0 ? 0 : 1);
    text.remove_prefix(std::min(blank + 1, text.size()));
  }
  return out.empty() ? out : out + "\n";
}

}  // namespace

base::Result<const rpc::Method*> find_method(const rpc::Table& table, const std::string& name) {
  if (const auto* method = table.find(name)) return method;
  const std::string near = table.nearest(name);
  return Error(Errc::method_not_found,
               "There is no method \"" + name + "\"." +
                   (near.empty() ? " List them with: duotty call --list" : " Did you mean \"" + near + "\"?"));
}

base::Result<Json> call_params(const rpc::Method& method, const std::string& json,
                               const std::vector<std::string>& assignments) {
  Json params = Json::object();
  if (!json.empty()) {
    auto parsed = record::parse_json(json);
    if (!parsed) return Error(Errc::invalid_json, "The parameters are no JSON: " + parsed.error().message());
    if (!parsed->is_object()) return Error(Errc::invalid_params, "The parameters must be a JSON object: {...}.");
    params = std::move(*parsed);
  }
  const Json properties = method.params ? method.params->value("properties", Json::object()) : Json::object();
  for (const auto& assignment : assignments) {
    const auto equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Error(Errc::invalid_params, "\"" + assignment + "\" is no parameter. Write -p key=value.");
    }
    const std::string name = assignment.substr(0, equals);
    auto value = value_for(properties.value(name, Json::object()), name, assignment.substr(equals + 1));
    if (!value) return value.error();
    params[name] = std::move(*value);
  }
  return params;
}

std::string method_list(const rpc::Table& table, int columns) {
  std::vector<std::vector<Cell>> rows;
  for (const auto& method : table.methods()) {
    rows.push_back({{method->name, ""}, {kind_name(method->kind), ""}, {first_sentence(method->spec.about), ""}});
  }
  return cli::table({"METHOD", "KIND", "ABOUT"}, rows, columns, Colour::off);
}

std::string method_help(const rpc::Method& method) {
  std::string out = method.name + "\n" + wrapped(method.spec.about, 2, 100);
  if (method.spec.http.verb) {
    out += std::string("\nHTTP: ") + method.spec.http.verb + " " + method.spec.http.path + "\n";
  }
  const Json properties = method.params ? method.params->value("properties", Json::object()) : Json::object();
  out += properties.empty() ? "\nIt takes no parameters.\n" : "\nParameters:\n";
  const Json required = method.params ? method.params->value("required", Json::array()) : Json::array();
  for (const auto& [name, schema] : properties.items()) {
    const bool needed = std::find(required.begin(), required.end(), Json(name)) != required.end();
    out += "  " + name + " (" + type_name(schema) + (needed ? ", required" : "");
    if (const auto value = schema.find("default"); value != schema.end()) out += ", default " + value->dump();
    out += ")\n" + wrapped(text_of(schema, "description"), 6, 100);
  }
  const std::string example = *method.spec.example ? method.spec.example : "";
  out += "\nExample:\n  duotty call " + method.name + (example.empty() ? "" : " '" + example + "'") + "\n";
  return out;
}

Task<int> call_command(Context& context, Remote& remote, CallOptions options) {
  const auto method = find_method(context.table, options.method);
  if (!method) co_return context.fail(method.error());
  if (options.json == "-") {
    auto input = context.read_input();
    if (!input) co_return context.fail(input.error());
    options.json = std::move(*input);
  }
  auto params = call_params(**method, options.json, options.assignments);
  if (!params) co_return context.fail(params.error());
  if ((*method)->kind == rpc::Kind::duplex) {
    co_return context.fail({Errc::invalid_params, options.method +
                                                      " is a two-way connection and no call. To use a terminal: "
                                                      "duotty attach TERM"});
  }
  const auto print_item = [&context](const Json& item) {
    context.console.out_line(item.dump(-1, ' ', false, Json::error_handler_t::replace));
  };
  const bool stream = (*method)->kind == rpc::Kind::stream;
  auto result =
      co_await remote.call(options.method, std::move(*params), stream ? OnProgress(print_item) : OnProgress());
  if (!result) co_return context.fail(result.error(), remote.details_of(result.error()));
  if (!stream && result->is_string() && !context.globals.json) {
    const std::string text = result->get<std::string>();
    context.console.out(text);
    if (text.empty() || text.back() != '\n') context.console.out("\n");
  } else if (!stream) {
    context.print_json(*result);
  }
  co_return exit_status::ok;
}

std::string event_line(const Json& event) {
  const auto at = static_cast<std::time_t>(number_of(event, "ts"));
  std::string out = at > 0 ? fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::localtime(at)) : std::string("-");
  out += "  " + visible_line(text_of(event, "action"));
  for (const auto& [key, value] : event.items()) {
    if (key == "ts" || key == "action" || key == "event") continue;
    const std::string text = value.is_string() ? value.get<std::string>() : record::to_text(value);
    out += "  " + visible_line(key) + "=" + visible_line(text);
  }
  return out;
}

Task<int> events_command(Context& context, Remote& remote, EventOptions options) {
  const auto print = [&context](const Json& event) {
    if (context.globals.json) {
      context.console.out_line(event.dump(-1, ' ', false, Json::error_handler_t::replace));
    } else if (text_of(event, "action") != "heartbeat") {
      context.console.out_line(event_line(event));
    }
  };
  Json params = {{"limit", options.limit}};
  if (options.since) params["since_id"] = *options.since;
  auto recent = co_await remote.call("events.recent", std::move(params), {});
  if (!recent) co_return context.fail(recent.error());
  long long last = options.since.value_or(0);
  for (const auto& event : recent->value("events", Json::array())) {
    print(event);
    last = std::max(last, static_cast<long long>(number_of(event, "id")));
  }
  if (!options.follow) co_return exit_status::ok;
  Json from = {{"since_id", last}};
  auto ended = co_await remote.call("events.stream", std::move(from), print);
  co_return ended ? exit_status::ok : context.fail(ended.error());
}

}  // namespace duotty::cli
