#include "stateless.hpp"

#include <duotty/base/text.hpp>

#include "watches.hpp"

namespace duotty::mcp {
namespace {

constexpr const char* kRevisionKey = "io.modelcontextprotocol/protocolVersion";
constexpr const char* kCapabilitiesKey = "io.modelcontextprotocol/clientCapabilities";
constexpr const char* kClientKey = "io.modelcontextprotocol/clientInfo";
constexpr const char* kLogLevelKey = "io.modelcontextprotocol/logLevel";
constexpr const char* kServerKey = "io.modelcontextprotocol/serverInfo";
constexpr const char* kSubscriptionKey = "io.modelcontextprotocol/subscriptionId";

/// How long a client may keep an answer, in milliseconds; nullopt for answers that are never kept.
std::optional<int> time_to_keep(const std::string& method) {
  if (method == "server/discover" || method == "prompts/list" || method == "resources/templates/list") return 3'600'000;
  if (method == "tools/list") return 300'000;
  if (method == "resources/list" || method == "resources/read") return 0;
  return std::nullopt;
}

Outcome discover(const Engine& engine) {
  Json revisions = Json::array();
  for (const auto revision : kRevisions) revisions.push_back(std::string(revision));
  Outcome outcome;
  outcome.result = {{"supportedVersions", std::move(revisions)},
                    {"capabilities", engine.capabilities(kStatelessRevision)},
                    {"instructions", engine.instructions()}};
  return outcome;
}

/// What a client asked to hear of, as far as it exists here.
struct Wanted {
  bool list = false;
  std::vector<std::string> uris;
};

/// What can be had of what was asked for: a resource that is not there is left out of what is acknowledged.
Task<Wanted> wanted_of(const Engine& engine, const rpc::Call& call, Json filter) {
  Wanted wanted;
  if (!filter.is_object()) co_return wanted;
  const auto list = filter.find("resourcesListChanged");
  wanted.list = list != filter.end() && *list == Json(true);
  const Json uris = filter.value("resourceSubscriptions", Json::array());
  for (const auto& uri : uris) {
    if (!uri.is_string() || wanted.uris.size() >= Watches::kMax) continue;
    const auto found = co_await find_resource(engine.dispatcher(), call, uri.get<std::string>());
    if (found) wanted.uris.push_back(uri.get<std::string>());
  }
  co_return wanted;
}

/// Tells of changes until the client has heard enough.
Task<Outcome> listen(core::asio::any_io_executor executor, const Engine& engine, Request& request, Json id) {
  const Notify notify = [&request, id](std::string_view method, Json params) {
    params["_meta"][kSubscriptionKey] = id;
    request.notify(method, std::move(params));
  };
  Json filter = request.params.value("notifications", Json());
  const Wanted wanted = co_await wanted_of(engine, request.call, std::move(filter));
  Json granted = Json::object();
  if (wanted.list) granted["resourcesListChanged"] = true;
  if (!wanted.uris.empty()) granted["resourceSubscriptions"] = wanted.uris;
  Json acknowledged = Json::object();
  acknowledged["notifications"] = std::move(granted);
  notify("notifications/subscriptions/acknowledged", std::move(acknowledged));

  Watches watches(executor, engine.dispatcher(), request.call, notify);
  if (wanted.list) watches.watch_list();
  for (const auto& uri : wanted.uris) static_cast<void>(watches.add(uri));
  core::Event never(executor);
  std::exception_ptr cancelled;
  try {
    while (true) co_await never.wait();
  } catch (...) {
    cancelled = std::current_exception();
  }
  co_await core::asio::this_coro::reset_cancellation_state(core::asio::disable_cancellation());
  co_await watches.stop();
  std::rethrow_exception(cancelled);
}

}  // namespace

bool is_stateless(const Message& message) {
  return message.method == "server/discover" || meta_of(message.params).contains(kRevisionKey);
}

std::string stated_revision(const Message& message) {
  return text_of(meta_of(message.params), kRevisionKey);
}

std::optional<Failure> check_metadata(const Message& message) {
  const std::string revision = stated_revision(message);
  const Json& meta = meta_of(message.params);
  if (revision.empty()) {
    return Failure{code::invalid_params, std::string("\"_meta\" must have ") + kRevisionKey + ".", {}};
  }
  if (revision != kStatelessRevision) {
    Json supported = Json::array();
    for (const auto one : kRevisions) supported.push_back(std::string(one));
    Json data = {{"supported", std::move(supported)}, {"requested", base::shorten(revision, 40)}};
    return Failure{code::unsupported_revision, "This revision of the protocol is not spoken here.", std::move(data)};
  }
  const auto capabilities = meta.find(kCapabilitiesKey);
  if (capabilities == meta.end() || !capabilities->is_object()) {
    return Failure{code::invalid_params, std::string("\"_meta\" must have ") + kCapabilitiesKey + ".", {}};
  }
  return std::nullopt;
}

Task<Outcome> answer_stateless(core::asio::any_io_executor executor, const Engine& engine, Request identity,
                               Message message) {
  Request request = std::move(identity);
  request.revision = kStatelessRevision;
  request.method = message.method;
  request.params = std::move(message.params);
  const Json& meta = meta_of(request.params);
  request.log_level = log_level(text_of(meta, kLogLevelKey)).value_or(kSilent);
  const std::string client = text_of(meta.value(kClientKey, Json::object()), "name");
  if (!client.empty()) request.call.client = base::shorten(client, 64);
  Outcome outcome;
  if (request.method == "server/discover") {
    outcome = discover(engine);
  } else if (request.method == "subscriptions/listen") {
    outcome = co_await listen(executor, engine, request, message.id);
  } else {
    outcome = co_await engine.answer(request);
  }
  if (outcome.failure) co_return outcome;
  outcome.result["resultType"] = "complete";
  outcome.result["_meta"][kServerKey] = engine.server_info();
  if (const auto keep = time_to_keep(request.method)) {
    outcome.result["ttlMs"] = *keep;
    outcome.result["cacheScope"] = "private";
  }
  co_return outcome;
}

}  // namespace duotty::mcp
