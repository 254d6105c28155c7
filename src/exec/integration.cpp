#include <duotty/base/embedded.hpp>
#include <duotty/base/text.hpp>
#include <duotty/exec/integration.hpp>
#include <span>

#include "names.hpp"
#include "scripts.hpp"

extern "C" {
extern const duotty::base::EmbeddedFile duotty_exec_integration_table[];
extern const unsigned long duotty_exec_integration_count;
}

namespace duotty::exec {
namespace {

using Plan = Integration (*)(std::string_view name, std::string_view nonce, const std::string& dir,
                             const UserStart& user);

/// A statement, in the syntax of POSIX, by which a shell has `name` again as it would have had it from its start.
std::string put_back(const std::string& name, const std::optional<std::string>& value) {
  return value ? name + "=" + base::shell_quote(*value) + " && export " + name : "unset " + name;
}

Integration plan_bash(std::string_view name, std::string_view nonce, const std::string& dir, const UserStart&) {
  Integration plan;
  plan.active = true;
  const std::string path = dir + "/bashrc";
  plan.args = {"--rcfile", path};
  plan.files.push_back({path, base::replace_all(integration_script(name, nonce), "@DIR@", dir), 0600});
  plan.files.push_back({dir + "/next", "0", 0600});
  return plan;
}

// The shell reads only ~/.zshenv from our place: that file puts ZDOTDIR back before it reads the user's.
Integration plan_zsh(std::string_view name, std::string_view nonce, const std::string& dir, const UserStart& user) {
  Integration plan;
  plan.active = true;
  plan.env = {{"ZDOTDIR", dir}};
  plan.files.push_back({dir + "/.zshenv", integration_script(name, nonce, put_back("ZDOTDIR", user.zdotdir)), 0600});
  return plan;
}

Integration plan_fish(std::string_view name, std::string_view nonce, const std::string& dir, const UserStart&) {
  Integration plan;
  plan.active = true;
  const std::string path = dir + "/init.fish";
  plan.args = {"--init-command", "source '" + path + "'"};
  plan.files.push_back({path, integration_script(name, nonce), 0600});
  return plan;
}

Integration plan_posix(std::string_view name, std::string_view nonce, const std::string& dir, const UserStart& user) {
  Integration plan;
  plan.active = true;
  const std::string path = dir + "/env.sh";
  plan.env = {{"ENV", path}};
  plan.files.push_back({path, integration_script(name, nonce, put_back("ENV", user.env)), 0600});
  return plan;
}

/// A shell with hooks: its script in integration/ and how it is made to read it.
struct Row {
  ShellKind kind;
  std::string_view script;
  Plan plan;
};

constexpr Row rows[] = {
    {ShellKind::bash, "bash.sh", plan_bash},
    {ShellKind::zsh, "zsh.zsh", plan_zsh},
    {ShellKind::fish, "fish.fish", plan_fish},
    {ShellKind::posix, "posix.sh", plan_posix},
};

std::string_view embedded(std::string_view name) {
  for (const auto& file : std::span(duotty_exec_integration_table, duotty_exec_integration_count))
    if (file.path == name) return file.bytes();
  return {};
}

}  // namespace

std::string integration_script(std::string_view name, std::string_view nonce, std::string_view start) {
  std::string script(embedded(name));
  // In two parts, so that no listing shows the nonce whole.
  const std::size_t half = nonce.size() / 2;
  script = base::replace_all(std::move(script), "@NONCE_HEAD@", nonce.substr(0, half));
  script = base::replace_all(std::move(script), "@NONCE_TAIL@", nonce.substr(half));
  script = base::replace_all(std::move(script), "@START@", start);
  // As bytes, because the shells of posix.sh have no common way to write them.
  script = base::replace_all(std::move(script), "@ESC@", "\x1b");
  script = base::replace_all(std::move(script), "@BEL@", "\a");
  script = base::replace_all(std::move(script), "@SOH@", "\x01");
  return base::replace_all(std::move(script), "@CR@", "\r");
}

Integration plan_integration(const ShellProfile& profile, std::string_view nonce, std::string_view dir,
                             const UserStart& user) {
  if (!profile.integration || !is_token(nonce, 16) || !is_plain_path(dir)) return {};
  for (const Row& row : rows) {
    if (row.kind != profile.kind) continue;
    return row.plan(row.script, nonce, std::string(dir), user);
  }
  return {};
}

}  // namespace duotty::exec
