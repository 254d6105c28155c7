#include "packed_row.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "width_table.hpp"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace duotty::term {
namespace {

// flags u8, used u16, [fill u32], [style u32 | runs u16 + runs * (length u16, style u32)], [units u16], units.
constexpr std::uint8_t flag_wrapped = 1;
constexpr std::uint8_t flag_cells = 2;
constexpr std::uint8_t flag_fill = 4;   // fill is not 0
constexpr std::uint8_t flag_style = 8;  // one look, not 0
constexpr std::uint8_t flag_runs = 16;
constexpr std::uint8_t flag_characters = 32;
constexpr std::size_t header_bound = 16;
constexpr std::uint16_t filler_unit = 1;  // no character is a control
constexpr std::uint32_t looks_of_content = content::wide | content::tail | content::filler | content::grown;

template <class T>
char* put(char* out, T value) {
  std::memcpy(out, &value, sizeof value);
  return out + sizeof value;
}

template <class T>
bool take(std::string_view& in, T& value) {
  if (in.size() < sizeof value) return false;
  std::memcpy(&value, in.data(), sizeof value);
  in.remove_prefix(sizeof value);
  return true;
}

/// Flags, length and fill. Returns where the rest goes.
char* put_head(bool wrapped, std::uint32_t fill, int used, char* out) {
  std::uint8_t flags = wrapped ? flag_wrapped : 0;
  char* at = put(out + 1, static_cast<std::uint16_t>(used));
  if (fill != 0) {
    flags |= flag_fill;
    at = put(at, fill);
  }
  *out = static_cast<char>(flags);
  return at;
}

void add_flag(char* out, std::uint8_t flag) {
  *out = static_cast<char>(static_cast<std::uint8_t>(*out) | flag);
}

std::size_t pack_runs(const Row& row, char* out) {
  const auto used = static_cast<std::size_t>(row.used());
  const auto runs = static_cast<std::size_t>(row.run_count());
  char* at = put_head(row.wrapped(), row.fill(), row.used(), out);
  add_flag(out, flag_runs);
  at = put(at, static_cast<std::uint16_t>(runs));
  std::memcpy(at, row.run_data(), runs * run_bytes);
  at += runs * run_bytes;
  std::memcpy(at, row.bytes(), used);
  return static_cast<std::size_t>(at - out) + used;
}

/// What all cells together have in them: the bits of every content, and whether there is more than one look.
struct Scan {
  std::uint32_t content = 0;
  bool many_looks = false;
};

Scan scan(const Cell* cells, int used) {
  std::uint64_t all = 0;
  std::uint64_t looks = 0;
  if (used == 0) return {};
  const auto load = [&](int i) { return std::bit_cast<std::uint64_t>(cells[i]); };
  const std::uint64_t first = load(0);
  int i = 0;
#ifdef __SSE2__
  __m128i all2 = _mm_setzero_si128();
  __m128i looks2 = _mm_setzero_si128();
  const __m128i first2 = _mm_set1_epi64x(static_cast<long long>(first));
  for (; i + 2 <= used; i += 2) {
    const __m128i two = _mm_loadu_si128(reinterpret_cast<const __m128i*>(cells + i));
    all2 = _mm_or_si128(all2, two);
    looks2 = _mm_or_si128(looks2, _mm_xor_si128(two, first2));
  }
  const auto join = [](__m128i two) {
    return static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_or_si128(two, _mm_unpackhi_epi64(two, two))));
  };
  all = join(all2);
  looks = join(looks2);
#endif
  for (; i < used; ++i) {
    all |= load(i);
    looks |= load(i) ^ first;
  }
  const Cell bits = std::bit_cast<Cell>(all);
  return {bits.content, std::bit_cast<Cell>(looks).style != 0};
}

char* put_characters(const Cell* cells, int used, char* out) {
  char* const first = out + sizeof(std::uint16_t);
  char* at = first;
  // Every cell is written; that of a right half is written over by what follows it.
  for (int i = 0; i < used; ++i) {
    const std::uint32_t value = cells[i].content;
    put(at, (value & content::filler) != 0 ? filler_unit : static_cast<std::uint16_t>(value));
    at += (value & content::tail) != 0 ? 0 : sizeof(std::uint16_t);
  }
  put(out, static_cast<std::uint16_t>((at - first) / static_cast<std::ptrdiff_t>(sizeof(std::uint16_t))));
  return at;
}

#ifdef __SSE2__
/// The contents (0) or the looks (1) of four cells.
template <int part>
__m128i four_of(const Cell* cells) {
  const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(cells));
  const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(cells + 2));
  constexpr int lanes = part == 0 ? _MM_SHUFFLE(2, 0, 2, 0) : _MM_SHUFFLE(3, 1, 3, 1);
  return _mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(low), _mm_castsi128_ps(high), lanes));
}
#endif

/// Cells of ASCII alone.
char* put_bytes(const Cell* cells, int used, char* out) {
  int i = 0;
#ifdef __SSE2__
  for (; i + 8 <= used; i += 8) {
    const __m128i words = _mm_packs_epi32(four_of<0>(cells + i), four_of<0>(cells + i + 4));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(out + i), _mm_packus_epi16(words, words));
  }
