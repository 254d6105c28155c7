#include "scrollback.hpp"

#include <algorithm>
#include <cstring>

namespace duotty::term {
namespace {

// Packed row: flags u8, used u16, [fill u32], [style u32 | runs u16 + runs * (length u16, style u32)], cells.
constexpr std::uint8_t flag_wrapped = 1;
constexpr std::uint8_t flag_full = 2;   // cells of four bytes
constexpr std::uint8_t flag_fill = 4;   // fill is not 0
constexpr std::uint8_t flag_style = 8;  // one look, not 0
constexpr std::uint8_t flag_runs = 16;
constexpr std::size_t run_bytes = 6;
constexpr std::uint32_t chunk_bytes = 65535;
constexpr std::uint32_t first_chunk_bytes = 1024;

std::size_t bound(int used) {
  return 16 + static_cast<std::size_t>(used) * (run_bytes + sizeof(std::uint32_t));
}

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

std::size_t pack_plain(const Row& row, char* out) {
  const int used = row.used();
  const std::uint32_t style = used == 0 ? 0 : row.plain_style();
  std::uint8_t flags = row.wrapped() ? flag_wrapped : 0;
  char* at = put(out + 1, static_cast<std::uint16_t>(used));
  if (row.fill() != 0) {
    flags |= flag_fill;
    at = put(at, row.fill());
  }
  if (style != 0) {
    flags |= flag_style;
    at = put(at, style);
  }
  *out = static_cast<char>(flags);
  if (used != 0) std::memcpy(at, row.bytes(), static_cast<std::size_t>(used));
  return static_cast<std::size_t>(at + used - out);
}

std::size_t pack_cells(const Row& row, char* out) {
  const Cell* cells = row.cells();
  int used = row.used();
  while (used > 0 && cells[used - 1] == Cell{content::blank, row.fill()}) --used;
  std::uint8_t flags = row.wrapped() ? flag_wrapped : 0;
  char* at = put(out + 1, static_cast<std::uint16_t>(used));
  if (row.fill() != 0) {
    flags |= flag_fill;
    at = put(at, row.fill());
  }
  char* const count_at = at;
  at += 2;
  std::uint16_t runs = 0;
  std::uint32_t all_bits = 0;
  for (int begin = 0; begin < used; ++runs) {
    const std::uint32_t style = cells[begin].style;
    int end = begin;
    while (end < used && cells[end].style == style) all_bits |= cells[end++].content;
    at = put(at, static_cast<std::uint16_t>(end - begin));
    at = put(at, style);
    begin = end;
  }
  if (runs <= 1) {
    at = count_at;
    if (runs == 1 && cells[0].style != 0) {
      flags |= flag_style;
      at = put(at, cells[0].style);
    }
  } else {
    flags |= flag_runs;
    put(count_at, runs);
  }
  if (all_bits < 0x80) {
    for (int i = 0; i < used; ++i) *at++ = static_cast<char>(cells[i].content);
  } else {
    flags |= flag_full;
    for (int i = 0; i < used; ++i) at = put(at, cells[i].content);
  }
  *out = static_cast<char>(flags);
  return static_cast<std::size_t>(at - out);
}

std::size_t pack_row(const Row& row, char* out) {
  return row.is_plain() ? pack_plain(row, out) : pack_cells(row, out);
}

/// A printable scalar or a kept cluster.
bool is_valid_content(std::uint32_t value, const Tables& tables) {
  const std::uint32_t known = content::cluster | content::wide | content::tail | content::filler | content::value_mask;
  const std::uint32_t number = value & content::value_mask;
  if ((value & ~known) != 0) return false;
  if ((value & content::tail) != 0) return value == content::tail;
  if ((value & content::cluster) != 0) return number != 0 && tables.clusters.is_live(number);
  const bool control = number < 0x20 || (number >= 0x7f && number < 0xa0);
  const bool surrogate = number >= 0xd800 && number < 0xe000;
  return !control && !surrogate && number <= 0x10ffff;
}

}  // namespace

std::string Scrollback::pack(const Row& row) {
  std::string out(bound(row.used()), '\0');
  out.resize(pack_row(row, out.data()));
  return out;
}

bool Scrollback::parse(std::string_view bytes, Header& out) {
  const std::size_t total = bytes.size();
  const char* const begin = bytes.data();
  std::uint8_t flags = 0;
  std::uint16_t used = 0;
  std::uint16_t runs = 0;
  if (!take(bytes, flags) || !take(bytes, used)) return false;
  if ((flags & flag_fill) != 0 && !take(bytes, out.fill)) return false;
  if ((flags & flag_style) != 0 && !take(bytes, out.style)) return false;
  if ((flags & flag_runs) != 0) {
    if (!take(bytes, runs) || bytes.size() < runs * run_bytes) return false;
    out.run_data = bytes.data();
    bytes.remove_prefix(runs * run_bytes);
  }
  out.wrapped = (flags & flag_wrapped) != 0;
  out.full = (flags & flag_full) != 0;
  out.used = used;
  out.runs = runs;
  out.cells = bytes.data();
  const std::size_t cell_bytes = used * (out.full ? sizeof(std::uint32_t) : 1);
  if (bytes.size() < cell_bytes) return false;
  out.size = static_cast<std::size_t>(bytes.data() - begin) + cell_bytes;
  return out.size <= total;
}

bool Scrollback::is_valid(const Header& header, const Tables& tables) {
  if (!tables.styles.is_live(header.fill) || !tables.styles.is_live(header.style)) return false;
  std::size_t covered = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(header.runs); ++i) {
    std::uint16_t length = 0;
    std::uint32_t style = 0;
    std::memcpy(&length, header.run_data + i * run_bytes, sizeof length);
    std::memcpy(&style, header.run_data + i * run_bytes + 2, sizeof style);
    covered += length;
    if (length == 0 || !tables.styles.is_live(style)) return false;
  }
  const auto used = static_cast<std::size_t>(header.used);
  if (header.runs != 0 && covered != used) return false;
  bool wide = false;
  for (std::size_t i = 0; i < used; ++i) {
    std::uint32_t value = static_cast<unsigned char>(header.cells[i]);
    if (header.full) std::memcpy(&value, header.cells + i * sizeof value, sizeof value);
    if (!is_valid_content(value, tables) || (value == content::tail) != wide) return false;
    wide = (value & content::wide) != 0;
  }
  return !wide;
}

