#include <duotty/base/text.hpp>
#include <duotty/exec/integration.hpp>
#include <duotty/exec/remote_start.hpp>
#include <duotty/exec/shell_profile.hpp>

#include "names.hpp"
#include "scripts.hpp"

namespace duotty::exec {
namespace {

using base::shell_quote;

/// Ends a text of a program; no line of our scripts.
constexpr std::string_view kEnd = "__DUOTTY_END__";
/// There is no private directory: whatever is looked for in it is not there.
constexpr std::string_view kNowhere = "/dev/null";
constexpr std::string_view kLogin = "exec \"$SHELL\" -l\n";

std::string document(const std::string& text) {
  return "<<'" + std::string(kEnd) + "'\n" + text + "\n" + std::string(kEnd) + "\n";
}

/// Runs `words` with the text on descriptor 3, which the shell opens by its path; without such paths, as it is.
std::string with_descriptor(const std::string& text, std::string_view words) {
  std::string out = "exec 3" + document(text);
  out += "if test -r /dev/fd/3; then ";
  out += words;
  return out + "; fi\nexec 3<&-\n" + std::string(kLogin);
}

std::string start_bash(std::string_view nonce) {
  std::string script = integration_script("bash.sh", nonce);
  script = base::replace_all(std::move(script), "@DIR@", kNowhere);
  script = base::replace_all(std::move(script), "[[ ! -r ~/.bashrc ]] || source ~/.bashrc\n",
                             integration_script("bash_login.sh", nonce));
  return with_descriptor(script, "ENV=/dev/fd/3; export ENV; exec \"$SHELL\" --posix -l");
}

// It reads only files of given names, so that there is a folder until it has begun to read, and for half a minute if it
// does not.
std::string start_zsh(std::string_view nonce) {
  const std::string script = integration_script("zsh.zsh", nonce, "command rm -rf -- \"$ZDOTDIR\"\nunset ZDOTDIR");
  std::string out =
      "if test -z \"${ZDOTDIR+x}\" && d=$(umask 077 && mktemp -d \"${TMPDIR:-/tmp}/duotty.XXXXXXXXXX\"); then\n";
  out += "(sleep 30; rm -rf -- \"$d\") </dev/null >/dev/null 2>&1 &\n";
  out += "cat >\"$d/.zshenv\" " + document(script);
  out += "ZDOTDIR=$d; export ZDOTDIR\nfi\n";
  return out + std::string(kLogin);
}

std::string start_fish(std::string_view nonce) {
  return "exec 3" + document(integration_script("fish.fish", nonce)) +
         "exec \"$SHELL\" -l -C 'command cat <&3 | source'\n";
}

std::string start_posix(std::string_view nonce) {
  return with_descriptor("exec 3<&-\n" + integration_script("posix.sh", nonce, "unset ENV"),
                         "ENV=/dev/fd/3; export ENV; exec \"$SHELL\" -l");
}

/// By the name of the shell, which is only known there.
std::string start_any(std::string_view nonce) {
  std::string out = "case ${SHELL##*/} in\n";
  out += "bash)\n" + start_bash(nonce) + ";;\n";
  out += "zsh)\n" + start_zsh(nonce) + ";;\n";
  out += "fish)\n" + start_fish(nonce) + ";;\n";
  out += "sh | dash | ash | mksh | lksh)\n" + start_posix(nonce) + ";;\n";
  return out + "esac\n" + std::string(kLogin);
}

std::string go_to(const std::string& directory) {
  if (directory.empty() || directory == "~") return {};
  const bool home = directory.starts_with("~/");
  return "CDPATH= cd -- " + (home ? "\"$HOME\"/" + shell_quote(directory.substr(2)) : shell_quote(directory)) + "\n";
}

/// $SHELL as it is wanted.
std::string choose(const std::string& shell) {
  if (shell.empty()) return "SHELL=${SHELL:-/bin/sh}; export SHELL\n";
  const std::string name = shell_quote(shell);
  return "SHELL=$(command -v " + name + ") || { printf 'There is no shell %s.\\n' " + name +
         "; exit 127; }\nexport SHELL\n";
}

}  // namespace

std::optional<std::string> plan_remote_start(const RemoteStart& start, std::string_view nonce) {
  const bool hooks = start.integration && start.command.empty() && is_token(nonce, 16);
  const std::string cd = go_to(start.directory);
  if (!hooks && cd.empty() && start.env.empty() && start.command.empty() && start.shell.empty()) return std::nullopt;
  std::string out = "COLORTERM=truecolor; export COLORTERM\n";
  for (const auto& [name, value] : start.env) out += name + "=" + shell_quote(value) + "; export " + name + "\n";
  out += cd;
  if (!start.command.empty()) {
    out += "exec";
    for (const std::string& word : start.command) out += " " + shell_quote(word);
    return out + "\n";
  }
  out += choose(start.shell);
  return out + (hooks ? start_any(nonce) : std::string(kLogin));
}

}  // namespace duotty::exec
