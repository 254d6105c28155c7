#include "import.hpp"

#include <algorithm>
#include <duotty/base/plain_text.hpp>
#include <duotty/base/text.hpp>
#include <duotty/record/json_members.hpp>
#include <duotty/ssh/config_file.hpp>
#include <duotty/ssh/names.hpp>
#include <nlohmann/json.hpp>

namespace duotty::remote {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using nlohmann::json;
using record::text_of;

constexpr std::size_t kShown = 80;
constexpr std::size_t kMostTitle = 200;
constexpr std::size_t kMostNotes = 200;
constexpr int kMostKeepalive = 86400;

std::string shown(const std::string& text) {
  return base::clean_line(text, kShown);
}

void note(SshImport& import, const std::string& title, const std::string& what) {
  if (import.notes.size() < kMostNotes) import.notes.push_back(shown(title) + ": " + what);
}

void skip(SshImport& import, const std::string& title, std::string reason) {
  import.skipped.push_back({shown(title), std::move(reason)});
}

/// The address, the port and the user of a row. Errors: invalid_params.
Result<> check_row(const store::ConnectionRow& row) {
  if (auto good = ssh::check_host(row.host); !good) return good;
  return ssh::check_user(row.username);
}

/// Takes a candidate up, or says why not.
void take(SshImport& import, SshCandidate candidate) {
  const std::string title = candidate.fresh.row.title;
  if (title.empty() || title != base::clean_line(title, kMostTitle)) {
    return skip(import, title, "It is no name for a connection: up to 200 characters of plain text are.");
  }
  Result<> good = check_row(candidate.fresh.row);
  if (good) good = check_profile(candidate.profile);
  if (!good) return skip(import, title, good.error().message());
  import.found.push_back(std::move(candidate));
}

/// A path with the sequences of ssh_config(5) that have a meaning before there is a connection; nothing for the others.
std::optional<std::string> identity_path(const std::string& word, const store::ConnectionRow& row,
                                         const std::string& local_user) {
  std::string path;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] != '%') {
      path += word[i];
      continue;
    }
    switch (++i < word.size() ? word[i] : '\0') {
      case '%':
        path += '%';
        break;
      case 'd':
        path += '~';
        break;
      case 'h':
        path += row.host;
        break;
      case 'n':
        path += row.title;
        break;
      case 'p':
        path += std::to_string(row.port);
        break;
      case 'r':
        path += row.username;
        break;
      case 'u':
        path += local_user;
        break;
      default:
        return std::nullopt;
    }
  }
  if (!path.starts_with('/') && !path.starts_with("~/")) return std::nullopt;
  return path;
}

void take_identity(const ssh::HostConfig& config, const store::ConnectionRow& row, const SshImportRules& rules,
                   SshImport& import, SshProfile& profile) {
  profile.auth_type = "agent";
  std::vector<std::string> files = config.identity_files;
  files.erase(std::remove(files.begin(), files.end(), "none"), files.end());
  if (files.empty()) return;
  const auto path = identity_path(files.front(), row, rules.user);
  if (!path) return note(import, row.title, "its IdentityFile is not taken: it is no path from the root or the home.");
  profile.auth_type = "key";
  profile.private_key_path = *path;
  if (files.size() > 1) note(import, row.title, "only the first of its keys is taken.");
}

void take_policy(const ssh::HostConfig& config, const std::string& name, const SshImportRules& rules, SshImport& import,
                 SshProfile& profile) {
  const std::string& word = config.host_key_checking;
  if (word == "yes" || word == "true") profile.host_key_policy = "strict";
  if (word == "accept-new" || word == "no" || word == "false" || word == "off") {
    if (rules.may_loosen) {
      profile.host_key_policy = "accept_new";
      if (word != "accept-new")
        note(import, name, "a changed host key is refused, whatever StrictHostKeyChecking says.");
    } else {
      note(import, name, "StrictHostKeyChecking becomes \"ask\": accept_new needs the scope admin.");
    }
  }
  if (config.forward_agent.empty() || base::iequals(config.forward_agent, "no")) return;
  if (!base::iequals(config.forward_agent, "yes")) {
    note(import, name, "ForwardAgent is not taken: only yes and no are.");
  } else if (rules.may_loosen) {
    profile.agent_forwarding = true;
  } else {
    note(import, name, "ForwardAgent is not taken: it needs the scope admin.");
  }
}