bool Scrollback::push_packed(std::string_view bytes, int cols, const Tables& tables) {
  Header header;
  if (!parse(bytes, header) || header.size != bytes.size() || header.used > cols || !is_valid(header, tables))
    return false;
  std::memcpy(reserve(bytes.size()), bytes.data(), bytes.size());
  commit(bytes.size());
  return true;
}

void Scrollback::push(const Row& row) {
  if (limit_ == 0) {
    begin_ = ++end_;
    return;
  }
  const std::size_t room = row.is_plain() ? 16 + static_cast<std::size_t>(row.used()) : bound(row.used());
  commit(pack_row(row, reserve(room)));
}

char* Scrollback::reserve(std::size_t bytes) {
  if (chunks_.empty() || chunks_.back().size + bytes > chunk_bytes) {
    Chunk next = std::move(spare_);
    spare_ = {};
    next.size = 0;
    next.offsets.clear();
    next.first = end_;
    chunks_.push_back(std::move(next));
  }
  Chunk& chunk = chunks_.back();
  if (chunk.size + bytes > chunk.capacity) {
    std::uint32_t capacity = std::max(chunk.capacity, chunks_.size() > 1 ? chunk_bytes : first_chunk_bytes);
    while (capacity < chunk.size + bytes) capacity = std::min(capacity * 2, chunk_bytes);
    auto data = std::make_unique_for_overwrite<char[]>(capacity);
    if (chunk.size != 0) std::memcpy(data.get(), chunk.data.get(), chunk.size);
    chunk.data = std::move(data);
    chunk.capacity = capacity;
  }
  return chunk.data.get() + chunk.size;
}

void Scrollback::commit(std::size_t bytes) {
  Chunk& chunk = chunks_.back();
  chunk.offsets.push_back(static_cast<std::uint16_t>(chunk.size));
  chunk.size += static_cast<std::uint32_t>(bytes);
  ++end_;
  if (size() > limit_) drop_oldest();
}

