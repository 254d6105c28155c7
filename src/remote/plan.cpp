#include "plan.hpp"

#include <algorithm>
#include <duotty/record/codec.hpp>
#include <duotty/record/json_text.hpp>
#include <duotty/ssh/config_file.hpp>

namespace duotty::remote {
namespace {

using base::Errc;
using base::Error;
using store::ConnectionSecret;

constexpr std::size_t kMostKey = 65536;

std::string text_of(const store::ConnectionSecrets& secrets, ConnectionSecret which) {
  const auto& secret = secrets[static_cast<std::size_t>(which)];
  return secret ? std::string(secret->reveal()) : std::string();
}

base::Result<std::string> key_text(const std::string& path, const std::string& home) {
  const std::string file = path.starts_with("~/") ? home + path.substr(1) : path;
  auto text = ssh::read_config_text(file, kMostKey);
  // As ssh finds it: a certificate beside its key.
  if (const auto certificate = text ? ssh::read_config_text(file + "-cert.pub", kMostKey) : text; certificate) {
    return *text + "\n" + *certificate;
  }
  if (text) return text;
  if (text.error().code() == Errc::not_found)
    return Error(Errc::not_configured, "There is no private key " + file + ".", "private_key_path");
  return Error(Errc::not_configured, "The private key: " + text.error().message(), "private_key_path");
}

/// Calls `visit` with what each file says of the host.
template <class Visit>
base::Result<> for_each_file(const LinkPoolOptions& options, const std::string& host, std::uint16_t port,
                             const ssh::HostKey& key, Visit visit) {
  std::vector<std::string> files = {options.own_known_hosts};
  files.insert(files.end(), options.known_hosts.begin(), options.known_hosts.end());
  for (const std::string& file : files) {
    auto text = ssh::read_config_text(file, ssh::kMostKnownHosts);
    if (!text && text.error().code() == Errc::not_found) continue;
    if (!text) return Error(text.error().code(), "The accepted host keys: " + text.error().message());
    auto hosts = ssh::KnownHosts::parse(*text);
    if (!hosts) return hosts.error();
    auto answer = hosts->check(host, port, key);
    if (!answer) return answer.error();
    visit(*answer);
  }
  return {};
}

}  // namespace

SshProfile profile_of(const store::ConnectionRow& row) {
  const auto json = record::parse_json(row.profile);
  if (!json) return {};
  auto profile = record::decode<SshProfile>(*json, {.unknown = record::Unknown::ignore, .from = record::From::json});
  return profile ? std::move(*profile) : SshProfile();
}

std::string target_of(const store::ConnectionRow& row, const SshProfile& profile) {
  return row.username + "@" + row.host + " " + std::to_string(row.port) + " " + profile.proxy_jump +
         (profile.agent_forwarding ? " with the agent" : "");
}

link::Connect plan_connect(const store::ConnectionRow& row, const SshProfile& profile,
                           const std::vector<std::string>& known, const LinkPoolOptions& options) {
  link::Connect plan;
  plan.target = target_of(row, profile);
  plan.host = row.host;
  plan.port = static_cast<std::uint16_t>(row.port);
  plan.user = row.username;
  plan.host_keys = known;
  plan.step_ms = static_cast<std::uint32_t>(options.step.count());
  plan.agent = profile.agent_forwarding;
  plan.keepalive_s = static_cast<std::uint32_t>(std::max(profile.keepalive_s, 0));
  return plan;
}

base::Result<link::SignIn> plan_sign_in(const store::ConnectionRow& row, const SshProfile& profile,
                                        const store::ConnectionSecrets& secrets, const std::string& home) {
  link::SignIn how;
  how.password = text_of(secrets, ConnectionSecret::password);
  how.key = text_of(secrets, ConnectionSecret::private_key);
  how.passphrase = text_of(secrets, ConnectionSecret::passphrase);
  const std::string& type = profile.auth_type;
  if (type == "key" && how.key.empty()) {
    if (profile.private_key_path.empty()) {
      return Error(Errc::not_configured, row.title + " has no private key. Store one, or name its file.",
                   "private_key");
    }
    auto text = key_text(profile.private_key_path, home);
    if (!text) return text.error();
    how.key = std::move(*text);
  }
  if (type == "key") how.methods.emplace_back("publickey");
  if (type == "agent") how.methods.emplace_back("agent");
  if (type == "password") how.methods.emplace_back("password");
  // A host may want the password as well, or ask in its own words for that and more.
  how.methods.emplace_back("keyboard-interactive");
  if (type != "password" && !how.password.empty()) how.methods.emplace_back("password");
  return how;
}

base::Result<HostKeyFacts> judge_host_key(const LinkPoolOptions& options, const std::string& host, std::uint16_t port,
                                          const ssh::HostKey& key) {
  HostKeyFacts facts{host, port, key, ssh::fingerprint(key), ssh::HostKeyState::unknown, {}};
  bool known = false;
  bool changed = false;
  bool revoked = false;
  auto done = for_each_file(options, host, port, key, [&](const ssh::HostKeyAnswer& answer) {
    known = known || answer.state == ssh::HostKeyState::known;
    changed = changed || answer.state == ssh::HostKeyState::changed;
    revoked = revoked || answer.state == ssh::HostKeyState::revoked;
    for (const ssh::StoredHostKey& one : answer.stored) {
      const std::string text = one.key.type + " " + ssh::fingerprint(one.key);
      if (std::find(facts.stored.begin(), facts.stored.end(), text) == facts.stored.end()) facts.stored.push_back(text);
    }
  });
  if (!done) return done.error();
  if (revoked) {
    facts.state = ssh::HostKeyState::revoked;
  } else if (known) {
    facts.state = ssh::HostKeyState::known;
  } else if (changed) {
    facts.state = ssh::HostKeyState::changed;
  }
  return facts;
}

std::vector<std::string> known_types(const LinkPoolOptions& options, const std::string& host, std::uint16_t port) {
  std::vector<std::string> types;
  // A file that cannot be read is told when the key is judged.
  static_cast<void>(for_each_file(options, host, port, ssh::HostKey{}, [&](const ssh::HostKeyAnswer& answer) {
    for (const ssh::StoredHostKey& one : answer.stored) types.push_back(one.key.type);
  }));
  return types;
}

}  // namespace duotty::remote
