#pragma once
// Sign-in material on disk: named tokens and sessions (hashes only) as files of the state folder, the access key and
// the agent token in the configuration.
#include <duotty/api/services.hpp>
#include <duotty/api/settings.hpp>
#include <duotty/http/auth.hpp>
#include <functional>
#include <string>

namespace duotty::daemon {

/// Files `auth.<name>` below a folder, 0600, replaced atomically.
class AuthFiles final : public http::AuthStorage {
 public:
  explicit AuthFiles(std::string directory) : directory_(std::move(directory)) {}
  std::string load(std::string_view name) override;
  void save(std::string_view name, const std::string& text) noexcept override;

 private:
  std::string path(std::string_view name) const { return directory_ + "/auth." + std::string(name); }
  std::string directory_;
};

/// The main agent token in force: AGENT_API_TOKEN, else the stored one, else a new one, which is stored.
std::string agent_token(api::Settings& settings);
/// The access key in force: WEB_ACCESS_KEY, else the stored one; nullopt when there is none. Error: invalid_params.
base::Result<std::optional<http::AccessKey>> access_key(const api::Settings& settings);

/// What the token and settings methods need of the authenticator.
class TokenAdmin final : public api::TokenDesk {
 public:
  /// `revoked` is called whenever a credential was taken away.
  TokenAdmin(http::Authenticator& auth, api::Settings& settings, std::function<void()> revoked);
  std::vector<api::TokenRow> list() const override;
  base::Result<std::string> create(const api::TokenRow& row) override;
  base::Result<> remove(const std::string& name) override;
  std::string agent_token() const override;
  void set_agent_token(const std::string& token) override;
  core::Task<base::Result<>> set_access_key(std::string key) override;

 private:
  http::Authenticator& auth_;
  api::Settings& settings_;
  std::function<void()> revoked_;
};

}  // namespace duotty::daemon
