#include "connection_fields.hpp"

#include <duotty/record/codec.hpp>
#include <duotty/record/json_text.hpp>
#include <duotty/ssh/names.hpp>

#include "import.hpp"

namespace duotty::remote {

using base::Errc;
using base::Error;
using base::Result;
using store::ConnectionRow;
using store::ConnectionSecret;
using store::ConnectionSecrets;

std::optional<base::Secret> sent_secret(const std::optional<std::string>& text) {
  if (!text || text->empty() || *text == kMasked) return std::nullopt;
  return base::Secret(*text);
}

namespace {

Result<> take_secrets(const SshFields& p, ConnectionSecrets& secrets) {
  for (const std::string& word : p.remove_secrets) {
    const auto secret = word == "password"      ? std::optional(ConnectionSecret::password)
                        : word == "private_key" ? std::optional(ConnectionSecret::private_key)
                        : word == "passphrase"  ? std::optional(ConnectionSecret::passphrase)
                                                : std::nullopt;
    if (!secret) {
      return Error(Errc::invalid_params, "remove_secrets: password, private_key and passphrase are possible.",
                   "remove_secrets");
    }
    secrets[static_cast<std::size_t>(*secret)] = base::Secret();
  }
  if (auto key = sent_secret(p.private_key)) {
    if (auto good = check_private_key(*p.private_key); !good) return good;
    secrets[static_cast<std::size_t>(ConnectionSecret::private_key)] = std::move(key);
  }
  if (auto text = sent_secret(p.password))
    secrets[static_cast<std::size_t>(ConnectionSecret::password)] = std::move(text);
  if (auto text = sent_secret(p.passphrase))
    secrets[static_cast<std::size_t>(ConnectionSecret::passphrase)] = std::move(text);
  return {};
}

template <class T>
void set(T& member, const std::optional<T>& given) {
  if (given) member = *given;
}

}  // namespace

Result<> take_fields(const SshFields& p, ConnectionRow& row, SshProfile& profile, ConnectionSecrets& secrets) {
  if (!p.host.empty()) row.host = p.host;
  if (!p.username.empty()) row.username = p.username;
  set(row.port, p.port);
  set(row.title, p.title);
  if (row.title.empty()) row.title = row.host;
  set(profile.auth_type, p.auth_type);
  set(profile.private_key_path, p.private_key_path);
  set(profile.color, p.color);
  set(profile.group, p.group);
  set(profile.proxy_jump, p.proxy_jump);
  set(profile.keepalive_s, p.keepalive_s);
  set(profile.agent_forwarding, p.agent_forwarding);
  set(profile.env, p.env);
  set(profile.tags, p.tags);
  set(profile.host_key_policy, p.host_key_policy);
  set(profile.start_directory, p.start_directory);
  if (auto good = ssh::check_host(row.host); !good) return good;
  if (auto good = ssh::check_user(row.username); !good) return good;
  if (auto good = check_line(row.title, "title"); !good) return good;
  if (auto good = check_profile(profile); !good) return good;
  return take_secrets(p, secrets);
}

std::string text_of_profile(const SshProfile& profile) {
  return record::to_text(record::encode(profile));
}

}  // namespace duotty::remote
