#include <array>
#include <duotty/base/text.hpp>
#include <duotty/exec/shell_profile.hpp>

namespace duotty::exec {
namespace {

constexpr bool has_hooks = true;
constexpr bool no_hooks = false;

/// Every shell we know. A shell gets hooks by a file in integration/ and a row in integration.cpp.
constexpr std::array<ShellProfile, 15> profiles{{
    {ShellKind::bash, "bash", has_hooks, true},
    {ShellKind::zsh, "zsh", has_hooks, true},
    {ShellKind::fish, "fish", has_hooks, true},
    {ShellKind::posix, "sh", has_hooks, true},
    {ShellKind::posix, "dash", has_hooks, true},
    {ShellKind::posix, "ash", has_hooks, true},
    {ShellKind::posix, "busybox", has_hooks, true},
    {ShellKind::posix, "ksh", has_hooks, true},
    {ShellKind::posix, "ksh93", no_hooks, true},
    {ShellKind::posix, "mksh", has_hooks, true},
    {ShellKind::posix, "lksh", has_hooks, true},
    {ShellKind::posix, "oksh", no_hooks, true},
    {ShellKind::posix, "loksh", no_hooks, true},
    {ShellKind::posix, "pdksh", no_hooks, true},
    {ShellKind::posix, "yash", no_hooks, true},
}};

const ShellProfile* find(std::string_view name) {
  for (const ShellProfile& profile : profiles)
    if (profile.name == name) return &profile;
  return nullptr;
}

}  // namespace

ShellProfile profile_of(std::string_view argv0_or_path) {
  std::string_view name = argv0_or_path;
  while (name.ends_with('/')) name.remove_suffix(1);
  if (const auto slash = name.find_last_of("/\\"); slash != std::string_view::npos) name.remove_prefix(slash + 1);
  if (name.starts_with('-')) name.remove_prefix(1);
  const std::string lower = base::to_lower(name);
  name = lower;
  if (name.ends_with(".exe")) name.remove_suffix(4);
  if (const ShellProfile* exact = find(name)) return *exact;
  // A version: bash-5.2, zsh5, ksh93u+m.
  const auto version = name.find_first_of("-0123456789");
  if (version != std::string_view::npos && version + 1 <= name.size()) {
    const std::string_view rest = name.substr(version);
    const bool numbered = rest.find_first_of("0123456789") <= 1;
    if (const ShellProfile* stem = find(name.substr(0, version)); stem != nullptr && numbered) return *stem;
  }
  return {};
}

}  // namespace duotty::exec
