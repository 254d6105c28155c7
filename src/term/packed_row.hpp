#pragma once
// A row as bytes, as the scrollback and checkpoints keep it: one byte a cell of ASCII text, two bytes a character of
// the basic plane, else four bytes a cell; looks as runs.
#include <cstdint>
#include <string_view>

#include "row.hpp"
#include "tables.hpp"

namespace duotty::term {

/// What a packed row says of itself; it points into the bytes it was read from.
struct PackedRow {
  enum class Unit : std::uint8_t { byte = 1, character = 2, cell = 4 };

  bool wrapped = false;
  Unit unit = Unit::byte;
  int used = 0;   ///< cells
  int units = 0;  ///< as many as cells, but wide characters are one `character`
  std::uint32_t fill = 0;
  std::uint32_t style = 0;  ///< of all cells when runs == 0
  int runs = 0;
  const char* run_data = nullptr;
  const char* data = nullptr;
  std::size_t size = 0;

  /// False when the bytes are not a packed row; more may follow it.
  bool parse(std::string_view bytes);
  /// Everything it refers to is in the tables, and the lengths agree.
  bool is_valid(const Tables& tables) const;
  /// Becomes the content of `out`, whose width is at least `used`, except for what does not fit.
  void unpack(Row& out, int cols) const;
  std::uint32_t cell(int i) const {
    std::uint32_t value = 0;
    __builtin_memcpy(&value, data + static_cast<std::size_t>(i) * 4, 4);
    return value;
  }

 private:
  bool units_are_valid(const Tables& tables) const;
  void unpack_characters(Row& out, int cols) const;
};

/// A row of ASCII text of one look that lies elsewhere.
struct PlainRow {
  const char* text = nullptr;
  int length = 0;
  std::uint32_t style = 0;
  std::uint32_t fill = 0;
  bool wrapped = false;
};

/// More bytes than pack_row() writes.
inline std::size_t packed_bound(const PlainRow& row) {
  return 16 + static_cast<std::size_t>(row.length);
}
std::size_t packed_bound(const Row& row);
/// Writes the row; returns the number of bytes.
std::size_t pack_row(const Row& row, char* out);
std::size_t pack_row(const PlainRow& row, char* out);
bool packed_wrapped(std::string_view bytes);
void set_packed_wrapped(char* bytes, bool wrapped);
/// Row::drop_filler() of a packed row.
void drop_packed_filler(char* bytes, std::size_t size);

}  // namespace duotty::term
