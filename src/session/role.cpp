#include <array>
#include <duotty/session/role.hpp>
#include <utility>

namespace duotty::session {
namespace {

constexpr std::array<std::pair<std::string_view, Role>, 4> kRoles{
    {{"viewer", Role::viewer}, {"typist", Role::typist}, {"agent", Role::agent}, {"owner", Role::owner}}};

constexpr std::array<std::pair<std::string_view, Role>, 10> kFrames{{{"ping", Role::viewer},
                                                                     {"pong", Role::viewer},
                                                                     {"hello", Role::viewer},
                                                                     {"visible", Role::viewer},
                                                                     {"resize", Role::typist},
                                                                     {"prefill", Role::typist},
                                                                     {"release_input", Role::typist},
                                                                     {"ask_cancel", Role::typist},
                                                                     {"size_policy", Role::agent},
                                                                     {"control", Role::owner}}};

template <class Table>
std::optional<Role> find(const Table& table, std::string_view word) noexcept {
  for (const auto& [known, value] : table) {
    if (known == word) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view name(Role role) noexcept {
  return kRoles[static_cast<std::size_t>(role)].first;
}

std::optional<Role> role(std::string_view name) noexcept {
  return find(kRoles, name);
}

std::optional<Role> least_role(std::string_view frame) noexcept {
  return find(kFrames, frame);
}

}  // namespace duotty::session
