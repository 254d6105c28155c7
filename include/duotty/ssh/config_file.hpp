#pragma once
// OpenSSH client configuration (ssh_config(5)): what it says of a host. Nothing is ever executed: `Match exec` and
// proxy commands are passed over, and the notes say so. The text may come from anywhere.
#include <cstdint>
#include <duotty/base/error.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace duotty::ssh {

/// Limits on what is read. What is beyond them is an error (too_large), so that nobody mistakes a part for the whole.
struct ConfigLimits {
  std::size_t text = 1 << 20;  ///< bytes of all files together
  std::size_t lines = 50'000;
  std::size_t depth = 16;          ///< of Include, as OpenSSH
  std::size_t files = 256;         ///< that are included
  std::size_t effort = 2'000'000;  ///< steps that matching patterns may take for one host
};

/// A file that an Include names.
struct IncludedFile {
  std::string path;
  std::string text;
};
/// The files that one word behind Include names (a path that may have wildcards and "~"), in order. `left` is how many
/// bytes may still be read. Errors: too_large; what cannot be read is left out.
using IncludeFiles = std::function<base::Result<std::vector<IncludedFile>>(const std::string& word, std::size_t left)>;
/// Reads them as OpenSSH does for a user: relative paths are below `home`/.ssh. Regular files only.
IncludeFiles include_from(std::string home);
/// One file as text. Errors: not_found, io, too_large.
base::Result<std::string> read_config_text(const std::string& path, std::size_t most);

/// What the configuration says of one host; what it does not say is empty.
struct HostConfig {
  std::string host_name;  ///< where to connect: HostName with its %h and %%, or the name itself
  std::string user;
  std::optional<std::uint16_t> port;
  std::vector<std::string> identity_files;  ///< as written, "~" and "%d" included
  std::string proxy_jump;                   ///< "none" is told as it is
  std::optional<int> keepalive_s;           ///< ServerAliveInterval
  std::string forward_agent;                ///< "yes", "no", a path or a variable
  std::vector<std::pair<std::string, std::string>> set_env;
  std::string host_key_checking;  ///< StrictHostKeyChecking in small letters
  std::vector<std::string> known_hosts_files;
  bool proxy_command = false;  ///< a ProxyCommand is set, which is not taken
};

struct ConfigCondition;

class ConfigFile {
 public:
  ConfigFile();
  ConfigFile(ConfigFile&&) noexcept;
  ConfigFile& operator=(ConfigFile&&) noexcept;
  ~ConfigFile();

  /// Reads a configuration. Lines that make no sense are passed over and noted. Without `include` no file is read.
  /// `name` is what notes call the text. Errors: too_large.
  static base::Result<ConfigFile> parse(std::string_view text, const std::string& name, const IncludeFiles& include,
                                        const ConfigLimits& limits = {});

  /// What ssh would use for `ssh host`, or `ssh user@host`. `local_user` is who ssh would sign in as when nothing says
  /// otherwise. Errors: too_large when matching takes too long.
  base::Result<HostConfig> lookup(const std::string& host, const std::string& user,
                                  const std::string& local_user) const;
  /// The names that Host lines give without wildcards, each once, in order.
  std::vector<std::string> names() const;
  /// What was passed over, and where: "line 3 of config: ...". At most 100; never a value that the text gives.
  const std::vector<std::string>& notes() const noexcept { return notes_; }

 private:
  struct Section;
  struct Reader;
  std::vector<ConfigCondition> conditions_;
  std::vector<Section> sections_;
  std::vector<std::string> notes_;
  std::size_t effort_ = 0;
};

}  // namespace duotty::ssh
