#include <algorithm>
#include <duotty/base/random.hpp>
#include <duotty/base/text.hpp>
#include <duotty/core/log.hpp>
#include <duotty/http/auth_store.hpp>
#include <duotty/http/digest.hpp>
#include <nlohmann/json.hpp>

namespace duotty::http {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using nlohmann::json;
using std::chrono::duration_cast;
using std::chrono::seconds;

std::int64_t to_seconds(WallTime time) {
  return duration_cast<seconds>(time.time_since_epoch()).count();
}
WallTime from_seconds(std::int64_t count) {
  return WallTime(seconds(count));
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
}

/// The saved list, or an empty one with a line in the log: a damaged file locks nobody in, and says so.
json load_list(AuthStorage& storage, const char* name) {
  const std::string text = storage.load(name);
  if (text.empty()) return json::array();
  json list = json::parse(text, nullptr, false);
  if (list.is_array()) return list;
  core::log_error("the stored {} cannot be read; they are treated as removed", name);
  return json::array();
}

template <class T>
T field(const json& row, const char* name, T missing) {
  const auto found = row.find(name);
  if (found == row.end()) return missing;
  if constexpr (std::is_same_v<T, std::string>) return found->is_string() ? found->template get<T>() : missing;
  if constexpr (!std::is_same_v<T, std::string>) return found->is_number_integer() ? found->template get<T>() : missing;
}

bool expired(const TokenInfo& token, WallTime now) {
  return token.expires && *token.expires <= now;
}

}  // namespace

TokenStore::TokenStore(AuthStorage& storage) : storage_(storage) {
  for (const json& row : load_list(storage, "tokens")) {
    if (!row.is_object()) continue;
    TokenInfo token;
    token.name = field<std::string>(row, "name", {});
    token.owner = field<std::string>(row, "owner", {});
    token.scopes = field<unsigned>(row, "scopes", 0) & rpc::kAllScopes;
    token.created = from_seconds(field<std::int64_t>(row, "created", 0));
    if (row.contains("expires")) token.expires = from_seconds(field<std::int64_t>(row, "expires", 0));
    if (row.contains("last_used")) token.last_used = from_seconds(field<std::int64_t>(row, "last_used", 0));
    const std::string hash = field<std::string>(row, "sha256", {});
    if (is_name(token.name) && hash.size() == 64) by_hash_.emplace(hash, std::move(token));
  }
}

void TokenStore::save() const {
  json list = json::array();
  for (const auto& [hash, token] : by_hash_) {
    json row = {{"sha256", hash},
                {"name", token.name},
                {"owner", token.owner},
                {"scopes", token.scopes},
                {"created", to_seconds(token.created)}};
    if (token.expires) row["expires"] = to_seconds(*token.expires);
    if (token.last_used) row["last_used"] = to_seconds(*token.last_used);
    list.push_back(std::move(row));
  }
  storage_.save("tokens", list.dump());
}

Result<std::string> TokenStore::create(TokenInfo info, WallTime now) {
  if (!is_name(info.name))
    return Error{Errc::invalid_params, "A token's name has 1 to 64 letters, digits, dots, dashes or underscores.",
                 "name"};
  if (info.scopes == 0 || (info.scopes & ~rpc::kAllScopes) != 0)
    return Error{Errc::invalid_params, "A token needs at least one scope, and only known ones.", "scopes"};
  if (!base::is_utf8(info.owner) || info.owner.size() > 64)
    return Error{Errc::invalid_params, "A token's owner label has at most 64 bytes.", "owner"};
  if (info.expires && *info.expires <= now)
    return Error{Errc::invalid_params, "The token would have expired already.", "expires"};
  if (alive(info.name, now))
    return Error{Errc::conflict, "There is a token named " + info.name + ". Remove it first or choose another name.",
                 "name"};
  std::erase_if(by_hash_, [&](const auto& row) { return row.second.name == info.name; });
  info.created = now;
  info.last_used.reset();
  std::string secret = "dtt_" + base::make_token();
  by_hash_.emplace(sha256_hex(secret), std::move(info));
  save();
  return secret;
}

Result<> TokenStore::remove(std::string_view name) {
  const auto gone = std::erase_if(by_hash_, [name](const auto& row) { return row.second.name == name; });
  if (gone == 0) return Error{Errc::not_found, "There is no token named " + base::shorten(name, 80) + ".", "name"};
  save();
  return {};
}

std::vector<TokenInfo> TokenStore::list() const {
  std::vector<TokenInfo> all;
  for (const auto& [hash, token] : by_hash_) all.push_back(token);
  std::sort(all.begin(), all.end(), [](const TokenInfo& a, const TokenInfo& b) { return a.name < b.name; });
  return all;
}

