#include "auth_files.hpp"

#include <duotty/base/random.hpp>
#include <duotty/base/text.hpp>
#include <duotty/core/log.hpp>
#include <duotty/core/replace_file.hpp>
#include <duotty/daemon/paths.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace duotty::daemon {
namespace {

double seconds(http::WallTime time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

}  // namespace

std::string AuthFiles::load(std::string_view name) {
  std::ifstream file(path(name), std::ios::binary);
  std::ostringstream bytes;
  if (file) bytes << file.rdbuf();
  return bytes.str();
}

void AuthFiles::save(std::string_view name, const std::string& text) noexcept {
  try {
    const auto written = core::replace_file(path(name), text, {.synced = false});
    if (!written) core::log_error("{}", written.error().message());
  } catch (const std::exception& e) {
    core::log_line(core::LogLevel::error, e.what());
  }
}

std::string agent_token(api::Settings& settings) {
  if (std::string token = environment("AGENT_API_TOKEN"); !token.empty()) return token;
  std::string token = settings.text("agent_api_token");
  if (!token.empty()) return token;
  token = base::make_token();
  if (auto saved = settings.merge({{"agent_api_token", token}}); !saved)
    core::log_warning("{}", saved.error().message());
  return token;
}

base::Result<std::optional<http::AccessKey>> access_key(const api::Settings& settings) {
  const std::string given = environment("WEB_ACCESS_KEY");
  const std::string text = given.empty() ? settings.text("web_access_key") : given;
  if (text.empty()) return std::optional<http::AccessKey>{};
  if (given.empty()) {
    if (auto hashed = http::AccessKey::parse(text); hashed) return std::optional<http::AccessKey>(std::move(*hashed));
  }
  if (base::count_scalars(text) < http::AccessKey::min_length) {
    return base::Error(base::Errc::invalid_params, "The access key must have at least 12 characters.");
  }
  return std::optional<http::AccessKey>(http::AccessKey::from_strong(text));
}

TokenAdmin::TokenAdmin(http::Authenticator& auth, api::Settings& settings, std::function<void()> revoked)
    : auth_(auth), settings_(settings), revoked_(std::move(revoked)) {}

std::vector<api::TokenRow> TokenAdmin::list() const {
  std::vector<api::TokenRow> rows;
  for (const auto& token : auth_.tokens()) {
    rows.push_back({.name = token.name,
                    .scopes = rpc::scope_names(token.scopes),
                    .owner = token.owner,
                    .created_at = seconds(token.created),
                    .expires_at = token.expires ? seconds(*token.expires) : 0,
                    .last_used_at = token.last_used ? seconds(*token.last_used) : 0});
  }
  return rows;
}

base::Result<std::string> TokenAdmin::create(const api::TokenRow& row) {
  std::vector<std::string> unknown;
  http::TokenInfo info;
  info.name = row.name;
  info.owner = row.owner;
  info.scopes = rpc::scope_mask(row.scopes, &unknown);
  if (!unknown.empty()) {
    return base::Error(base::Errc::invalid_params,
                       "There is no scope \"" + base::shorten(unknown.front(), 40) +
                           "\". Scopes: read, type, exec, files, ssh, ai, admin.",
                       "scopes");
  }
  if (row.expires_at > 0) {
    info.expires = http::WallTime(
        std::chrono::duration_cast<http::WallTime::duration>(std::chrono::duration<double>(row.expires_at)));
  }
  return auth_.create_token(std::move(info));
}

base::Result<> TokenAdmin::remove(const std::string& name) {
  auto removed = auth_.remove_token(name);
  if (removed) revoked_();
  return removed;
}

std::string TokenAdmin::agent_token() const {
  return auth_.agent_token();
}

void TokenAdmin::set_agent_token(const std::string& token) {
  auth_.set_agent_token(token);
  revoked_();
}

core::Task<base::Result<>> TokenAdmin::set_access_key(std::string key) {
  // Setting a key is rare and asked for by the owner: the loop bears the fifty milliseconds of its hash.
  auto hashed = http::AccessKey::from_chosen(key);
  if (!hashed) co_return hashed.error();
  auto saved = settings_.merge({{"web_access_key", hashed->text()}});
  if (!saved) co_return saved.error();
  auth_.set_access_key(std::move(*hashed));
  revoked_();
  co_return base::Result<>();
}

}  // namespace duotty::daemon
