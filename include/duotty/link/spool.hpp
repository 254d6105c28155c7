#pragma once
// What a command on a host writes, kept in files while it runs: of each output the beginning, and behind it a ring with
// the end. One process writes; others read meanwhile, by the place of a byte in the whole output. Blocks: not for the
// loop.
#include <array>
#include <cstdint>
#include <duotty/base/unique_fd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace duotty::link {

/// The two outputs, as they count in Meter.
enum class Output : std::uint8_t { out, err, count };

/// How much of each output is kept.
struct SpoolSize {
  std::uint64_t head = std::uint64_t{16} << 20;
  std::uint64_t ring = std::uint64_t{16} << 20;
  /// Where in the file the byte at `at` of the output is.
  constexpr std::uint64_t place(std::uint64_t at) const { return at < head ? at : head + (at - head) % ring; }
};

/// How far the outputs are.
struct Meter {
  std::uint64_t begun_ms = 0;             ///< since 1970, when the host had taken the command; 0: not yet
  std::array<std::uint64_t, 2> total{};   ///< bytes that were written
  std::array<std::uint64_t, 2> stored{};  ///< as total, unless the disk was full from there on
};

/// The writing side. A disk that is full ends the storing and not the command.
class Spool {
 public:
  /// Most bytes in one add().
  static constexpr std::size_t kPiece = std::size_t{64} << 10;

  explicit Spool(SpoolSize size = {}) : size_(size) {}
  /// Makes the files in `folder`, which has none of them yet; false when it cannot.
  bool open(const std::string& folder);
  /// The host has taken the command.
  void begin(std::uint64_t now_ms);
  void add(Output output, std::string_view bytes);
  const Meter& meter() const noexcept { return meter_; }

 private:
  bool tell();
  SpoolSize size_;
  Meter meter_;
  base::UniqueFd told_;
  std::array<base::UniqueFd, 2> files_;
};

/// Nothing when there are no outputs in `folder`, or no more.
std::optional<Meter> read_meter(const std::string& folder);

/// Bytes of an output as they are next to each other there.
struct SpoolPiece {
  std::uint64_t begin = 0;  ///< of the first byte; behind the wanted place when what was there is not kept
  std::string bytes;
};
/// At most `limit` bytes from `since` on; none at the end, or when there is no output.
SpoolPiece read_spool(const std::string& folder, Output output, std::uint64_t since, std::size_t limit,
                      SpoolSize size = {});
/// Bytes on the disk that the outputs in `folder` take.
std::uint64_t spool_bytes(const std::string& folder);

}  // namespace duotty::link
