#include <algorithm>
#include <array>
#include <duotty/base/text.hpp>
#include <duotty/exec/nested.hpp>
#include <duotty/exec/shell_profile.hpp>

namespace duotty::exec {
namespace {

/// Programs that run something on another terminal, machine or in a container and pass keys on to it.
constexpr std::array<std::string_view, 29> relays{
    "ssh",   "slogin", "autossh", "mosh",    "mosh-client", "sshpass", "telnet",  "rlogin",  "sudo",     "doas",
    "su",    "run0",   "pkexec",  "docker",  "podman",      "nerdctl", "kubectl", "oc",      "lxc",      "lxc-attach",
    "incus", "chroot", "nsenter", "unshare", "machinectl",  "script",  "login",   "toolbox", "distrobox"};

std::string_view file_name(std::string_view path) {
  if (const auto slash = path.rfind('/'); slash != std::string_view::npos) path.remove_prefix(slash + 1);
  return path;
}

/// Options of shells that have their value in the next word.
bool takes_word(std::string_view option) {
  static constexpr std::array<std::string_view, 6> long_ones{"--rcfile",       "--init-file", "--features",
                                                             "--debug-output", "--profile",   "--init-command"};
  if (option.starts_with("--")) return std::find(long_ones.begin(), long_ones.end(), option) != long_ones.end();
  return option.size() == 2 && (option[1] == 'o' || option[1] == 'O' || option[1] == 'C' || option[1] == 'T');
}

/// Whether words behind a shell's name leave it to read commands from its terminal.
bool reads_commands(const std::vector<std::string>& argv, std::size_t at) {
  for (; at < argv.size(); ++at) {
    const std::string_view word = argv[at];
    if (word == "-" || word == "--") return at + 1 == argv.size();
    if (!word.starts_with('-') && !word.starts_with('+')) return false;  // a script
    if (word.starts_with("--command") || word == "--version" || word == "--help") return false;
    if (takes_word(word)) {
      ++at;
      continue;
    }
    if (word.starts_with("--")) continue;
    if (word.front() == '-' && word.find('c') != std::string_view::npos) return false;
    if (word.front() == '-' && word.find('s') != std::string_view::npos) return true;
  }
  return true;
}

}  // namespace

Nested nested_in(const std::vector<std::string>& argv) {
  if (argv.empty()) return Nested::none;
  const std::string_view name = file_name(argv.front());
  if (name == "busybox") {
    const bool shell = argv.size() > 1 && (argv[1] == "sh" || argv[1] == "ash" || argv[1] == "hush");
    return shell && reads_commands(argv, 2) ? Nested::shell : Nested::none;
  }
  if (profile_of(name).kind != ShellKind::unknown || name == "csh" || name == "tcsh" || name == "-csh" ||
      name == "-tcsh")
    return reads_commands(argv, 1) ? Nested::shell : Nested::none;
  return std::find(relays.begin(), relays.end(), name) != relays.end() ? Nested::relay : Nested::none;
}

bool ends_as_prompts_do(std::string_view line) {
  if (line.ends_with(' ')) line.remove_suffix(1);
  static constexpr std::array<std::string_view, 6> signs{"$", "#", "%", ">", "❯", "λ"};
  return std::any_of(signs.begin(), signs.end(), [&](std::string_view sign) { return line.ends_with(sign); });
}

}  // namespace duotty::exec
