#include "scrollback.hpp"

#include <algorithm>
#include <cstring>

namespace duotty::term {
namespace {

constexpr std::uint32_t chunk_bytes = 65535;
constexpr std::uint32_t first_chunk_bytes = 1024;

}  // namespace

std::string Scrollback::pack(const Row& row) {
  std::string out(packed_bound(row), '\0');
  out.resize(pack_row(row, out.data()));
  return out;
}

bool Scrollback::push_packed(std::string_view bytes, int cols, const Tables& tables) {
  PackedRow row;
  if (!row.parse(bytes) || row.size != bytes.size() || row.used > cols || !row.is_valid(tables)) return false;
  std::memcpy(reserve(bytes.size()), bytes.data(), bytes.size());
  commit(bytes.size());
  return true;
}

void Scrollback::note_ends() {
  open_ = chunks_.empty() ? nullptr : &chunks_.back();
  front_end_ = chunks_.size() < 2 ? ~RowId{0} : chunks_.front().first + chunks_.front().offsets.size();
}

char* Scrollback::reserve_anew(std::size_t bytes) {
  if (chunks_.empty() || chunks_.back().size + bytes > chunk_bytes) {
    Chunk next = std::move(spare_);
    spare_ = {};
    next.size = 0;
    next.offsets.clear();
    next.first = end_;
    chunks_.push_back(std::move(next));
    note_ends();
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

void Scrollback::drop_chunk() {
  spare_ = std::move(chunks_.front());
  chunks_.pop_front();
  note_ends();
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
  return packed_wrapped(packed(row));
}

void Scrollback::set_wrapped(RowId row, bool wrapped) {
  set_packed_wrapped(mutable_packed(row), wrapped);
  if (!wrapped) drop_filler(row);
}

void Scrollback::drop_filler(RowId row) {
  drop_packed_filler(mutable_packed(row), packed(row).size());
}

bool Scrollback::is_short_line(RowId row, int cols) const {
  PackedRow read;
  read.parse(packed(row));
  return !read.wrapped && read.fill == 0 && read.used <= cols;
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
  if (size() == 0) reset(end_);
}

void Scrollback::unpack(RowId row, Row& out, int cols) const {
  PackedRow read;
  read.parse(packed(row));
  read.unpack(out, cols);
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
    note_ends();
  }
}

void Scrollback::reset(RowId next) {
  chunks_.clear();
  note_ends();
  spare_ = {};
  begin_ = end_ = next;
}

std::size_t Scrollback::memory() const {
  std::size_t total = spare_.capacity;
  for (const Chunk& chunk : chunks_) total += chunk.capacity + chunk.offsets.capacity() * sizeof(std::uint16_t);
  return total;
}

}  // namespace duotty::term
