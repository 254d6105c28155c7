#pragma once
// What happened to a terminal besides its output: resizes, inserted answers and lines that were entered, at their
// source offsets. Written before the state changes, so that checkpoint + ring + journal always fold to the same state.
#include <cstdint>
#include <duotty/base/error.hpp>
#include <duotty/base/unique_fd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::session {

/// One record. `offset`: source bytes before it have been fed, those after it have not.
struct JournalRecord {
  enum class Kind : std::uint8_t { resize = 1, insert = 2, enter = 3 };
  Kind kind = Kind::resize;
  std::uint64_t offset = 0;
  int cols = 0;  ///< of a resize
  int rows = 0;
  std::int32_t moved_rows =
      0;              ///< of an insert: rows the prompt block moved down; of an Enter: how many, 0 for a Ctrl-C
  std::string bytes;  ///< of an insert
};

/// A record as bytes: u32 length of the rest, kind, offset, payload (little-endian).
std::string encode_record(const JournalRecord& record);
/// All complete records in `bytes`; a torn one at the end is dropped. `whole`, when given, becomes the number of bytes
/// that they take.
std::vector<JournalRecord> decode_records(std::string_view bytes, std::size_t* whole = nullptr);

/// Appends records to `<directory>/journal.<generation>`, one file for each checkpoint: what came after it and before
/// the next was taken. Without a directory it keeps nothing.
class Journal {
 public:
  explicit Journal(std::string directory) : directory_(std::move(directory)) {}

  /// All records since checkpoint number `generation`, oldest first: of its own journal and of those of later
  /// checkpoints that were taken but never got to the disk. Continues to append to the last of them. A torn
  /// one at the end of a file is cut off.
  std::vector<JournalRecord> open(std::uint64_t generation);
  /// The journal appended to. A new checkpoint needs a higher number.
  std::uint64_t generation() const noexcept { return generation_; }
  void append(const JournalRecord& record);
  /// Checkpoint number `generation` is being taken: what follows belongs to its journal.
  void begin(std::uint64_t generation);
  /// Checkpoint number `generation` is on the disk: older journals go.
  void forget_before(std::uint64_t generation);

 private:
  std::string path(std::uint64_t generation) const;
  std::vector<std::uint64_t> generations() const;
  std::string directory_;
  std::uint64_t generation_ = 0;
  base::UniqueFd fd_;
};

/// A checkpoint on disk: replaced atomically, checked by length and CRC-32.
struct Checkpoint {
  std::uint64_t generation = 0;
  std::uint64_t source = 0;   ///< ring offset it covers
  std::uint64_t display = 0;  ///< display offset it covers
  std::string terminal;       ///< term::checkpoint
  std::string marks;          ///< exec::MarkFilter::save
  std::string tracker;        ///< exec::CommandTracker::save
  std::string prompt;         ///< encoded prompt anchors and the last commands
};

base::Result<> write_checkpoint(const std::string& directory, const Checkpoint& checkpoint);
/// Errc::not_found when there is none or it is damaged.
base::Result<Checkpoint> read_checkpoint(const std::string& directory);
/// Removes checkpoint, journals and the display file of a terminal that is closed, and the directory if nothing is left
/// in it.
void remove_history(const std::string& directory);

}  // namespace duotty::session