void Scrollback::drop_oldest() {
  ++begin_;
  Chunk& front = chunks_.front();
  if (begin_ == front.first + front.offsets.size()) {
    spare_ = std::move(front);
    chunks_.pop_front();
  }
}

const Scrollback::Chunk& Scrollback::chunk_of(RowId row) const {
  const auto after = std::upper_bound(chunks_.begin(), chunks_.end(), row,
                                      [](RowId id, const Chunk& chunk) { return id < chunk.first; });
  return *(after - 1);
}

std::string_view Scrollback::packed(RowId row) const {
  const Chunk& chunk = chunk_of(row);
  const auto index = static_cast<std::size_t>(row - chunk.first);
  const std::size_t begin = chunk.offsets[index];
  const std::size_t end = index + 1 < chunk.offsets.size() ? chunk.offsets[index + 1] : chunk.size;
  return {chunk.data.get() + begin, end - begin};
}

bool Scrollback::wrapped(RowId row) const {
  return (packed(row)[0] & flag_wrapped) != 0;
}

void Scrollback::set_wrapped(RowId row, bool wrapped) {
  char& flags = const_cast<char&>(packed(row)[0]);
  flags = static_cast<char>(wrapped ? flags | flag_wrapped : flags & ~flag_wrapped);
  if (!wrapped) drop_filler(row);
}

void Scrollback::drop_filler(RowId row) {
  Header header;
  parse(packed(row), header);
  if (!header.full || header.used == 0) return;
  char* const at = const_cast<char*>(header.cells) + static_cast<std::size_t>(header.used - 1) * sizeof(std::uint32_t);
  std::uint32_t value = 0;
  std::memcpy(&value, at, sizeof value);
  put(at, value & ~content::filler);
}

bool Scrollback::is_short_line(RowId row, int cols) const {
  Header header;
  parse(packed(row), header);
  return !header.wrapped && header.fill == 0 && header.used <= cols;
}

void Scrollback::copy(const Scrollback& other, RowId row) {
  const std::string_view bytes = other.packed(row);
  if (limit_ == 0) {
    begin_ = ++end_;
    return;
  }
  std::memcpy(reserve(bytes.size()), bytes.data(), bytes.size());
  commit(bytes.size());
}

void Scrollback::set_limit(std::size_t limit) {
  limit_ = limit;
  while (size() > limit_) drop_oldest();
}

void Scrollback::unpack(RowId row, Row& out, int cols) const {
  Header header;
  parse(packed(row), header);
  out.clear(header.fill);
  const int used = std::min(header.used, cols);
  if (used > 0 && !header.full && header.runs == 0) {
    out.write_ascii(0, header.cells, used, header.style, cols);
  } else {
    for (int run = 0, col = 0; col < used; ++run) {
      std::uint16_t length = static_cast<std::uint16_t>(header.used);
      std::uint32_t style = header.style;
      if (header.runs != 0) {
        std::memcpy(&length, header.run_data + static_cast<std::size_t>(run) * run_bytes, sizeof length);
        std::memcpy(&style, header.run_data + static_cast<std::size_t>(run) * run_bytes + 2, sizeof style);
      }
      for (const int end = std::min(used, col + length); col < end; ++col) {
        std::uint32_t value = static_cast<unsigned char>(header.cells[col]);
        if (header.full) std::memcpy(&value, header.cells + static_cast<std::size_t>(col) * 4, sizeof value);
        out.set(col, {value, style}, cols);
      }
    }
  }
  out.set_wrapped(header.wrapped);
}

void Scrollback::pop_back(Row& out, int cols) {
  --end_;
  unpack(end_, out, cols);
  Chunk& chunk = chunks_.back();
  chunk.size = chunk.offsets.back();
  chunk.offsets.pop_back();
  if (chunk.offsets.empty() || end_ == begin_) {
    if (end_ == begin_) {
      chunks_.clear();
    } else {
      chunks_.pop_back();
    }
  }
}

void Scrollback::reset(RowId next) {
  chunks_.clear();
  spare_ = {};
  begin_ = end_ = next;
}

std::size_t Scrollback::memory() const {
  std::size_t total = spare_.capacity;
  for (const Chunk& chunk : chunks_) total += chunk.capacity + chunk.offsets.capacity() * sizeof(std::uint16_t);
  return total;
}

}  // namespace duotty::term
