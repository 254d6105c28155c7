#include <array>
#include <duotty/rpc/caller.hpp>

namespace duotty::rpc {
namespace {
constexpr std::array kScopes = {Scope::read, Scope::type, Scope::exec,  Scope::files,
                                Scope::ssh,  Scope::ai,   Scope::admin, Scope::force};
}

std::string_view name(Scope scope) noexcept {
  switch (scope) {
    case Scope::read:
      return "read";
    case Scope::type:
      return "type";
    case Scope::exec:
      return "exec";
    case Scope::files:
      return "files";
    case Scope::ssh:
      return "ssh";
    case Scope::ai:
      return "ai";
    case Scope::admin:
      return "admin";
    case Scope::force:
      return "force";
    case Scope::none:
      break;
  }
  return "none";
}

std::vector<std::string> scope_names(unsigned mask) {
  std::vector<std::string> names;
  for (const Scope scope : kScopes) {
    if (mask & bits(scope)) names.emplace_back(name(scope));
  }
  return names;
}

unsigned scope_mask(const std::vector<std::string>& names, std::vector<std::string>* unknown) {
  unsigned mask = 0;
  for (const auto& word : names) {
    bool found = false;
    for (const Scope scope : kScopes) {
      if (word == name(scope)) {
        mask |= bits(scope);
        found = true;
      }
    }
    if (!found && unknown) unknown->push_back(word);
  }
  return mask;
}

}  // namespace duotty::rpc
