#pragma once
// What a path is to its owner: something one throws away, or something one does not mean to lose.
#include <string>
#include <string_view>

#include "judge.hpp"

namespace duotty::gate {

/// What removing a path with all that is in it would take away.
enum class Place : std::uint8_t {
  other,       ///< nothing that this page knows of
  root,        ///< /, or everything in it
  home,        ///< a home directory, everything in it, or what holds it
  system,      ///< a directory that the system lives in
  here,        ///< the working directory
  above,       ///< what holds the working directory
  all_here,    ///< everything in the working directory that its owner sees
  scratch,     ///< /tmp, or everything in it
  repository,  ///< .git
};

/// A path and what it stands for.
struct Target {
  Place place = Place::other;
  bool if_unset = false;  ///< only if a variable in it is not set
};

/// Without `.`, `..` and double slashes; `path` is absolute and may have marks.
std::string normal_path(std::string_view path);
/// What `path` is, seen from where the shell stands.
Target target_of(std::string_view path, const State& state, std::string_view home);
/// True for a disk, a partition, a volume.
bool is_block_device(std::string_view path, const State& state);
/// True for memory and the keys of the kernel: /dev/mem, /proc/sysrq-trigger.
bool is_kernel_file(std::string_view path, const State& state);
/// True for a file that the system does not start, or let anybody in, without.
bool is_vital_file(std::string_view path, const State& state);
/// True for the keys that let a person in, and what gpg keeps.
bool is_key_file(std::string_view path, const State& state);
/// True for the history of a shell.
bool is_history_file(std::string_view path, const State& state);
/// Absolute and normal, as far as the directory is known; with `unset` variables taken as empty.
std::string absolute(std::string_view path, const State& state);

}  // namespace duotty::gate