SshCandidate candidate_of(const std::string& name, const ssh::HostConfig& config, const SshImportRules& rules,
                          SshImport& import) {
  SshCandidate one;
  store::ConnectionRow& row = one.fresh.row;
  row.title = name;
  row.host = config.host_name;
  row.port = config.port.value_or(ssh::kDefaultPort);
  row.username = config.user.empty() ? rules.user : config.user;
  SshProfile& profile = one.profile;
  take_identity(config, row, rules, import, profile);
  take_policy(config, name, rules, import, profile);
  if (config.keepalive_s) profile.keepalive_s = std::min(*config.keepalive_s, kMostKeepalive);
  for (const auto& [variable, value] : config.set_env) profile.env.emplace(variable, value);
  if (config.proxy_command) note(import, name, "its ProxyCommand is not taken; say a proxy_jump instead.");
  if (!config.proxy_jump.empty() && config.proxy_jump != "none") {
    if (const auto jumps = ssh::parse_jumps(config.proxy_jump); jumps) {
      profile.proxy_jump = config.proxy_jump;
    } else {
      note(import, name, "its ProxyJump is not taken: " + jumps.error().message());
    }
  }
  return one;
}

/// The group that each bookmark stands in, by the bookmark's id.
std::map<std::string, std::string> groups_of(const json& root) {
  std::map<std::string, std::string> groups;
  for (const json& group : record::list_of(root, "bookmarkGroups")) {
    const std::string title = base::clean_line(text_of(group, "title"), 128);
    for (const json& id : record::list_of(group, "bookmarkIds")) {
      if (id.is_string()) groups.emplace(id.get<std::string>(), title);
    }
  }
  return groups;
}

/// What electerm has encrypted with a key of its own is of no use here.
void take_secret(const json& bookmark, const char* name, store::ConnectionSecret secret, SshImport& import,
                 SshCandidate& one) {
  const std::string text = text_of(bookmark, name);
  if (text.empty()) return;
  const std::string flag = std::string(name) + "Encrypted";
  if (record::flag_of(bookmark, flag)) {
    return note(import, one.fresh.row.title, std::string(name) + " is encrypted there and not taken. Enter it again.");
  }
  const bool key = secret == store::ConnectionSecret::private_key;
  if (text.size() > (key ? 65536U : 4096U) || (key && !check_private_key(text))) {
    return note(import, one.fresh.row.title, std::string(name) + " makes no sense and is not taken.");
  }
  one.fresh.secrets[static_cast<std::size_t>(secret)] = base::Secret(text);
}

void take_bookmark(const json& bookmark, const std::map<std::string, std::string>& groups, SshImport& import) {
  SshCandidate one;
  store::ConnectionRow& row = one.fresh.row;
  row.host = text_of(bookmark, "host");
  row.title = base::clean_line(text_of(bookmark, "title"), 200);
  if (row.title.empty()) row.title = base::clean_line(row.host, 200);
  const std::string type = text_of(bookmark, "type", "ssh");
  if (!type.empty() && type != "ssh") {
    return skip(import, row.title, "It is a connection of another kind: " + shown(type) + ".");
  }
  const auto port = record::integer_of(bookmark, "port", ssh::kDefaultPort);
  if (port < 1 || port > 65535) return skip(import, row.title, "Its port is not from 1 to 65535.");
  row.port = static_cast<int>(port);
  row.username = text_of(bookmark, "username");
  SshProfile& profile = one.profile;
  profile.auth_type = text_of(bookmark, "authType", "password") == "password" ? "password" : "key";
  profile.private_key_path = text_of(bookmark, "privateKeyPath");
  profile.color = base::clean_line(text_of(bookmark, "color"), 32);
  profile.start_directory = text_of(bookmark, "startDirectoryRemote", text_of(bookmark, "startDirectory"));
  if (const auto group = groups.find(text_of(bookmark, "id")); group != groups.end()) profile.group = group->second;
  one.fresh.row.runbook = base::clean_text(base::shorten(text_of(bookmark, "description"), 65536), true);
  take_secret(bookmark, "password", store::ConnectionSecret::password, import, one);
  take_secret(bookmark, "privateKey", store::ConnectionSecret::private_key, import, one);
  take_secret(bookmark, "passphrase", store::ConnectionSecret::passphrase, import, one);
  for (const char* left : {"connectionHoppings", "proxy", "sshTunnels"}) {
    const json& member = record::member_of(bookmark, left);
    if (!member.is_null() && !member.empty() && member != json("")) {
      note(import, row.title, std::string(left) + " is not taken.");
    }
  }
  take(import, std::move(one));
}

std::string address_of(const store::ConnectionRow& row) {
  return row.username + "@" + base::to_lower(row.host) + ":" + std::to_string(row.port);
}

}  // namespace

