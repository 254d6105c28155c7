// What a configuration says of one host.
#include <duotty/base/text.hpp>
#include <duotty/ssh/names.hpp>

#include "config_file.hpp"
#include "config_words.hpp"
#include "pattern.hpp"

namespace duotty::ssh {
namespace {

using base::Errc;
using base::Error;

constexpr std::size_t kMostIdentities = 100;  // as OpenSSH

/// HostName with %h and %%; nothing when it has another sequence.
std::optional<std::string> expanded(std::string_view text, const std::string& host) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const char next = ++i < text.size() ? text[i] : '\0';
    if (next == 'h') {
      out += host;
    } else if (next == '%') {
      out += '%';
    } else {
      return std::nullopt;
    }
  }
  return out;
}

/// One host on its way through the sections: the first value of each setting stays.
struct Asked {
  const std::string& original;
  const std::string& user;
  const std::string& local_user;
  Effort effort;
  HostConfig found;
  std::string host_name;  ///< as written
  bool proxy_said = false;

  bool holds(const ConfigTest& test) {
    switch (test.about) {
      case ConfigTest::About::all:
        return true;
      case ConfigTest::About::host_line:
        return host_line(test.patterns);
      case ConfigTest::About::host: {
        const auto now = expanded(host_name, original);
        const std::string host = base::to_lower(host_name.empty() || !now ? original : *now);
        return in_list(host, base::to_lower(test.patterns.front())) != test.negated;
      }
      case ConfigTest::About::original_host:
        return in_list(base::to_lower(original), base::to_lower(test.patterns.front())) != test.negated;
      case ConfigTest::About::user:
        return in_list(found.user.empty() ? local_user : found.user, test.patterns.front()) != test.negated;
      case ConfigTest::About::local_user:
        return in_list(local_user, test.patterns.front()) != test.negated;
    }
    return false;
  }

  bool in_list(const std::string& text, const std::string& list) {
    return match_list(text, list, effort) == ListMatch::yes;
  }

  bool host_line(const std::vector<std::string>& patterns) {
    bool matches = false;
    for (std::string_view pattern : patterns) {
      const bool negated = pattern.starts_with('!');
      if (negated) pattern.remove_prefix(1);
      if (!match_pattern(original, pattern, effort)) continue;
      if (negated) return false;
      matches = true;
    }
    return matches;
  }

  void apply(const ConfigSetting& setting) {
    const std::string& word = setting.words.front();
    const auto first = [&](std::string& member) {
      if (member.empty()) member = word;
    };
    switch (setting.key) {
      case ConfigKey::host_name:
        return first(host_name);
      case ConfigKey::user:
        return first(found.user);
      case ConfigKey::port:
        if (const auto port = parse_port(word); port && !found.port) found.port = *port;
        return;
      case ConfigKey::identity_file:
        if (found.identity_files.size() < kMostIdentities) found.identity_files.push_back(word);
        return;
      case ConfigKey::proxy_jump:
      case ConfigKey::proxy_command:
        return proxy(setting.key == ConfigKey::proxy_command, word);
      case ConfigKey::keepalive:
        if (!found.keepalive_s) found.keepalive_s = parse_config_time(word);
        return;
      case ConfigKey::forward_agent:
        return first(found.forward_agent);
      case ConfigKey::set_env:
        if (!found.set_env.empty()) return;
        for (const std::string& one : setting.words) {
          const auto equals = one.find('=');
          found.set_env.emplace_back(one.substr(0, equals), one.substr(equals + 1));
        }
        return;
      case ConfigKey::host_key_checking:
        if (found.host_key_checking.empty()) found.host_key_checking = base::to_lower(word);
        return;
      case ConfigKey::known_hosts_file:
        if (found.known_hosts_files.empty()) found.known_hosts_files = setting.words;
        return;
    }
  }

  /// ProxyJump and ProxyCommand shut each other out: the first of both stays.
  void proxy(bool command, const std::string& word) {
    if (proxy_said) return;
    proxy_said = true;
    if (command) {
      found.proxy_command = !base::iequals(word, "none");
    } else {
      found.proxy_jump = base::iequals(word, "none") ? "none" : word;
    }
  }
};

}  // namespace

base::Result<HostConfig> ConfigFile::lookup(const std::string& host, const std::string& user,
                                            const std::string& local_user) const {
  Asked asked{host, user, local_user, Effort{effort_}, {}, {}};
  asked.found.user = user;
  std::vector<std::optional<bool>> known(conditions_.size());
  for (const Section& section : sections_) {
    bool applies = true;
    for (const std::size_t id : section.conditions) {
      if (!known[id]) {
        bool all = !conditions_[id].never;
        for (const ConfigTest& test : conditions_[id].tests) all = all && asked.holds(test);
        known[id] = all;
      }
      applies = applies && *known[id];
      if (!applies) break;
    }
    if (!applies) continue;
    for (const ConfigSetting& setting : section.settings) asked.apply(setting);
  }
  if (asked.effort.spent) {
    return Error(Errc::too_large, "The patterns of the configuration take too long to match against " + host + ".");
  }
  const auto name = expanded(asked.host_name.empty() ? "%h" : asked.host_name, host);
  // What ssh refuses is told as it is: the caller checks hosts.
  asked.found.host_name = name ? *name : asked.host_name;
  return std::move(asked.found);
}

}  // namespace duotty::ssh
