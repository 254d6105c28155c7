// Settings, tokens, models.
#include <duotty/api/block_service.hpp>
#include <duotty/api/settings.hpp>
#include <duotty/base/random.hpp>
#include <duotty/base/text.hpp>
#include <duotty/base/utc_time.hpp>
#include <duotty/session/registry.hpp>

#include "methods.hpp"

namespace duotty::api {
namespace {

struct ModelRow {
  std::string id;
  std::string name;
  static constexpr auto fields() {
    return std::tuple{field("id", &ModelRow::id, "Name that the provider knows.").required().range(1, 256),
                      field("name", &ModelRow::name, "Name for people.").range(0, 256)};
  }
};

struct SettingsChange {
  std::optional<std::string> api_format;
  std::optional<std::string> base_url;
  std::optional<std::string> api_key;
  std::optional<std::vector<ModelRow>> models;
  std::optional<std::string> selected_model;
  std::optional<std::string> language;
  std::optional<std::string> theme;
  std::optional<std::string> agent_api_token;
  std::optional<std::string> web_access_key;
  std::optional<bool> ask_enabled;
  std::optional<bool> require_cwd;
  std::optional<bool> command_history;
  std::optional<bool> history_outputs;
  std::optional<int> history_days;
  std::optional<int> history_commands;
  std::optional<int> history_mb;
  std::optional<int> audit_days;
  std::optional<int> audit_entries;
  std::optional<std::vector<std::string>> file_roots;
  static constexpr auto fields() {
    using T = SettingsChange;
    return std::tuple{
        field("api_format", &T::api_format, "openai, anthropic, or empty to choose by the keys present."),
        field("base_url", &T::base_url, "URL of the provider; empty for the vendor's own."),
        field("api_key", &T::api_key, "Key of the provider; empty or masked leaves it unchanged.").secret(),
        field("models", &T::models, "Models to choose from."),
        field("selected_model", &T::selected_model, "Model to ask."),
        field("language", &T::language, "en, zh, or empty for the browser's."),
        field("theme", &T::theme, "system, dark or light."),
        field("agent_api_token", &T::agent_api_token, "Main token of agents; empty or masked leaves it unchanged.")
            .secret(),
        field("web_access_key", &T::web_access_key, "Key for signing in from elsewhere, at least 12 characters.")
            .secret(),
        field("ask_enabled", &T::ask_enabled, "Whether `# question` at a prompt asks the AI."),
        field("require_cwd", &T::require_cwd, "Whether programs must say where a new terminal starts (`cwd`)."),
        field("command_history", &T::command_history, "Whether commands are stored."),
        field("history_outputs", &T::history_outputs, "Whether their output is stored with them."),
        field("history_days", &T::history_days, "Days that commands are kept; 0: no limit (default 90).")
            .range(0, 36500),
        field("history_commands", &T::history_commands, "Commands that are kept; 0: no limit (default 100000).")
            .range(0, 100000000),
        field("history_mb", &T::history_mb, "Size of the database in MiB; 0: no limit (default 512).")
            .range(0, 1048576),
        field("audit_days", &T::audit_days, "Days that the audit is kept; 0: no limit (default 365).").range(0, 36500),
        field("audit_entries", &T::audit_entries, "Entries of the audit that are kept; 0: no limit (default 1000000).")
            .range(0, 100000000),
        field("file_roots", &T::file_roots, "Folders whose files clients may use (default: the person's home).")
            .range(0, 64)};
  }
};

Result<> check(const SettingsChange& p) {
  const auto one_of = [](const std::optional<std::string>& value, std::initializer_list<const char*> words,
                         const char* field) -> Result<> {
    if (!value) return {};
    for (const char* word : words) {
      if (*value == word) return {};
    }
    std::string list;
    for (const char* word : words)
      list += (list.empty() ? "" : ", ") + (*word ? std::string(word) : std::string("empty"));
    return Error(Errc::invalid_params, "\"" + std::string(field) + "\" must be one of: " + list + ".", field);
  };
  if (auto r = one_of(p.api_format, {"", "openai", "anthropic"}, "api_format"); !r) return r;
  if (auto r = one_of(p.theme, {"system", "dark", "light"}, "theme"); !r) return r;
  if (p.base_url && !p.base_url->empty() && p.base_url->compare(0, 7, "http://") != 0 &&
      p.base_url->compare(0, 8, "https://") != 0) {
    return Error(Errc::invalid_params, "\"base_url\" must begin with https:// or http://.", "base_url");
  }
  for (const std::string& root : p.file_roots.value_or(std::vector<std::string>())) {
    if (!root.starts_with('/') || root.size() > 4096 || root.find('\0') != std::string::npos) {
      return Error(Errc::invalid_params, "\"file_roots\": each is a folder's absolute path.", "file_roots");
    }
  }
  if (p.agent_api_token && !p.agent_api_token->empty() && p.agent_api_token->find("****") == std::string::npos &&
      p.agent_api_token->size() < 16) {
    return Error(Errc::invalid_params, "\"agent_api_token\" must have at least 16 characters.", "agent_api_token");
  }
  for (const auto& [value, name] :
       {std::pair{p.language, "language"}, {p.selected_model, "selected_model"}, {p.base_url, "base_url"}}) {
    if (value && value->size() > 2048)
      return Error(Errc::invalid_params, "\"" + std::string(name) + "\" is too long.", name);
  }
  return {};
}

Task<Result<Json>> get_settings(Services& s, Call&, record::Empty) {
  Json masked = s.settings->masked();
  if (!s.settings->trouble().empty()) masked["trouble"] = s.settings->trouble();
  co_return masked;
}

Task<Result<Success>> set_settings(Services& s, Call& call, SettingsChange p) {
  if (auto valid = check(p); !valid) co_return valid.error();
  const bool new_key =
      p.web_access_key && !p.web_access_key->empty() && p.web_access_key->find("****") == std::string::npos;
  if (new_key) {
    auto set = co_await s.tokens->set_access_key(*p.web_access_key);
    if (!set) co_return Error(set.error().code(), set.error().message(), "web_access_key");
  }
  p.web_access_key.reset();
  Json changes = record::encode(p);
  for (auto it = changes.begin(); it != changes.end();) it = it->is_null() ? changes.erase(it) : std::next(it);
  const std::string before = s.settings->text("agent_api_token");
  auto saved = s.settings->merge(changes);
  if (!saved) co_return saved.error();
  if (const std::string after = s.settings->text("agent_api_token"); after != before) s.tokens->set_agent_token(after);
  if (p.ask_enabled) s.registry->set_ask_enabled(*p.ask_enabled);
  if (p.command_history || p.history_outputs || p.history_days || p.history_commands || p.history_mb) {
    s.blocks->configure(kept_of_commands(*s.settings), history_limits(*s.settings));
  }
  Json names = Json::array();
  for (const auto& [key, value] : changes.items()) names.push_back(key);
  log_event(s, call, "settings_change", {{"fields", std::move(names)}});
  co_return Success{};
}

struct SettingsExport {
  bool ssh_secrets = false;
  static constexpr auto fields() {
    return std::tuple{field("ssh_secrets", &SettingsExport::ssh_secrets,
                            "With the passwords and keys of the SSH connections, in the clear.")};
  }
};

Task<Result<rpc::Text>> export_settings(Services& s, Call& call, SettingsExport p) {
  Json out = s.settings->json();
  if (s.export_connections) {
    auto connections = co_await s.export_connections(call, p.ssh_secrets);
    if (!connections) co_return connections.error();
    out["ssh_connections"] = std::move(*connections);
  }
  log_event(s, call, "settings_export", {{"ssh_secrets", p.ssh_secrets}});
  co_return rpc::Text{out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"};
}

struct Revealed {
  std::string token;
  static constexpr auto fields() { return std::tuple{field("token", &Revealed::token, "The secret.").secret()}; }
};

Task<Result<Revealed>> reveal(Services& s, Call&, record::Empty) {
  const std::string token = s.tokens->agent_token();
  if (token.empty()) co_return Error(Errc::not_found, "There is no agent token. Set one in the settings.");
  co_return Revealed{token};
}

// --- named tokens
// -------------------------------------------------------------------------------------------------------

struct TokenView {
  std::string id;
  std::string name;
  std::vector<std::string> scopes;
  std::string owner;
  std::string created_at;
  std::optional<std::string> expires_at;
  std::optional<std::string> last_used_at;
  static constexpr auto fields() {
    using T = TokenView;
    return std::tuple{field("id", &T::id, "Same as the name."),
                      field("name", &T::name, "Unique name."),
                      field("scopes", &T::scopes, "What it may do."),
                      field("owner", &T::owner, "Label: it sees only terminals with the same label."),
                      field("created_at", &T::created_at, "When it was made."),
                      field("expires_at", &T::expires_at, "When it ends, or null."),
                      field("last_used_at", &T::last_used_at, "When it was used last, or null.")};
  }
};

struct TokenViews {
  std::vector<TokenView> tokens;
  static constexpr auto fields() { return std::tuple{field("tokens", &TokenViews::tokens, "Named tokens.")}; }
};

struct TokenCreate {
  std::string name;
  std::vector<std::string> scopes;
  std::string owner;
  std::optional<double> expires_in_seconds;
  static constexpr auto fields() {
    using T = TokenCreate;
    return std::tuple{
        field("name", &T::name, "Unique name: letters, digits, '.', '_', '-'.").required().range(1, 64),
        field("scopes", &T::scopes, "read, type, exec, files, ssh, ai, admin, force.").required().range(1, 16),
        field("owner", &T::owner, "Label: the token sees only terminals it made.").range(0, 64),
        field("expires_in_seconds", &T::expires_in_seconds, "Ends after so long; absent: never.").range(1, 3.2e9)};
  }
};

struct TokenCreated {
  std::string id;
  std::string name;
  std::string token;
  static constexpr auto fields() {
    using T = TokenCreated;
    return std::tuple{field("id", &T::id, "Same as the name."), field("name", &T::name, "Name."),
                      field("token", &T::token, "The secret. It is shown only now.").secret()};
  }
};

struct TokenName {
  std::string token_id;
  static constexpr auto fields() {
    return std::tuple{field("token_id", &TokenName::token_id, "Name of the token.").required().range(1, 64)};
  }
};

Task<Result<TokenViews>> list_tokens(Services& s, Call&, record::Empty) {
  TokenViews out;
  for (const auto& row : s.tokens->list()) {
    TokenView view{.id = row.name,
                   .name = row.name,
                   .scopes = row.scopes,
                   .owner = row.owner,
                   .created_at = iso_time(row.created_at),
                   .expires_at = {},
                   .last_used_at = {}};
    if (row.expires_at > 0) view.expires_at = iso_time(row.expires_at);
    if (row.last_used_at > 0) view.last_used_at = iso_time(row.last_used_at);
    out.tokens.push_back(std::move(view));
  }
  co_return out;
}

Task<Result<TokenCreated>> create_token(Services& s, Call& call, TokenCreate p) {
  TokenRow row{.name = p.name, .scopes = p.scopes, .owner = p.owner};
  if (p.expires_in_seconds) {
    row.expires_at = base::wall_seconds() + *p.expires_in_seconds;
  }
  auto secret = s.tokens->create(row);
  if (!secret) co_return secret.error();
  log_event(s, call, "token_create", {{"name", p.name}, {"scopes", p.scopes}});
  co_return TokenCreated{p.name, p.name, std::move(*secret)};
}

Task<Result<Success>> remove_token(Services& s, Call& call, TokenName p) {
  auto removed = s.tokens->remove(p.token_id);
  if (!removed) co_return removed.error();
  log_event(s, call, "token_revoke", {{"name", p.token_id}});
  co_return Success{};
}

// --- models
// -------------------------------------------------------------------------------------------------------------

struct ModelsFetch {
  std::string api_format;
  std::string base_url;
  std::string api_key;
  static constexpr auto fields() {
    using T = ModelsFetch;
    return std::tuple{
        field("api_format", &T::api_format, "openai or anthropic; empty for the stored one."),
        field("base_url", &T::base_url, "URL of the provider; empty for the stored one."),
        field("api_key", &T::api_key, "Key; empty or masked for the stored one, which goes only to the stored URL.")
            .secret()};
  }
};

struct Models {
  bool success = true;
  std::vector<ModelRow> models;
  static constexpr auto fields() {
    return std::tuple{field("success", &Models::success, "Always true."),
                      field("models", &Models::models, "What the provider offers.")};
  }
};

Task<Result<Models>> fetch_models(Services& s, Call&, ModelsFetch p) {
  const std::string key = p.api_key.find("****") == std::string::npos ? p.api_key : std::string{};
  auto names = co_await s.list_models(p.api_format, p.base_url, key);
  if (!names) co_return names.error();
  Models out;
  for (auto& name : *names) out.models.push_back({name, name});
  co_return out;
}

}  // namespace

void add_settings_methods(Registrar& table) {
  using rpc::Extra;
  table.call("settings.get", get_settings,
             {.http = {"GET", "/api/settings"},
              .scope = Scope::read,
              .extra = Extra::ignore,
              .about = "The settings, secrets masked."});
  table.call(
      "settings.set", set_settings,
      {.http = {"POST", "/api/settings"},
       .scope = Scope::admin,
       .extra = Extra::ignore,
       .about = "Changes the given settings. Empty or masked secrets stay as they were.",
       .example = R"({"api_format": "openai", "base_url": "http://localhost:11434/v1", "selected_model": "llama3"})",
       .mutates = true});
  table.call(
      "settings.export", export_settings,
      {.http = {"GET", "/api/settings/export", "application/json", "duotty-config.json"},
       .scope = Scope::admin,
       .extra = Extra::ignore,
       .about = "The whole configuration file, secrets included, and the SSH connections without theirs unless asked: "
                "ssh.connections.import takes them with the format duotty."});
  table.call("settings.reveal_token", reveal,
             {.http = {"GET", "/api/settings/token/reveal"},
              .scope = Scope::admin,
              .extra = Extra::ignore,
              .about = "The main agent token, for copying."});
  table.call("tokens.list", list_tokens,
             {.http = {"GET", "/api/tokens"}, .scope = Scope::admin, .about = "Named tokens, without their secrets."});
  table.call("tokens.create", create_token,
             {.http = {"POST", "/api/tokens"},
              .scope = Scope::admin,
              .about = "Makes a named token with the given scopes. The secret is shown once.",
              .example = R"({"name": "ci", "scopes": ["read", "exec"], "expires_in_seconds": 86400})",
              .mutates = true});
  table.call("tokens.delete", remove_token,
             {.http = {"DELETE", "/api/tokens/{token_id}"},
              .scope = Scope::admin,
              .about = "Revokes a named token at once.",
              .mutates = true});
  table.call("models.fetch", fetch_models,
             {.http = {"POST", "/api/models/fetch"},
              .scope = Scope::admin,
              .extra = Extra::ignore,
              .about = "Asks a provider for its models: also a test of URL and key.",
              .example = R"({"api_format": "openai", "base_url": "http://localhost:11434/v1"})"});
}

}  // namespace duotty::api
