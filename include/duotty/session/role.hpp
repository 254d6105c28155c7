#pragma once
// What a viewer may do, in ranks: each may do all that the ones before it may. Pure.
#include <optional>
#include <string_view>

namespace duotty::session {

/// In ascending order.
enum class Role {
  viewer,  ///< watches
  typist,  ///< also types, has a say in the size, uses the AI's suggestion
  agent,   ///< also changes the terminal, such as its size policy; its keys wait for people's
  owner,   ///< also takes control
};

/// The wire name of a role.
std::string_view name(Role role) noexcept;
/// The role of a wire name.
std::optional<Role> role(std::string_view name) noexcept;
/// The least role that may send a text frame of this type (docs/terminal-websocket.md), or nothing when there is no
/// such frame.
std::optional<Role> least_role(std::string_view frame) noexcept;
/// The least role whose input frames are taken.
inline constexpr Role kLeastToType = Role::typist;

}  // namespace duotty::session
