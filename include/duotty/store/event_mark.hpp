#pragma once
// Which ids of events were given: a small file beside the events themselves, for when those are lost.
#include <cstdint>
#include <optional>
#include <string>

namespace duotty::store {

/// What the file says. While a worker runs, `id` is ahead of what it has given, so that it is written rarely.
struct EventMark {
  std::uint64_t id = 0;
  std::string epoch;  ///< of the events; "-" when some of them could not be kept
  std::string state;  ///< "stopped", or while a worker runs the machine's boot
};

/// Ids that the file is ahead of.
inline constexpr std::uint64_t kEventIdsAhead = 1024;

std::optional<EventMark> read_event_mark(const std::string& path);
/// In place, so that a full disk takes it too; false when it could not be written.
bool write_event_mark(const std::string& path, const EventMark& mark);
/// A word for the time since the machine was started.
std::string boot_word();
/// The last id that may have been given, when `last` is the newest event kept under `epoch`: what was told is kept
/// before it is told, so this is `last` unless events were lost with their file, the disk or the machine.
std::uint64_t last_given(const std::optional<EventMark>& mark, std::uint64_t last, const std::string& epoch,
                         const std::string& boot);

}  // namespace duotty::store
