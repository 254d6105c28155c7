#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <duotty/base/wire.hpp>
#include <duotty/link/spool.hpp>

namespace duotty::link {
namespace {

constexpr std::array<const char*, 2> kNames = {"/stdout", "/stderr"};
constexpr const char* kMeter = "/meter";

std::size_t index_of(Output output) {
  return static_cast<std::size_t>(output);
}

bool write_at(int fd, std::string_view bytes, std::uint64_t place) {
  while (!bytes.empty()) {
    const auto count = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(place));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
    place += static_cast<std::uint64_t>(count);
  }
  return true;
}

/// Fewer bytes when the file has no more.
std::string read_at(int fd, std::uint64_t place, std::size_t count) {
  std::string bytes(count, '\0');
  std::size_t have = 0;
  while (have < count) {
    const auto got = ::pread(fd, bytes.data() + have, count - have, static_cast<off_t>(place + have));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

template <class A, class M>
void visit_fields(A& a, M& m) {
  a(m.begun_ms), a(m.total[0]), a(m.total[1]), a(m.stored[0]), a(m.stored[1]);
}

/// The first byte behind the beginning that is there for certain: the writer may be a piece further than it has told.
std::uint64_t ring_begin(std::uint64_t stored, const SpoolSize& size) {
  if (stored + Spool::kPiece <= size.head + size.ring) return size.head;
  return stored + Spool::kPiece - size.ring;
}

}  // namespace

bool Spool::open(const std::string& folder) {
  const auto make = [&](const char* name) {
    return base::UniqueFd(::open((folder + name).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  };
  for (std::size_t i = 0; i < kNames.size(); ++i) files_[i] = make(kNames[i]);
  told_ = make(kMeter);
  return files_[0] && files_[1] && told_ && tell();
}

/// Readers see the numbers together: they are fewer bytes than a page.
bool Spool::tell() {
  base::Writer writer;
  visit_fields(writer, meter_);
  return write_at(told_.get(), writer.out, 0);
}

void Spool::begin(std::uint64_t now_ms) {
  meter_.begun_ms = now_ms;
  tell();
}

void Spool::add(Output output, std::string_view bytes) {
  const std::size_t i = index_of(output);
  while (!bytes.empty()) {
    const std::uint64_t at = meter_.total[i];
    const std::uint64_t place = size_.place(at);
    // Neither over the end of the beginning nor over that of the ring.
    const std::uint64_t edge = at < size_.head ? size_.head : size_.head + size_.ring;
    const auto count = std::min<std::uint64_t>(bytes.size(), edge - place);
    const std::string_view piece = bytes.substr(0, count);
    if (meter_.stored[i] == at && write_at(files_[i].get(), piece, place)) meter_.stored[i] += count;
    meter_.total[i] += count;
    bytes.remove_prefix(count);
  }
  tell();
}

std::optional<Meter> read_meter(const std::string& folder) {
  const base::UniqueFd fd(::open((folder + kMeter).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) return std::nullopt;
  Meter meter;
  const std::string bytes = read_at(fd.get(), 0, 5 * sizeof(std::uint64_t));
  base::Reader reader(bytes);
  visit_fields(reader, meter);
  if (!reader.finished()) return std::nullopt;
  return meter;
}

SpoolPiece read_spool(const std::string& folder, Output output, std::uint64_t since, std::size_t limit,
                      SpoolSize size) {
  SpoolPiece piece;
  piece.begin = since;
  const std::size_t i = index_of(output);
  const base::UniqueFd fd(::open((folder + kNames[i]).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  const auto before = read_meter(folder);
  if (!fd || !before) return piece;
  const std::uint64_t end = before->stored[i];
  if (piece.begin >= size.head) piece.begin = std::max(piece.begin, ring_begin(end, size));
  if (piece.begin >= end) {
    piece.begin = std::min(since, before->total[i]);
    return piece;
  }
  const std::uint64_t stop = piece.begin < size.head ? std::min(end, size.head) : end;
  std::uint64_t at = piece.begin;
  const std::uint64_t last = std::min<std::uint64_t>(stop, at + limit);
  while (at < last) {
    const std::uint64_t place = size.place(at);
    const std::uint64_t edge = at < size.head ? size.head : size.head + size.ring;
    const std::string part = read_at(fd.get(), place, std::min(last - at, edge - place));
    if (part.empty()) break;
    piece.bytes += part;
    at += part.size();
  }
  // What was written over meanwhile is not what it was.
  const auto after = read_meter(folder);
  if (!after || piece.begin < size.head) return piece;
  const std::uint64_t valid = ring_begin(after->stored[i], size);
  if (valid > piece.begin) {
    piece.bytes.erase(0, valid - piece.begin);
    piece.begin = valid;
  }
  return piece;
}

std::uint64_t spool_bytes(const std::string& folder) {
  std::uint64_t sum = 0;
  for (const char* name : kNames) {
    struct stat st {};
    if (::lstat((folder + name).c_str(), &st) == 0) sum += static_cast<std::uint64_t>(st.st_blocks) * 512;
  }
  return sum;
}

}  // namespace duotty::link
