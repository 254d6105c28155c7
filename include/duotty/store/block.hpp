#pragma once
// The values that go in and out of the block store: one row a command, its output in pieces, and what is asked for.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::store {

/// What names a block: the terminal's id and the command's number in it.
struct BlockKey {
  std::string terminal;
  std::uint64_t seq = 0;
};

/// One command. Times are milliseconds since 1970.
struct BlockRow {
  std::int64_t id = 0;  ///< grows with every row; made by the store
  BlockKey key;
  std::string terminal_name;
  std::string owner;  ///< isolation label of the terminal
  std::string by;     ///< "human", "agent", "agent:<name>", "ai"
  std::string command;
  std::string cwd;
  std::string user;
  std::string host;
  std::string shell;
  std::int64_t started_at = 0;
  std::optional<std::int64_t> ended_at;  ///< empty while running, and when nobody saw the end
  std::optional<int> exit_code;
  std::string signal;              ///< that ended the shell, else empty
  std::string status;              ///< "running", "completed", "shell_exited", "lost"
  std::uint64_t output_begin = 0;  ///< offset of the output in the terminal's raw output
  std::uint64_t output_end = 0;    ///< after its last byte; meaningless while running
  int cols = 80;                   ///< size of the terminal when the command ended
  int rows = 24;
  bool secret = false;  ///< it read something without an echo: its output is not searched
};

/// Where the words of a query were found.
enum class FoundIn : std::uint8_t { command, output };

/// A row that was found. `excerpt`: the line of the output that has one of the words, shortened; empty when the words
/// are in the command.
struct FoundBlock : BlockRow {
  FoundIn found_in = FoundIn::command;
  std::string excerpt;
};

/// Raw output, at an offset from the output's first byte.
struct OutputPiece {
  std::uint64_t begin = 0;
  std::string bytes;
};

/// Which blocks; every condition that is given must hold. The newest come first.
struct BlockQuery {
  std::string terminal;                     ///< id; empty: all
  std::string owner;                        ///< only rows of that label; empty: all
  std::string text;                         ///< words that must all occur, in any case of letters
  bool in_command = true;                   ///< the words may be in the command
  bool in_output = false;                   ///< or in the beginning of the output, as clean text
  std::string status;                       ///< as BlockRow::status; empty: all
  std::string by;                           ///< exactly this, or everything that begins with it and a colon; empty: all
  std::string cwd;                          ///< this directory or one below; empty: all
  bool failed = false;                      ///< only those with an exit code other than 0
  std::optional<std::int64_t> since;        ///< started at or after
  std::optional<std::int64_t> until;        ///< started before
  std::optional<std::int64_t> before_id;    ///< rows with smaller ids
  std::optional<std::uint64_t> before_seq;  ///< commands with smaller numbers
  std::optional<std::uint64_t> seq;         ///< this one
  bool incomplete = false;                  ///< only ended ones whose output is not stored up to its end
  std::size_t limit = 50;
};

/// How much is kept; what is over goes, oldest first. Zero means no limit.
struct BlockLimits {
  std::int64_t days = 90;
  std::int64_t count = 100'000;
  std::int64_t bytes = std::int64_t{512} << 20;  ///< of the database file; outputs go before commands
};

/// Clean text of a command's output; pure, called on the thread of the database.
using CleanText = std::string (*)(std::string_view raw, int cols, int rows);

/// Of each output so much raw text is looked at for the search, and so much clean text is kept.
inline constexpr std::size_t kSearchedRaw = std::size_t{64} << 10;
inline constexpr std::size_t kSearchedText = std::size_t{16} << 10;

/// Output is kept in pieces of this length, cut at multiples of it, so that the same piece stored twice is one.
inline constexpr std::uint64_t kPiece = std::uint64_t{256} << 10;

}  // namespace duotty::store
