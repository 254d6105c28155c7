#pragma once
// What a configuration is made of once it is read; reading it is in config_file.cpp, asking it in config_lookup.cpp.
#include <duotty/ssh/config_file.hpp>

namespace duotty::ssh {

enum class ConfigKey {
  host_name,
  user,
  port,
  identity_file,
  proxy_jump,
  proxy_command,
  keepalive,
  forward_agent,
  set_env,
  host_key_checking,
  known_hosts_file,
};

struct ConfigSetting {
  ConfigKey key;
  std::vector<std::string> words;
};

/// One criterion of a Match line, or all patterns of a Host line.
struct ConfigTest {
  enum class About { host_line, host, original_host, user, local_user, all };
  About about;
  bool negated = false;
  std::vector<std::string> patterns;  ///< of a Host line one each, else one list with commas
};

/// Holds when all tests hold. It is asked once for a host, when its line is come to: what is set before it counts.
struct ConfigCondition {
  std::vector<ConfigTest> tests;
  bool never = false;
};

/// Settings that apply when all conditions do: of the block itself and of the blocks whose Include brought its file.
struct ConfigFile::Section {
  std::vector<std::size_t> conditions;
  std::vector<ConfigSetting> settings;
};

}  // namespace duotty::ssh
