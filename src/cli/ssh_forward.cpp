// `duotty ssh forward`: opening, listing and closing forwards.
#include <duotty/base/text.hpp>
#include <nlohmann/json.hpp>

#include "render.hpp"
#include "ssh_answers.hpp"
#include "ssh_commands.hpp"
#include "terminal_commands.hpp"

namespace duotty::cli {
namespace {

using base::Errc;
using base::Error;

/// The parts between colons; what stands in brackets is one part. Nothing when brackets do not match.
std::optional<std::vector<std::string>> parts_of(const std::string& text) {
  std::vector<std::string> parts(1);
  bool inside = false;
  for (const char c : text) {
    if (c == '[' && !inside && parts.back().empty()) {
      inside = true;
    } else if (c == ']' && inside) {
      inside = false;
    } else if (c == ':' && !inside) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  if (inside) return std::nullopt;
  return parts;
}

std::string address(const std::string& host, std::int64_t port) {
  return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
}

std::string listens(const Json& forward) {
  return address(visible_line(text_of(forward, "bind")), record::integer_of(forward, "port"));
}

std::string leads(const Json& forward) {
  if (text_of(forward, "kind") == "dynamic") return "where each client says (SOCKS)";
  return address(visible_line(text_of(forward, "target_host")), record::integer_of(forward, "target_port"));
}

Task<int> list(Context& context, Remote& remote, const SshOptions& options) {
  Json params = Json::object();
  if (!options.name.empty()) params["connection_id"] = options.name;
  auto listed = co_await remote.call("ssh.forwards.list", std::move(params), {});
  if (!listed) co_return context.fail(listed.error());
  if (context.globals.json) {
    context.print_json(*listed);
    co_return exit_status::ok;
  }
  std::vector<std::vector<Cell>> rows;
  for (const auto& one : record::list_of(*listed, "forwards")) {
    std::string state = text_of(one, "state");
    if (flag_of(one, "keep")) state += ", kept";
    const std::string error = text_of(one, "error");
    const std::string why = error.empty() ? text_of(one, "trouble") : error;
    rows.push_back({{text_of(one, "id"), "1"},
                    {text_of(one, "kind"), ""},
                    {listens(one), ""},
                    {leads(one), ""},
                    {state, ""},
                    {std::to_string(record::integer_of(one, "connections")) + "/" +
                         std::to_string(record::integer_of(one, "connections_total")),
                     ""},
                    {visible_line(why), "2"}});
  }
  if (rows.empty()) {
    context.say("There are no forwards. Open one with: duotty ssh forward NAME -L 8080:localhost:80");
  } else {
    print_table(context, {"ID", "KIND", "LISTENS", "LEADS TO", "STATE", "CONN", "TROUBLE"}, rows);
  }
  co_return exit_status::ok;
}

Task<int> open(Context& context, Remote& remote, const SshOptions& options) {
  std::vector<Json> wanted;
  for (const auto& [kind, texts] : {std::pair("local", &options.local), std::pair("remote", &options.remote),
                                    std::pair("dynamic", &options.dynamic)}) {
    for (const std::string& text : *texts) {
      auto params = forward_params(kind, text);
      if (!params) co_return context.fail(params.error());
      (*params)["connection_id"] = options.name;
      if (options.keep) (*params)["keep"] = true;
      wanted.push_back(std::move(*params));
    }
  }
  Answering answering(context, remote);
  for (Json& params : wanted) {
    auto done = co_await answering.call("ssh.forwards.open", std::move(params), {});
    if (!done) co_return context.fail(done.error());
    if (context.globals.json) {
      context.print_json(*done);
    } else {
      context.console.out_line(text_of(*done, "id") + " " + listens(*done));
    }
  }
  co_return exit_status::ok;
}

Task<int> close(Context& context, Remote& remote, const SshOptions& options) {
  Json params = {{"id", *options.close}};
  auto done = co_await remote.call("ssh.forwards.close", std::move(params), {});
  if (!done) co_return context.fail(done.error());
  if (context.globals.json) {
    context.print_json(*done);
  } else {
    context.say("Closed.");
  }
  co_return exit_status::ok;
}

}  // namespace

base::Result<Json> forward_params(const std::string& kind, const std::string& text) {
  const bool dynamic = kind == "dynamic";
  const Error wrong(Errc::invalid_params, "\"" + text + "\" is no forward. Write " +
                                              (dynamic ? "-D [BIND:]PORT" : "[BIND:]PORT:HOST:HOSTPORT") +
                                              ", addresses with colons in brackets, 0 for any port.");
  auto parts = parts_of(text);
  const std::size_t least = dynamic ? 1 : 3;
  if (!parts || (parts->size() != least && parts->size() != least + 1)) return wrong;
  Json params = {{"kind", kind}};
  if (parts->size() > least) {
    // As ssh has it, an empty address is all of them.
    params["bind"] = parts->front().empty() ? "*" : parts->front();
    parts->erase(parts->begin());
  }
  const auto port = base::parse_u64(parts->front());
  if (!port || *port > 65535) return wrong;
  params["port"] = *port;
  if (dynamic) return params;
  const auto target = base::parse_u64((*parts)[2]);
  if ((*parts)[1].empty() || !target || *target < 1 || *target > 65535) return wrong;
  params["target_host"] = (*parts)[1];
  params["target_port"] = *target;
  return params;
}

Task<int> ssh_forward(Context& context, Remote& remote, const SshOptions& options) {
  if (options.close) co_return co_await close(context, remote, options);
  const bool opens = !options.local.empty() || !options.remote.empty() || !options.dynamic.empty();
  if (!opens) co_return co_await list(context, remote, options);
  if (options.name.empty()) {
    co_return context.fail({Errc::invalid_params, "Say which: duotty ssh forward NAME -L PORT:HOST:HOSTPORT"});
  }
  co_return co_await open(context, remote, options);
}

}  // namespace duotty::cli
