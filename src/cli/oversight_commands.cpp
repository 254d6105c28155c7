#include "oversight_commands.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <duotty/base/text.hpp>
#include <duotty/base/utc_time.hpp>
#include <nlohmann/json.hpp>

#include "render.hpp"
#include "terminal_commands.hpp"

namespace duotty::cli {
namespace {

using base::Errc;
using base::Error;

std::string joined(const Json& object, const char* name) {
  std::string out;
  for (const auto& one : object.value(name, Json::array())) {
    if (one.is_string()) out += (out.empty() ? "" : ",") + one.get<std::string>();
  }
  return out;
}

std::string day_of(const Json& object, const char* name, const char* none) {
  const std::string text = text_of(object, name).substr(0, 16);
  if (text.empty()) return none;
  return base::replace_all(text, "T", " ");
}

std::string clock_time(const Json& object, const char* name) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::localtime(static_cast<std::time_t>(number_of(object, name))));
}

Task<int> list_tokens(Context& context, Remote& remote) {
  Json nothing = Json::object();
  auto listed = co_await remote.call("tokens.list", std::move(nothing), {});
  if (!listed) co_return context.fail(listed.error());
  if (context.globals.json) {
    context.print_json(*listed);
    co_return exit_status::ok;
  }
  std::vector<std::vector<Cell>> rows;
  for (const auto& token : listed->value("tokens", Json::array())) {
    rows.push_back({{visible_line(text_of(token, "name")), "1"},
                    {joined(token, "scopes"), ""},
                    {visible_line(text_of(token, "owner")), ""},
                    {day_of(token, "expires_at", "never"), ""},
                    {day_of(token, "last_used_at", "never"), "2"}});
  }
  if (rows.empty()) {
    context.say("There are no tokens. Make one with: duotty token create NAME --scopes read,exec");
  } else {
    print_table(context, {"NAME", "SCOPES", "OWNER", "ENDS", "LAST USED"}, rows);
  }
  co_return exit_status::ok;
}

/// What a token is to be like, as far as the options say. Only one that is made by hand can be without an end.
base::Result<Json> grant_params(const TokenOptions& options) {
  Json params = Json::object();
  if (!options.scopes.empty()) {
    // None would mean all that were asked for.
    auto scopes = split_scopes(options.scopes);
    if (scopes.empty()) return Error(Errc::invalid_params, "--scopes names none. Write --scopes read,exec.");
    params["scopes"] = std::move(scopes);
  }
  if (!options.owner.empty()) params["owner"] = options.owner;
  if (options.expires.empty() || (options.expires == "never" && options.action == "create")) return params;
  if (options.expires == "never") {
    return Error(Errc::invalid_params, "A token that was asked for ends, after a year at most: --expires 30d.");
  }
  const auto span = parse_span(options.expires);
  if (!span) return span.error();
  params["expires_in_seconds"] = *span;
  return params;
}

Task<int> create_token(Context& context, Remote& remote, const TokenOptions& options) {
  auto params = grant_params(options);
  if (!params) co_return context.fail(params.error());
  (*params)["name"] = options.name;
  auto made = co_await remote.call("tokens.create", std::move(*params), {});
  if (!made) co_return context.fail(made.error());
  if (context.globals.json) {
    context.print_json(*made);
  } else {
    // Standard output has the secret alone, for scripts.
    context.console.out_line(text_of(*made, "token"));
    if (!context.globals.quiet) context.console.note("It is not shown again.");
  }
  co_return exit_status::ok;
}

Task<int> list_requests(Context& context, Remote& remote) {
  Json nothing = Json::object();
  auto listed = co_await remote.call("access.list", std::move(nothing), {});
  if (!listed) co_return context.fail(listed.error());
  if (context.globals.json) {
    context.print_json(*listed);
    co_return exit_status::ok;
  }
  std::vector<std::vector<Cell>> rows;
  for (const auto& request : listed->value("requests", Json::array())) {
    const std::string source = text_of(request, "source");
    rows.push_back({{text_of(request, "code"), "1"},
                    {visible_line(text_of(request, "name")), ""},
                    {joined(request, "scopes"), ""},
                    {source.empty() ? "this machine" : visible_line(source), ""},
                    {short_duration(number_of(request, "expires_in_seconds")), "2"},
                    {visible_line(text_of(request, "reason")), ""}});
  }
  if (rows.empty()) {
    context.say("Nobody asks for access.");
  } else {
    print_table(context, {"CODE", "NAME", "SCOPES", "FROM", "WAITS", "REASON"}, rows);
    context.say("Decide with: duotty token allow CODE, or duotty token deny CODE");
  }
  co_return exit_status::ok;
}

/// Plain words of a call whose answer needs no more than "done".
Task<int> call_and_say(Context& context, Remote& remote, const char* method, Json params, std::string said) {
  auto done = co_await remote.call(method, std::move(params), {});
  if (!done) co_return context.fail(done.error());
  if (context.globals.json) {
    context.print_json(*done);
  } else {
    context.say(said);
  }
  co_return exit_status::ok;
}

