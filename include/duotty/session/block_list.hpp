#pragma once
// The commands of one terminal: the one that runs and the last ones that ended, with their places on the screen.
#include <cstdint>
#include <deque>
#include <duotty/session/command_block.hpp>
#include <duotty/term/terminal.hpp>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace duotty::session {

/// What a fold that was run again cannot know of a block: when it really was, and who ran it.
struct BlockAmendment {
  std::uint64_t seq = 0;
  exec::WallTime started_at{};
  std::optional<exec::WallTime> ended_at;
  std::string by;
  std::string command;  ///< empty: as it is
};

/// Loop thread only; a part of its session.
class BlockList {
 public:
  static constexpr std::size_t kKept = 200;

  explicit BlockList(term::Terminal& terminal) : terminal_(terminal) {}

  /// A command starts; its prompt begins at `prompt`, or nobody knows where.
  const CommandBlock& start(CommandBlock block, std::optional<term::Position> prompt);
  /// The command that runs has ended as `ended` says; without a start() it is taken as it is.
  const CommandBlock& end(const exec::Block& ended, const std::string& signal, DisplayOffset shown);

  void amend(const BlockAmendment& with);

  /// Oldest first: the last kKept.
  const std::deque<CommandBlock>& ended() const noexcept { return ended_; }
  /// nullptr when none runs.
  const CommandBlock* running() const noexcept { return running_ ? &*running_ : nullptr; }

  /// What viewers are told of one block.
  static nlohmann::json describe(const CommandBlock& block);
  /// The frame that tells of a start or an end.
  static nlohmann::json frame(const CommandBlock& block);
  /// The frame that goes with a snapshot: every block whose row is still there, by its distance from the last row.
  nlohmann::json frame_of_all(DisplayOffset shown) const;
  /// The frames that a viewer missed who has seen everything before `since`.
  std::vector<nlohmann::json> frames_since(DisplayOffset since) const;

  /// For the checkpoint, and back; anchors are the terminal's.
  nlohmann::json save() const;
  void restore(const nlohmann::json& saved);

 private:
  void add(CommandBlock block);

  term::Terminal& terminal_;
  std::deque<CommandBlock> ended_;
  std::optional<CommandBlock> running_;
};

}  // namespace duotty::session
