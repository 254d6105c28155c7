#include "resources.hpp"

#include <duotty/base/text.hpp>
#include <duotty/record/json_text.hpp>

namespace duotty::mcp {
namespace {

using base::Result;
using Kind = ResourceName::Kind;

constexpr std::string_view kScheme = "duotty://";
constexpr int kScrollbackRows = 2000;
constexpr int kCommands = 100;

Json resource(std::string uri, std::string name, const char* about, const char* media) {
  return {{"uri", std::move(uri)}, {"name", std::move(name)}, {"description", about}, {"mimeType", media}};
}

Json template_of(const char* uri, const char* name, const char* about, const char* media) {
  return {{"uriTemplate", uri}, {"name", name}, {"description", about}, {"mimeType", media}};
}

/// The text of a resource and its type.
struct Contents {
  std::string text;
  const char* media = "text/plain";
};

Contents lines_of(const Json& result) {
  std::string text;
  for (const auto& line : result.value("lines", Json::array())) text += line.get<std::string>() + "\n";
  return {std::move(text)};
}

Contents contents_of(Kind kind, const Json& result) {
  switch (kind) {
    case Kind::terminals:
    case Kind::commands:
      return {record::to_text(result), "application/json"};
    case Kind::screen:
    case Kind::output:
      return {text_of(result, "text")};
    case Kind::scrollback:
      return lines_of(result);
    case Kind::guide:
      return {result.is_string() ? result.get<std::string>() : std::string{}, "text/markdown"};
  }
  return {};
}

/// The method that has what a resource shows, and its parameters.
std::pair<std::string, Json> source_of(const ResourceName& name) {
  const Json terminal = {{"terminal_id", name.terminal}};
  Json params = terminal;
  switch (name.kind) {
    case Kind::terminals:
      return {"terminal.list", Json::object()};
    case Kind::screen:
      return {"terminal.screen", std::move(params)};
    case Kind::scrollback:
      params["offset"] = -kScrollbackRows;
      params["limit"] = kScrollbackRows;
      return {"terminal.scrollback", std::move(params)};
    case Kind::commands:
      params["limit"] = kCommands;
      return {"terminal.commands", std::move(params)};
    case Kind::output:
      params["seq"] = name.seq;
      return {"terminal.output", std::move(params)};
    case Kind::guide:
      return {name.terminal + ".md", Json::object()};
  }
  return {};
}

Outcome no_such_resource(const std::string& uri, bool stateless) {
  Outcome outcome = failed(stateless ? code::invalid_params : code::resource_not_found,
                           "There is no resource \"" + base::shorten(uri, 120) + "\".");
  outcome.failure->data = {{"uri", uri}};
  return outcome;
}

}  // namespace

std::optional<ResourceName> parse_resource(std::string_view uri) {
  if (uri == kTerminalsUri) return ResourceName{};
  if (!uri.starts_with(kScheme)) return std::nullopt;
  const auto parts = base::split(uri.substr(kScheme.size()), '/');
  if (parts.size() == 2 && parts[0] == "guides" && (parts[1] == "skill" || parts[1] == "http")) {
    return ResourceName{Kind::guide, std::string(parts[1]), 0};
  }
  if (parts.size() < 3 || parts[0] != "terminals") return std::nullopt;
  const auto terminal = base::percent_decode(parts[1], false);
  if (!terminal || terminal->empty() || terminal->size() > 64 || !base::is_utf8(*terminal)) return std::nullopt;
  if (parts.size() == 3 && parts[2] == "screen") return ResourceName{Kind::screen, *terminal, 0};
  if (parts.size() == 3 && parts[2] == "scrollback") return ResourceName{Kind::scrollback, *terminal, 0};
  if (parts.size() == 3 && parts[2] == "commands") return ResourceName{Kind::commands, *terminal, 0};
  if (parts.size() != 4 || parts[2] != "output") return std::nullopt;
  const auto seq = base::parse_u64(parts[3]);
  if (!seq || *seq == 0 || *seq > 1'000'000'000'000) return std::nullopt;
  return ResourceName{Kind::output, *terminal, static_cast<std::int64_t>(*seq)};
}

std::string resource_uri(const std::string& terminal, std::string_view part) {
  return std::string(kTerminalsUri) + "/" + base::percent_encode(terminal) + "/" + std::string(part);
}

Task<Outcome> list_resources(const rpc::Dispatcher& dispatcher, rpc::Call call) {
  Json none = Json::object();
  auto listed = co_await dispatcher.call("terminal.list", call, std::move(none));
  if (!listed) co_return failed(listed.error());
  Json resources = Json::array();
  resources.push_back(
      resource(std::string(kTerminalsUri), "Terminals", "All terminals with what they are doing.", "application/json"));
  for (const auto& terminal : (*listed)["terminals"]) {
    const std::string id = text_of(terminal, "id");
    const std::string name = text_of(terminal, "name");
    resources.push_back(resource(resource_uri(id, "screen"), "Screen of " + (name.empty() ? id : name),
                                 "What the terminal shows now.", "text/plain"));
  }
  resources.push_back(
      resource("duotty://guides/skill", "Guide for agents", "How terminals are best used.", "text/markdown"));
  resources.push_back(resource("duotty://guides/http", "HTTP reference", "Every method over HTTP.", "text/markdown"));
  Outcome outcome;
  outcome.result["resources"] = std::move(resources);
  co_return outcome;
}

Json resource_templates() {
  Json templates = Json::array();
  templates.push_back(
      template_of("duotty://terminals/{id}/screen", "Screen", "What a terminal shows now.", "text/plain"));
  templates.push_back(template_of("duotty://terminals/{id}/scrollback", "Scrollback",
                                  "The last 2000 rows of a terminal, those on the screen included.", "text/plain"));
  templates.push_back(template_of("duotty://terminals/{id}/commands", "Commands",
                                  "The last 100 commands of a terminal with exit codes.", "application/json"));
  templates.push_back(template_of("duotty://terminals/{id}/output/{seq}", "Output",
                                  "The output of one command, by its number in the terminal.", "text/plain"));
  Json result;
  result["resourceTemplates"] = std::move(templates);
  return result;
}

Task<Outcome> read_resource(const rpc::Dispatcher& dispatcher, rpc::Call call, std::string uri, bool stateless) {
  const auto name = parse_resource(uri);
  if (!name) co_return no_such_resource(uri, stateless);
  auto [method, params] = source_of(*name);
  auto result = co_await dispatcher.call(method, call, std::move(params));
  if (!result) {
    const auto errc = result.error().code();
    const bool missing = errc == base::Errc::terminal_not_found || errc == base::Errc::not_found;
    co_return missing ? no_such_resource(uri, stateless) : failed(result.error());
  }
  Contents contents = contents_of(name->kind, *result);
  Json one = {{"uri", uri}, {"mimeType", contents.media}, {"text", std::move(contents.text)}};
  Outcome outcome;
  outcome.result["contents"] = Json::array();
  outcome.result["contents"].push_back(std::move(one));
  co_return outcome;
}

Task<base::Result<>> find_resource(const rpc::Dispatcher& dispatcher, rpc::Call call, std::string uri) {
  const auto name = parse_resource(uri);
  const base::Error missing(base::Errc::not_found, "There is no resource \"" + base::shorten(uri, 120) + "\".");
  if (!name) co_return missing;
  if (name->kind == Kind::terminals || name->kind == Kind::guide) co_return base::Result<>();
  Json params = {{"terminal_id", name->terminal}, {"idle_ms", 0}, {"max_wait_ms", 0}};
  auto looked = co_await dispatcher.call("terminal.wait", call, std::move(params));
  if (looked) co_return base::Result<>();
  if (looked.error().code() == base::Errc::terminal_not_found) co_return missing;
  co_return looked.error();
}

Task<std::vector<std::string>> terminal_words(const rpc::Dispatcher& dispatcher, rpc::Call call, std::string prefix) {
  std::vector<std::string> words;
  Json none = Json::object();
  auto listed = co_await dispatcher.call("terminal.list", call, std::move(none));
  if (!listed) co_return words;
  for (const char* member : {"name", "id"}) {
    for (const auto& terminal : (*listed)["terminals"]) {
      std::string word = text_of(terminal, member);
      if (!word.empty() && word.starts_with(prefix)) words.push_back(std::move(word));
    }
  }
  co_return words;
}

}  // namespace duotty::mcp