const TokenInfo* TokenStore::use(std::string_view secret, WallTime now) {
  // The search is by hash: how long it takes says nothing of any secret.
  const auto found = by_hash_.find(sha256_hex(secret));
  if (found == by_hash_.end() || expired(found->second, now)) return nullptr;
  TokenInfo& token = found->second;
  const bool first_today = !token.last_used || now - *token.last_used >= std::chrono::hours(24);
  if (!token.last_used || now - *token.last_used >= std::chrono::minutes(1)) token.last_used = now;
  if (first_today) save();
  return &token;
}

bool TokenStore::alive(std::string_view name, WallTime now) const {
  return std::any_of(by_hash_.begin(), by_hash_.end(),
                     [&](const auto& row) { return row.second.name == name && !expired(row.second, now); });
}

SessionStore::SessionStore(AuthStorage& storage) : storage_(storage) {
  for (const json& row : load_list(storage, "sessions")) {
    if (!row.is_object()) continue;
    SessionInfo session;
    session.id = field<std::string>(row, "id", {});
    session.label = field<std::string>(row, "label", {});
    session.created = from_seconds(field<std::int64_t>(row, "created", 0));
    session.expires = from_seconds(field<std::int64_t>(row, "expires", 0));
    const std::string hash = field<std::string>(row, "sha256", {});
    if (!session.id.empty() && hash.size() == 64) by_hash_.emplace(hash, std::move(session));
  }
}

void SessionStore::save() const {
  json list = json::array();
  for (const auto& [hash, session] : by_hash_) {
    list.push_back({{"sha256", hash},
                    {"id", session.id},
                    {"label", base::to_valid_utf8(session.label)},
                    {"created", to_seconds(session.created)},
                    {"expires", to_seconds(session.expires)}});
  }
  storage_.save("sessions", list.dump());
}

std::string SessionStore::create(std::string label, WallTime now) {
  std::erase_if(by_hash_, [now](const auto& row) { return row.second.expires <= now; });
  if (by_hash_.size() >= max_sessions) {
    by_hash_.erase(std::min_element(by_hash_.begin(), by_hash_.end(),
                                    [](const auto& a, const auto& b) { return a.second.expires < b.second.expires; }));
  }
  std::string cookie = base::make_token();
  by_hash_.emplace(sha256_hex(cookie), SessionInfo{base::make_id(), std::move(label), now, now + lifetime});
  save();
  return cookie;
}

const SessionInfo* SessionStore::use(std::string_view cookie, WallTime now) {
  const auto found = by_hash_.find(sha256_hex(cookie));
  if (found == by_hash_.end() || found->second.expires <= now) return nullptr;
  const bool stale = found->second.expires < now + lifetime - std::chrono::hours(24);
  if (stale) {
    found->second.expires = now + lifetime;
    save();
  }
  return &found->second;
}

bool SessionStore::remove(std::string_view cookie) {
  if (by_hash_.erase(sha256_hex(cookie)) == 0) return false;
  save();
  return true;
}

bool SessionStore::remove_id(std::string_view id) {
  if (std::erase_if(by_hash_, [id](const auto& row) { return row.second.id == id; }) == 0) return false;
  save();
  return true;
}

void SessionStore::remove_all() {
  by_hash_.clear();
  save();
}

std::vector<SessionInfo> SessionStore::list() const {
  std::vector<SessionInfo> all;
  for (const auto& [hash, session] : by_hash_) all.push_back(session);
  return all;
}

bool SessionStore::alive(std::string_view id, WallTime now) const {
  return std::any_of(by_hash_.begin(), by_hash_.end(),
                     [&](const auto& row) { return row.second.id == id && row.second.expires > now; });
}

std::string OneTimeCodes::issue(rpc::Caller caller, WallTime now) {
  std::erase_if(by_hash_, [now](const auto& row) { return row.second.expires <= now; });
  if (by_hash_.size() >= max_codes_) {
    by_hash_.erase(std::min_element(by_hash_.begin(), by_hash_.end(),
                                    [](const auto& a, const auto& b) { return a.second.expires < b.second.expires; }));
  }
  std::string code = base::make_token();
  by_hash_[sha256_hex(code)] = {std::move(caller), now + valid_for_};
  return code;
}

std::optional<rpc::Caller> OneTimeCodes::redeem(std::string_view code, WallTime now) {
  const auto found = by_hash_.find(sha256_hex(code));
  if (found == by_hash_.end()) return std::nullopt;
  const Entry entry = std::move(found->second);
  by_hash_.erase(found);
  if (entry.expires <= now) return std::nullopt;
  return entry.caller;
}

}  // namespace duotty::http