Task<int> decide(Context& context, Remote& remote, const TokenOptions& options) {
  const bool allow = options.action == "allow";
  auto params = grant_params(options);
  if (!params) co_return context.fail(params.error());
  (*params)["request_id"] = options.name;
  (*params)["allow"] = allow;
  co_return co_await call_and_say(context, remote, "access.decide", std::move(*params),
                                  allow ? "Allowed. It fetches its token by itself." : "Denied.");
}

std::string outcome_of(const Json& entry) {
  std::string outcome = text_of(entry, "outcome");
  if (outcome != "ok") return outcome;
  const auto code = record::int_of(entry, "exit_code");
  const std::string status = text_of(entry, "status");
  return (status.empty() ? "ok" : status) + (code ? ", " + std::to_string(*code) : "");
}

std::vector<Cell> audit_row(const Json& entry) {
  const std::string name = text_of(entry, "terminal_name");
  const bool good = text_of(entry, "outcome") == "ok";
  return {{clock_time(entry, "time"), "2"},
          {visible_line(text_of(entry, "who")), ""},
          {visible_line(text_of(entry, "method")), "1"},
          {visible_line(name.empty() ? text_of(entry, "terminal_id") : name), ""},
          {visible_line(outcome_of(entry)), good ? "" : "31"},
          {short_duration(number_of(entry, "duration_ms") / 1000), ""},
          {text_of(entry, "sha256").substr(0, 12), "2"}};
}

}  // namespace

base::Result<double> parse_span(std::string_view text) {
  const std::string copy(text);
  char* end = nullptr;
  const double number = std::strtod(copy.c_str(), &end);
  const std::string_view unit = std::string_view(copy).substr(static_cast<std::size_t>(end - copy.c_str()));
  const double factor = unit.empty() || unit == "s" ? 1
                        : unit == "m"               ? 60
                        : unit == "h"               ? 3600
                        : unit == "d"               ? 86'400
                        : unit == "w"               ? 604'800
                                                    : 0;
  if (end == copy.c_str() || factor == 0 || !std::isfinite(number) || number <= 0) {
    return Error(Errc::invalid_params, "\"" + copy + "\" is no span of time. Write 90m, 12h, 30d, 2w.");
  }
  return number * factor;
}

std::vector<std::string> split_scopes(const std::vector<std::string>& given) {
  std::vector<std::string> out;
  for (const std::string& words : given) {
    for (const std::string_view word : base::split(words, ',')) {
      if (const auto scope = base::trim(word); !scope.empty()) out.emplace_back(scope);
    }
  }
  return out;
}

Task<int> token_command(Context& context, Remote& remote, TokenOptions options) {
  if (options.action == "ls") co_return co_await list_tokens(context, remote);
  if (options.action == "requests") co_return co_await list_requests(context, remote);
  if (options.name.empty()) {
    co_return context.fail({Errc::invalid_params, "Say which: duotty token " + options.action + " " +
                                                      (options.action == "allow" || options.action == "deny"
                                                           ? "CODE (duotty token requests lists them)"
                                                           : "NAME")});
  }
  if (options.action == "create") co_return co_await create_token(context, remote, options);
  if (options.action == "revoke") {
    Json params = {{"token_id", options.name}};
    co_return co_await call_and_say(context, remote, "tokens.delete", std::move(params), "Revoked.");
  }
  co_return co_await decide(context, remote, options);
}

Task<int> audit_command(Context& context, Remote& remote, AuditOptions options) {
  Json params = Json::object();
  if (!options.who.empty()) params["who"] = options.who;
  if (!options.method.empty()) params["method"] = options.method;
  if (!options.terminal.empty()) params["terminal_id"] = options.terminal;
  if (options.failed) params["outcome"] = "failed";
  if (!options.since.empty()) {
    const auto span = parse_span(options.since);
    if (!span) co_return context.fail(span.error());
    const auto now = base::wall_seconds();
    params["since"] = std::max(0.0, now - *span);
  }
  if (options.all) {
    const auto print = [&context](const Json& item) {
      Json line = item;
      line.erase("event");
      context.console.out_line(line.dump(-1, ' ', false, Json::error_handler_t::replace));
    };
    auto ended = co_await remote.call("audit.export", std::move(params), print);
    co_return ended ? exit_status::ok : context.fail(ended.error());
  }
  if (options.limit) params["limit"] = *options.limit;
  auto listed = co_await remote.call("audit.list", std::move(params), {});
  if (!listed) co_return context.fail(listed.error());
  if (context.globals.json) {
    context.print_json(*listed);
    co_return exit_status::ok;
  }
  std::vector<std::vector<Cell>> rows;
  for (const auto& entry : listed->value("entries", Json::array())) rows.push_back(audit_row(entry));
  if (rows.empty()) {
    context.say("Nothing found.");
  } else {
    print_table(context, {"WHEN", "WHO", "WHAT", "TERMINAL", "OUTCOME", "TOOK", "SHA-256"}, rows);
  }
  co_return exit_status::ok;
}

}  // namespace duotty::cli