#endif
  for (; i < used; ++i) out[i] = static_cast<char>(cells[i].content);
  return out + used;
}

/// Where the look of cell `begin` ends.
int run_end(const Cell* cells, int begin, int used) {
  const std::uint32_t style = cells[begin].style;
  int end = begin + 1;
#ifdef __SSE2__
  const __m128i look = _mm_set1_epi32(static_cast<int>(style));
  for (; end + 4 <= used; end += 4) {
    const __m128i same = _mm_cmpeq_epi32(four_of<1>(cells + end), look);
    const auto others = ~static_cast<unsigned>(_mm_movemask_ps(_mm_castsi128_ps(same))) & 0xfu;
    if (others != 0) return end + __builtin_ctz(others);
  }
#endif
  while (end < used && cells[end].style == style) ++end;
  return end;
}

/// Writes the looks of the cells as runs; returns how many.
std::uint16_t put_runs(const Cell* cells, int used, char* at) {
  std::uint16_t runs = 0;
  for (int begin = 0; begin < used; ++runs) {
    const int end = run_end(cells, begin, used);
    store_run(at, {static_cast<std::uint16_t>(end - begin), cells[begin].style});
    at += run_bytes;
    begin = end;
  }
  return runs;
}

std::size_t pack_cells(const Row& row, char* out) {
  const Cell* cells = row.cells();
  int used = row.used();
  while (used > 0 && cells[used - 1] == Cell{content::blank, row.fill()}) --used;
  char* at = put_head(row.wrapped(), row.fill(), used, out);
  const Scan found = scan(cells, used);
  if (found.many_looks) {
    add_flag(out, flag_runs);
    const std::uint16_t runs = put_runs(cells, used, at + sizeof runs);
    at = put(at, runs) + runs * run_bytes;
  } else if (used != 0 && cells[0].style != 0) {
    add_flag(out, flag_style);
    at = put(at, cells[0].style);
  }
  if (found.content < 0x80) {
    at = put_bytes(cells, used, at);
  } else if ((found.content & ~looks_of_content) <= 0xffff) {
    add_flag(out, flag_characters);
    at = put_characters(cells, used, at);
  } else {
    add_flag(out, flag_cells);
    for (int i = 0; i < used; ++i) at = put(at, cells[i].content);
  }
  return static_cast<std::size_t>(at - out);
}

bool is_printable(std::uint32_t scalar) {
  const bool control = scalar < 0x20 || (scalar >= 0x7f && scalar < 0xa0);
  const bool surrogate = scalar >= 0xd800 && scalar < 0xe000;
  return !control && !surrogate && scalar <= 0x10ffff;
}

int cells_of(std::uint32_t scalar) {
  return scalar < 0x80 ? 1 : width_of(scalar);
}

/// A printable scalar of its own width or a kept cluster.
bool is_valid_content(std::uint32_t value, const Tables& tables) {
  const std::uint32_t number = value & content::value_mask;
  if ((value & ~(content::cluster | looks_of_content | content::value_mask)) != 0) return false;
  if ((value & content::tail) != 0) return value == content::tail;
  if ((value & content::filler) != 0) return value == (content::blank | content::filler);
  constexpr std::uint32_t wide_cluster = content::wide | content::cluster;
  if ((value & content::grown) != 0 && (value & wide_cluster) != wide_cluster) return false;
  if ((value & content::cluster) != 0) return number != 0 && tables.clusters.is_live(number);
  return is_printable(number) && cells_of(number) == ((value & content::wide) != 0 ? 2 : 1);
}

}  // namespace

std::size_t packed_bound(const Row& row) {
  const auto used = static_cast<std::size_t>(row.used());
  if (row.is_plain()) return header_bound + used;
  if (row.is_runs()) return header_bound + used + static_cast<std::size_t>(row.run_count()) * run_bytes;
  return header_bound + used * (run_bytes + sizeof(std::uint32_t));
}

std::size_t pack_row(const Row& row, char* out) {
  if (row.is_runs()) return pack_runs(row, out);
  if (!row.is_plain()) return pack_cells(row, out);
  return pack_row(PlainRow{row.bytes(), row.used(), row.plain_style(), row.fill(), row.wrapped()}, out);
}

std::size_t pack_row(const PlainRow& row, char* out) {
  const auto length = static_cast<std::size_t>(row.length);
  char* at = put_head(row.wrapped, row.fill, row.length, out);
  if (length != 0 && row.style != 0) {
    add_flag(out, flag_style);
    at = put(at, row.style);
  }
  copy_text(at, row.text, length);
  return static_cast<std::size_t>(at - out) + length;
}

bool packed_wrapped(std::string_view bytes) {
  return (bytes[0] & flag_wrapped) != 0;
}

void set_packed_wrapped(char* bytes, bool wrapped) {
  *bytes = static_cast<char>(wrapped ? *bytes | flag_wrapped : *bytes & ~flag_wrapped);
}