Result<SshImport> import_ssh_config(const std::string& text, const std::string& name, const SshImportRules& rules) {
  const auto include = rules.follow_includes ? ssh::include_from(rules.home) : ssh::IncludeFiles();
  auto file = ssh::ConfigFile::parse(text, name, include);
  if (!file) return file.error();
  SshImport import;
  import.notes = file->notes();
  const auto names = file->names();
  if (names.size() > kMostImported) {
    return Error(Errc::too_large, "The configuration names more than " + std::to_string(kMostImported) + " hosts.");
  }
  for (const std::string& host : names) {
    auto config = file->lookup(host, "", rules.user);
    if (!config) return config.error();
    take(import, candidate_of(host, *config, rules, import));
  }
  return import;
}

Result<SshImport> import_electerm(const json& root) {
  const json& bookmarks = root.is_array() ? root : record::list_of(root, "bookmarks");
  if (bookmarks.empty()) {
    return Error(Errc::invalid_params, "There are no bookmarks in it. Export them in electerm as JSON.", "bookmarks");
  }
  if (bookmarks.size() > kMostImported) {
    return Error(Errc::too_large, "More than " + std::to_string(kMostImported) + " bookmarks.", "bookmarks");
  }
  SshImport import;
  const auto groups = groups_of(root);
  for (const json& bookmark : bookmarks) take_bookmark(bookmark, groups, import);
  return import;
}

void drop_known(SshImport& import, const std::vector<store::ConnectionRow>& rows, bool titles) {
  std::map<std::string, std::string> addresses;
  std::map<std::string, std::string> names;
  const auto remember = [&](const store::ConnectionRow& row) {
    addresses.emplace(address_of(row), row.title);
    names.emplace(row.title, address_of(row));
  };
  for (const store::ConnectionRow& row : rows) remember(row);
  std::vector<SshCandidate> fresh;
  for (SshCandidate& one : import.found) {
    const store::ConnectionRow& row = one.fresh.row;
    const auto address = addresses.find(address_of(row));
    const auto name = names.find(row.title);
    if (address != addresses.end()) {
      skip(import, row.title, address->first + " is there already, as \"" + shown(address->second) + "\".");
    } else if (titles && name != names.end()) {
      skip(import, row.title, "Another connection has that name: " + name->second + ".");
    } else {
      remember(row);
      fresh.push_back(std::move(one));
    }
  }
  import.found = std::move(fresh);
}

Result<> check_line(const std::string& text, const char* field) {
  if (base::is_utf8(text) && base::clean_line(text, text.size()) == text) return {};
  return Error(Errc::invalid_params,
               std::string(field) + " must be one line without controls, and no blanks at its ends.", field);
}

Result<> check_private_key(const std::string& text) {
  if (base::trim(text).starts_with("-----BEGIN ") && text.find("PRIVATE KEY-----") != std::string::npos) return {};
  return Error(Errc::invalid_params,
               "private_key is no private key: it begins with -----BEGIN ... PRIVATE KEY-----. To name a file of the "
               "server's machine use private_key_path.",
               "private_key");
}

Result<> check_profile(const SshProfile& profile) {
  const std::string& path = profile.private_key_path;
  if (!path.empty() && !path.starts_with('/') && !path.starts_with("~/")) {
    return Error(Errc::invalid_params, "private_key_path must begin with / or ~/.", "private_key_path");
  }
  if (path.ends_with(".pub")) {
    return Error(Errc::invalid_params, "private_key_path is the public half. Name the file without .pub.",
                 "private_key_path");
  }
  for (const auto& [text, field] :
       {std::pair(&path, "private_key_path"), std::pair(&profile.color, "color"), std::pair(&profile.group, "group"),
        std::pair(&profile.start_directory, "start_directory")}) {
    if (auto good = check_line(*text, field); !good) return good;
  }
  if (!profile.proxy_jump.empty()) {
    if (auto jumps = ssh::parse_jumps(profile.proxy_jump); !jumps) return jumps.error();
  }
  for (const auto& [variable, value] : profile.env) {
    if (auto good = ssh::check_variable(variable); !good) return good;
    if (value.size() > 32768 || value.find('\0') != std::string::npos) {
      return Error(Errc::invalid_params, "env." + variable + " is too long or has a NUL.", "env." + variable);
    }
  }
  for (const std::string& tag : profile.tags) {
    if (auto good = check_line(tag, "tags"); !good) return good;
    if (tag.empty() || tag.size() > 64) {
      return Error(Errc::invalid_params, "A tag has 1 to 64 bytes.", "tags");
    }
  }
  return {};
}

}  // namespace duotty::remote
