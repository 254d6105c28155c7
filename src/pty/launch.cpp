#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <duotty/base/text.hpp>
#include <duotty/pty/launch.hpp>
#include <map>

extern char** environ;

namespace duotty::pty {

using base::Errc;
using base::Error;
using base::Result;

namespace {

/// Whole names that never pass. Sorted by what they are, not alphabetically.
constexpr std::array kScrubbed = std::to_array<std::string_view>({
    // keys and tokens of ours, also under the names of the systems we replace
    "WEB_ACCESS_KEY",
    "AGENT_API_TOKEN",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "LLM_API_KEY",
    "OPENAI_API_KEY",
    // the service manager's talk with us
    "NOTIFY_SOCKET",
    "LISTEN_FDS",
    "LISTEN_PID",
    "LISTEN_FDNAMES",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",
    "INVOCATION_ID",
    "JOURNAL_STREAM",
    "SYSTEMD_EXEC_PID",
    "CREDENTIALS_DIRECTORY",
    "STATE_DIRECTORY",
    "RUNTIME_DIRECTORY",
    "MAINPID",
    "MANAGERPID",
    "FDSTORE",
    "MEMORY_PRESSURE_WATCH",
    "MEMORY_PRESSURE_WRITE",
    // the terminal that duotty was started in
    "TERM",
    "COLORTERM",
    "TERMCAP",
    "TERM_PROGRAM",
    "TERM_PROGRAM_VERSION",
    "TERM_SESSION_ID",
    "TMUX",
    "TMUX_PANE",
    "STY",
    "WINDOW",
    "WINDOWID",
    "LINES",
    "COLUMNS",
    "COLORFGBG",
    "VTE_VERSION",
    "LC_TERMINAL",
    "LC_TERMINAL_VERSION",
    "WT_SESSION",
    "WT_PROFILE_ID",
    "XTERM_VERSION",
    "XTERM_SHELL",
    "XTERM_LOCALE",
    "GPG_TTY",
    "SSH_TTY",
    "INSIDE_EMACS",
    // what a fresh shell finds out for itself
    "SHLVL",
    "OLDPWD",
    "PWD",
    "_",
});

constexpr std::array kScrubbedPrefixes = std::to_array<std::string_view>(
    {"DUOTTY_", "KITTY_", "WEZTERM_", "ALACRITTY_", "ITERM_", "KONSOLE_", "GHOSTTY_", "ZELLIJ"});

/// Addresses of ours that may carry a password ("https://user:secret@host").
constexpr std::array kAddresses = std::to_array<std::string_view>({"OPENAI_BASE_URL", "PROMETHEUS_URL", "LOKI_URL"});

constexpr const char* kUsualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

bool has_nul(std::string_view text) {
  return text.find('\0') != std::string_view::npos;
}

bool valid_name(std::string_view name) {
  if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool carries_password(std::string_view name, std::string_view value) {
  return std::find(kAddresses.begin(), kAddresses.end(), name) != kAddresses.end() &&
         value.find('@') != std::string_view::npos;
}

using Environment = std::map<std::string, std::string>;

Environment inherit(const LaunchRequest& request) {
  Environment env;
  for (const std::string& variable : request.server_env) {
    const std::size_t equals = variable.find('=');
    if (equals == 0 || equals == std::string::npos) continue;
    const std::string name = variable.substr(0, equals);
    const std::string value = variable.substr(equals + 1);
    const auto& secret = request.secret_names;
    if (scrubbed(name) || carries_password(name, value)) continue;
    if (std::find(secret.begin(), secret.end(), name) != secret.end()) continue;
    env.emplace(name, value);
  }
  return env;
}

/// Where a program of that bare name may be.
std::vector<std::string> installed_as(const std::string& name, const std::vector<std::string>& server_env) {
  std::vector<std::string> paths;
  if (name.find('/') != std::string::npos) return paths;
  std::string_view directories = kUsualPath;
  for (const std::string& variable : server_env) {
    if (variable.starts_with("PATH=")) directories = std::string_view(variable).substr(5);
  }
  for (const std::string_view directory : base::split(directories, ':')) {
    paths.push_back(std::string(directory) + "/" + name);
  }
  return paths;
}

Result<std::string> choose_shell(const LaunchRequest& request) {
  const auto usable = [&request](const std::string& path) {
    if (!path.starts_with('/') || has_nul(path)) return false;
    return request.executable ? request.executable(path) : ::access(path.c_str(), X_OK) == 0;
  };
  if (!request.shell.empty()) {
    if (usable(request.shell)) return request.shell;
    for (const std::string& path : installed_as(request.shell, request.server_env)) {
      if (usable(path)) return path;
    }
    return Error(Errc::invalid_params,
                 "The shell " + base::shorten(base::to_valid_utf8(request.shell), 200) +
                     " cannot be executed: give the name or the absolute path of an installed shell.",
                 "shell");
  }
  for (const std::string& variable : request.server_env) {
    if (variable.starts_with("SHELL=") && usable(variable.substr(6))) return variable.substr(6);
  }
  if (usable(request.account.shell)) return request.account.shell;
  return std::string("/bin/sh");
}

Result<> check(const LaunchRequest& request) {
  if (has_nul(request.cwd)) return Error(Errc::invalid_params, "cwd must not contain NUL bytes.", "cwd");
  if (!request.cwd.empty() && !request.cwd.starts_with('/'))
    return Error(Errc::invalid_params, "cwd must be an absolute path.", "cwd");
  if (std::any_of(request.argv.begin(), request.argv.end(), has_nul))
    return Error(Errc::invalid_params, "The command must not contain NUL bytes.", "command");
  if (!request.argv.empty() && request.argv.front().empty())
    return Error(Errc::invalid_params, "The first word of command is empty: it names the program.", "command");
  for (const auto& [name, value] : request.extra_env) {
    if (!valid_name(name))
      return Error(Errc::invalid_params,
                   "'" + base::shorten(base::to_valid_utf8(name), 64) +
                       "' is not a variable name: use letters, digits and _, and no digit first.",
                   "env");
    if (has_nul(value)) return Error(Errc::invalid_params, "A variable must not contain NUL bytes.", "env." + name);
  }
  return {};
}

void complete(Environment& env, const LaunchRequest& request, const LaunchPlan& plan) {
  env["TERM"] = "xterm-256color";
  env["COLORTERM"] = "truecolor";
  env["DUOTTY_TERMINAL"] = request.terminal_id;
  env["SHELL"] = plan.shell;
  env["PWD"] = plan.cwd;
  env.try_emplace("HOME", request.account.home.empty() ? "/" : request.account.home);
  env.try_emplace("PATH", kUsualPath);
  if (!request.account.name.empty()) {
    env.try_emplace("USER", request.account.name);
    env.try_emplace("LOGNAME", request.account.name);
  }
  const auto set = [&env](const char* name) { return env.contains(name) && !env[name].empty(); };
  if (!set("LC_ALL") && !set("LC_CTYPE") && !set("LANG")) env["LANG"] = "C.UTF-8";
  for (const auto& [name, value] : request.extra_env) env[name] = value;
}

}  // namespace

bool scrubbed(std::string_view name) noexcept {
  return std::find(kScrubbed.begin(), kScrubbed.end(), name) != kScrubbed.end() ||
         std::any_of(kScrubbedPrefixes.begin(), kScrubbedPrefixes.end(),
                     [name](std::string_view prefix) { return name.starts_with(prefix); });
}

Result<LaunchPlan> plan_launch(const LaunchRequest& request) {
  if (auto ok = check(request); !ok) return ok.error();
  auto shell = choose_shell(request);
  if (!shell) return shell.error();
  LaunchPlan plan;
  plan.shell = std::move(*shell);
  plan.argv = request.argv.empty() ? std::vector<std::string>{plan.shell} : request.argv;
  plan.cwd = !request.cwd.empty() ? request.cwd : request.account.home.starts_with('/') ? request.account.home : "/";
  Environment env = inherit(request);
  complete(env, request, plan);
  std::size_t bytes = plan.cwd.size();
  for (const std::string& word : plan.argv) bytes += word.size() + 4;
  for (const auto& [name, value] : env) {
    plan.env.push_back(name + "=" + value);
    bytes += plan.env.back().size() + 4;
  }
  if (bytes > kMaxLaunchBytes)
    return Error(Errc::too_large, "The command and its environment are larger than 60 KiB: pass less.", "env");
  return plan;
}

Account current_account() {
  Account account;
  passwd entry{};
  passwd* found = nullptr;
  std::string buffer(16 * 1024, '\0');
  if (::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) {
    account = {found->pw_name, found->pw_dir, found->pw_shell};
  }
  if (!account.home.starts_with('/')) {
    const char* home = std::getenv("HOME");
    account.home = home != nullptr && home[0] == '/' ? home : "/";
  }
  return account;
}

std::vector<std::string> current_environment() {
  std::vector<std::string> out;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) out.emplace_back(*variable);
  return out;
}

}  // namespace duotty::pty
