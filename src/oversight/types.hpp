#pragma once
// Parameters and results of the methods about the audit and about access.
#include <duotty/record/codec.hpp>

namespace duotty::oversight {

using record::field;
using Json = nlohmann::json;

/// Which entries; the conditions of audit.list and audit.export.
struct AuditFilter {
  std::string who;
  std::string kind;
  std::string method;
  std::string terminal_id;
  std::string outcome;
  std::optional<double> since;
  std::optional<double> until;
};

struct AuditList : AuditFilter {
  std::optional<std::int64_t> before;
  int limit = 100;
  static constexpr auto fields() {
    using T = AuditList;
    return std::tuple{
        field("who", &T::who, "Who called: \"agent\", \"token:ci\"; \"token\" for all named tokens.").range(0, 128),
        field("kind", &T::kind, "Kind of caller.").one_of("", "owner", "session", "token", "agent", "ai"),
        field("method", &T::method, "Name of a method, or its group with a dot: \"tokens.\".").range(0, 64),
        field("terminal_id", &T::terminal_id, "Id or name of the terminal.").range(0, 128),
        field("outcome", &T::outcome, "\"ok\", \"failed\" for everything else, or the code of an error.").range(0, 32),
        field("since", &T::since, "Began at or after this time, in seconds since 1970.").range(0, 9e12),
        field("until", &T::until, "Began before this time.").range(0, 9e12),
        field("before", &T::before, "Older than the entry with this id: next_before of an earlier answer.")
            .range(1, 9e15),
        field("limit", &T::limit, "At most so many.").range(1, 500)};
  }
};

struct AuditExport : AuditFilter {
  static constexpr auto fields() {
    using T = AuditExport;
    return std::tuple{field("who", &T::who, "As in audit.list.").range(0, 128),
                      field("kind", &T::kind, "Kind of caller.").one_of("", "owner", "session", "token", "agent", "ai"),
                      field("method", &T::method, "As in audit.list.").range(0, 64),
                      field("terminal_id", &T::terminal_id, "Id or name of the terminal.").range(0, 128),
                      field("outcome", &T::outcome, "As in audit.list.").range(0, 32),
                      field("since", &T::since, "Began at or after this time, in seconds since 1970.").range(0, 9e12),
                      field("until", &T::until, "Began before this time.").range(0, 9e12)};
  }
};

/// One call of the audit.
struct AuditEntry {
  std::int64_t id = 0;
  std::string at;
  double time = 0;
  std::string kind;
  std::string who;
  std::string owner;
  std::string surface;
  std::string source;
  std::string client;
  std::string method;
  std::optional<std::string> terminal_id;
  std::optional<std::string> terminal_name;
  std::optional<std::string> sha256;
  std::int64_t bytes = 0;
  std::string outcome;
  std::optional<std::string> status;
  std::optional<int> exit_code;
  std::int64_t duration_ms = 0;
  static constexpr auto fields() {
    using T = AuditEntry;
    return std::tuple{
        field("id", &T::id, "Grows with every entry, without gaps."),
        field("at", &T::at, "When the call began: UTC, ISO 8601."),
        field("time", &T::time, "The same in seconds since 1970."),
        field("kind", &T::kind, "owner, session (signed in), token, agent (main token, MCP), ai (a proposal)."),
        field("who", &T::who, "Name of the caller: \"owner\", \"token:ci\", \"agent\"."),
        field("owner", &T::owner, "Isolation label of the caller, or empty."),
        field("surface", &T::surface, "http, ws, unix, mcp."),
        field("source", &T::source, "Address of a client that had no token yet, else empty."),
        field("client", &T::client, "What the client calls itself."),
        field("method", &T::method, "Name of the method."),
        field("terminal_id", &T::terminal_id, "Id of the terminal, or null."),
        field("terminal_name", &T::terminal_name, "What it was called then, or null."),
        field("sha256", &T::sha256,
              "SHA-256 of the parameters as compact JSON with sorted keys, secrets replaced by \"***\"; null for what "
              "was typed at a password prompt."),
        field("bytes", &T::bytes, "Length of that text."),
        field("outcome", &T::outcome,
              "ok, cancelled, or the code of the error: denied for what the caller may not do."),
        field("status", &T::status, "What the answer says of itself, such as \"completed\", or null."),
        field("exit_code", &T::exit_code, "Of a command, or null."),
        field("duration_ms", &T::duration_ms, "How long the call took.")};
  }
};

struct AuditEntries {
  std::vector<AuditEntry> entries;
  std::optional<std::int64_t> next_before;
  static constexpr auto fields() {
    using T = AuditEntries;
    return std::tuple{field("entries", &T::entries, "Newest first."),
                      field("next_before", &T::next_before, "Pass as `before` for the next page; null at the end.")};
  }
};

/// One call as the live list tells it.
struct ActivityItem {
  std::int64_t id = 0;
  bool running = false;
  double time = 0;
  std::string kind;
  std::string who;
  std::string surface;
  std::string client;
  std::string method;
  std::string what;
  std::optional<std::string> terminal_id;
  std::optional<std::string> terminal_name;
  std::optional<std::string> outcome;
  std::optional<std::string> status;
  std::optional<int> exit_code;
  std::int64_t duration_ms = 0;
  static constexpr auto fields() {
    using T = ActivityItem;
    return std::tuple{field("id", &T::id, "Of the call; told again with the same id when it has ended."),
                      field("running", &T::running, "Whether it still runs."),
                      field("time", &T::time, "When it began, in seconds since 1970."),
                      field("kind", &T::kind, "As in the audit."),
                      field("who", &T::who, "Name of the caller."),
                      field("surface", &T::surface, "http, ws, unix, mcp."),
                      field("client", &T::client, "What the client calls itself."),
                      field("method", &T::method, "Name of the method."),
                      field("what", &T::what, "One line: the command, the keys, the name. Not stored."),
                      field("terminal_id", &T::terminal_id, "Id of the terminal, or null."),
                      field("terminal_name", &T::terminal_name, "Its name, or null."),
                      field("outcome", &T::outcome, "ok, cancelled, the code of the error; null while it runs."),
                      field("status", &T::status, "What the answer says of itself, or null."),
                      field("exit_code", &T::exit_code, "Of a command, or null."),
                      field("duration_ms", &T::duration_ms, "How long it took.")};
  }
};

struct AccessAsk {
  std::string name;
  std::vector<std::string> scopes;
  std::string reason;
  static constexpr auto fields() {
    using T = AccessAsk;
    return std::tuple{field("name", &T::name, "Who asks: letters, digits, '.', '_', '-'. The token gets this name.")
                          .required()
                          .range(1, 48),
                      field("scopes", &T::scopes, "What for: read, type, exec, files, ssh, ai.").required().range(1, 6),
                      field("reason", &T::reason, "One line for the person who decides.").range(0, 200)};
  }
};

struct AccessAsked {
  std::string request_id;
  std::string code;
  std::string claim_secret;
  int expires_in_seconds = 300;
  static constexpr auto fields() {
    using T = AccessAsked;
    return std::tuple{
        field("request_id", &T::request_id, "Name of the request."),
        field("code", &T::code, "Show it to the person: the page shows the same one beside the request."),
        field("claim_secret", &T::claim_secret, "Keep it: whoever has it fetches the token.").secret(),
        field("expires_in_seconds", &T::expires_in_seconds, "A request that nobody decides is forgotten then.")};
  }
};

struct AccessClaim {
  std::string request_id;
  std::string claim_secret;
  double wait = 0;
  static constexpr auto fields() {
    using T = AccessClaim;
    return std::tuple{
        field("request_id", &T::request_id, "As access.request answered.").required().range(1, 64),
        field("claim_secret", &T::claim_secret, "As access.request answered.").required().range(1, 128).secret(),
        field("wait", &T::wait, "Seconds to wait for the decision.").range(0, 55)};
  }
};

struct AccessClaimed {
  std::string status;
  std::optional<std::string> token;
  std::optional<std::string> name;
  std::optional<std::vector<std::string>> scopes;
  std::optional<double> expires_at;
  std::optional<std::string> base_url;
  static constexpr auto fields() {
    using T = AccessClaimed;
    return std::tuple{field("status", &T::status, "How the request stands.").one_of("pending", "approved", "denied"),
                      field("token", &T::token, "Bearer token; it is told only this once.").secret().omit_empty(),
                      field("name", &T::name, "Name of the token.").omit_empty(),
                      field("scopes", &T::scopes, "What it may do: what the person allowed.").omit_empty(),
                      field("expires_at", &T::expires_at, "When it ends, in seconds since 1970.").omit_empty(),
                      field("base_url", &T::base_url, "URL to use it with.").omit_empty()};
  }
};

struct AccessItem {
  std::string request_id;
  std::string code;
  std::string name;
  std::vector<std::string> scopes;
  std::string reason;
  std::string source;
  std::string client;
  double asked = 0;
  int expires_in_seconds = 0;
  static constexpr auto fields() {
    using T = AccessItem;
    return std::tuple{field("request_id", &T::request_id, "Name of the request."),
                      field("code", &T::code, "What the agent shows, to tell requests apart."),
                      field("name", &T::name, "What the agent calls itself. Nobody has checked it."),
                      field("scopes", &T::scopes, "What it asks for."),
                      field("reason", &T::reason, "Why, in its words."),
                      field("source", &T::source, "Where it asks from; empty: over the Unix socket."),
                      field("client", &T::client, "What its program calls itself."),
                      field("asked", &T::asked, "When, in seconds since 1970."),
                      field("expires_in_seconds", &T::expires_in_seconds, "How long it still waits.")};
  }
};

struct AccessItems {
  std::vector<AccessItem> requests;
  static constexpr auto fields() {
    return std::tuple{field("requests", &AccessItems::requests, "Those that wait for a decision, oldest first.")};
  }
};

struct AccessDecide {
  std::string request_id;
  bool allow = false;
  std::vector<std::string> scopes;
  std::string owner;
  double expires_in_seconds = 3600;
  static constexpr auto fields() {
    using T = AccessDecide;
    return std::tuple{
        field("request_id", &T::request_id, "Name of the request, or its code.").required().range(1, 64),
        field("allow", &T::allow, "Whether the agent gets a token.").required(),
        field("scopes", &T::scopes, "Fewer scopes than it asked for; empty: all of them.").range(0, 6),
        field("owner", &T::owner, "Label: the token sees only terminals it made.").range(0, 64),
        field("expires_in_seconds", &T::expires_in_seconds, "How long the token holds; an hour when absent.")
            .range(60, 31'536'000)};
  }
};

struct AccessDecided {
  bool success = true;
  std::string name;
  std::vector<std::string> scopes;
  static constexpr auto fields() {
    using T = AccessDecided;
    return std::tuple{field("success", &T::success, "Always true."), field("name", &T::name, "Name of the agent."),
                      field("scopes", &T::scopes, "What was allowed; empty when it was denied.")};
  }
};

}  // namespace duotty::oversight