void drop_packed_filler(char* bytes, std::size_t size) {
  PackedRow row;
  if (!row.parse({bytes, size}) || row.units == 0 || row.unit == PackedRow::Unit::byte) return;
  const std::size_t unit = static_cast<std::size_t>(row.unit);
  char* const last = bytes + row.size - unit;
  if (row.unit == PackedRow::Unit::cell) {
    put(last, row.cell(row.units - 1) & ~content::filler);
    return;
  }
  std::uint16_t value = 0;
  std::memcpy(&value, last, sizeof value);
  if (value == filler_unit) put(last, static_cast<std::uint16_t>(content::blank));
}

bool PackedRow::parse(std::string_view bytes) {
  const std::size_t total = bytes.size();
  std::uint8_t flags = 0;
  std::uint16_t cells = 0;
  std::uint16_t count = 0;
  if (!take(bytes, flags) || !take(bytes, cells)) return false;
  if ((flags & flag_fill) != 0 && !take(bytes, fill)) return false;
  if ((flags & flag_style) != 0 && !take(bytes, style)) return false;
  if ((flags & flag_runs) != 0) {
    if (!take(bytes, count) || bytes.size() < count * run_bytes) return false;
    run_data = bytes.data();
    bytes.remove_prefix(count * run_bytes);
  }
  wrapped = (flags & flag_wrapped) != 0;
  used = cells;
  runs = count;
  std::uint16_t characters = cells;
  if ((flags & flag_characters) != 0 && !take(bytes, characters)) return false;
  units = characters;
  unit = (flags & flag_cells) != 0 ? Unit::cell : (flags & flag_characters) != 0 ? Unit::character : Unit::byte;
  if ((flags & flag_cells) != 0 && units != used) return false;
  data = bytes.data();
  const std::size_t unit_bytes = static_cast<std::size_t>(units) * static_cast<std::size_t>(unit);
  if (bytes.size() < unit_bytes) return false;
  size = total - bytes.size() + unit_bytes;
  return true;
}

bool PackedRow::units_are_valid(const Tables& tables) const {
  int covered = 0;
  bool wide = false;
  for (int i = 0; i < units; ++i) {
    if (unit == Unit::cell) {
      const std::uint32_t value = cell(i);
      if (!is_valid_content(value, tables) || (value == content::tail) != wide) return false;
      wide = (value & content::wide) != 0;
      ++covered;
      continue;
    }
    std::uint16_t value = static_cast<unsigned char>(data[i]);
    if (unit == Unit::byte && (value < 0x20 || value > 0x7e)) return false;
    if (unit == Unit::character) std::memcpy(&value, data + i * 2, sizeof value);
    if (value == filler_unit) {
      ++covered;
      continue;
    }
    if (!is_printable(value) || cells_of(value) == 0) return false;
    covered += cells_of(value);
  }
  return !wide && covered == used;
}

bool PackedRow::is_valid(const Tables& tables) const {
  if (!tables.styles.is_live(fill) || !tables.styles.is_live(style)) return false;
  int covered = 0;
  for (int i = 0; i < runs; ++i) {
    const Run run = load_run(run_data + static_cast<std::size_t>(i) * run_bytes);
    covered += run.length;
    if (run.length == 0 || !tables.styles.is_live(run.style)) return false;
  }
  return (runs == 0 || covered == used) && units_are_valid(tables);
}

void PackedRow::unpack_characters(Row& out, int cols) const {
  int run = 0;
  int run_end = used;
  std::uint32_t look = style;
  const auto next_run = [&] {
    const Run read = load_run(run_data + static_cast<std::size_t>(run++) * run_bytes);
    run_end = (run == 1 ? 0 : run_end) + read.length;
    look = read.style;
  };
  if (runs != 0) next_run();
  int col = 0;
  const auto add = [&](std::uint32_t value) {
    if (col == run_end && run < runs) next_run();
    if (col < cols) out.set(col, {value, look}, cols);
    ++col;
  };
  for (int i = 0; i < units; ++i) {
    if (unit == Unit::cell) {
      add(cell(i));
      continue;
    }
    std::uint16_t value = 0;
    std::memcpy(&value, data + i * 2, sizeof value);
    const bool wide = value != filler_unit && cells_of(value) == 2;
    add(value == filler_unit ? content::blank | content::filler : wide ? value | content::wide : value);
    if (wide) add(content::tail);
  }
}

void PackedRow::unpack(Row& out, int cols) const {
  out.clear(fill);
  if (unit != Unit::byte) {
    unpack_characters(out, cols);
  } else if (runs == 0) {
    if (used > 0) out.write_ascii(0, data, std::min(used, cols), style, cols);
  } else {
    int col = 0;
    for (int i = 0; i < runs && col < cols; ++i) {
      const Run run = load_run(run_data + static_cast<std::size_t>(i) * run_bytes);
      const int length = std::min<int>(run.length, cols - col);
      out.write_ascii(col, data + col, length, run.style, cols);
      col += length;
    }
  }
  out.set_wrapped(wrapped);
}

}  // namespace duotty::term
