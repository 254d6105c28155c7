#include "zip_writer.hpp"

#include <zlib.h>

#include <algorithm>
#include <chrono>
#include <duotty/base/text.hpp>

namespace duotty::transfer {
namespace {

constexpr std::uint64_t kWide = 0xffffffff;
constexpr std::uint16_t kPlainVersion = 20;
constexpr std::uint16_t kWideVersion = 45;
constexpr std::uint16_t kMadeByUnix = 3 << 8 | kWideVersion;
constexpr std::uint16_t kUtf8 = 1 << 11;
constexpr std::uint16_t kSizesBehind = 1 << 3;

/// The lowest first; behind eight there are zeros.
void put(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i, value >>= 8) out += static_cast<char>(value & 0xff);
}

/// Date and time of MS-DOS, as 32 bits. They know no zone; UTC is as good as any.
std::uint32_t dos_time(std::int64_t seconds) {
  using namespace std::chrono;
  const std::int64_t earliest = 315'532'800;  // 1980
  const std::int64_t latest = 4'354'819'198;  // 2107
  const sys_seconds when{std::chrono::seconds(std::clamp(seconds, earliest, latest))};
  const auto day = floor<days>(when);
  const year_month_day date(day);
  const hh_mm_ss time(when - day);
  const auto year = static_cast<std::uint32_t>(static_cast<int>(date.year()) - 1980);
  return year << 25 | static_cast<unsigned>(date.month()) << 21 | static_cast<unsigned>(date.day()) << 16 |
         static_cast<std::uint32_t>(time.hours().count()) << 11 |
         static_cast<std::uint32_t>(time.minutes().count()) << 5 |
         static_cast<std::uint32_t>(time.seconds().count()) / 2;
}

/// The time in UTC (Info-ZIP's extended timestamp).
std::string time_extra(std::int64_t seconds) {
  std::string out;
  put(out, 0x5455, 2);
  put(out, 5, 2);
  out += '\1';
  put(out, static_cast<std::uint64_t>(std::clamp<std::int64_t>(seconds, 0, INT32_MAX)), 4);
  return out;
}

}  // namespace

std::string archive_name(std::string_view name) {
  std::string out = base::to_valid_utf8(name);
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    // A backslash is a slash to Windows.
    if (byte < 0x20 || byte == 0x7f || c == '\\' || c == '/') c = '_';
  }
  if (out.empty() || out == "." || out == "..") out = "_";
  return out;
}

std::string ZipWriter::begin(const Entry& entry) {
  entry_ = entry;
  if (entry_.folder) entry_.name += '/';
  wide_ = !entry_.folder && entry_.most >= kWide;
  crc_ = 0;
  size_ = 0;
  begun_ = sent_;
  std::string extra = time_extra(entry_.mtime_s);
  if (wide_) {
    put(extra, 1, 2);
    put(extra, 16, 2);
    put(extra, 0, 16);
  }
  std::string out = "PK\3\4";
  put(out, wide_ ? kWideVersion : kPlainVersion, 2);
  put(out, entry_.folder ? kUtf8 : kUtf8 | kSizesBehind, 2);
  put(out, 0, 2);  // stored
  put(out, dos_time(entry_.mtime_s), 4);
  put(out, 0, 4);
  put(out, wide_ ? kWide : 0, 4);
  put(out, wide_ ? kWide : 0, 4);
  put(out, entry_.name.size(), 2);
  put(out, extra.size(), 2);
  out += entry_.name;
  out += extra;
  sent_ += out.size();
  if (entry_.folder) list(0);
  return out;
}

void ZipWriter::add(std::string_view bytes) {
  crc_ =
      static_cast<std::uint32_t>(::crc32_z(crc_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
  size_ += bytes.size();
  sent_ += bytes.size();
}

std::string ZipWriter::end() {
  std::string out = "PK\7\10";
  put(out, crc_, 4);
  put(out, size_, wide_ ? 8 : 4);
  put(out, size_, wide_ ? 8 : 4);
  sent_ += out.size();
  list(size_);
  return out;
}

/// The entry as the listing at the end has it.
void ZipWriter::list(std::uint64_t size) {
  const bool far = begun_ >= kWide;
  std::string extra = time_extra(entry_.mtime_s);
  if (wide_ || far) {
    put(extra, 1, 2);
    put(extra, (wide_ ? 16 : 0) + (far ? 8 : 0), 2);
    if (wide_) put(extra, size, 8);
    if (wide_) put(extra, size, 8);
    if (far) put(extra, begun_, 8);
  }
  const std::uint32_t kind = entry_.folder ? 0040000U : 0100000U;
  const std::uint32_t usual = entry_.folder ? 0755U : 0644U;
  const std::uint32_t mode = kind | (entry_.mode == 0 ? usual : entry_.mode & 0777U);
  listing_ += "PK\1\2";
  put(listing_, kMadeByUnix, 2);
  put(listing_, wide_ || far ? kWideVersion : kPlainVersion, 2);
  put(listing_, entry_.folder ? kUtf8 : kUtf8 | kSizesBehind, 2);
  put(listing_, 0, 2);
  put(listing_, dos_time(entry_.mtime_s), 4);
  put(listing_, crc_, 4);
  put(listing_, wide_ ? kWide : size, 4);
  put(listing_, wide_ ? kWide : size, 4);
  put(listing_, entry_.name.size(), 2);
  put(listing_, extra.size(), 2);
  put(listing_, 0, 6);  // no comment, first disk, not said to be text
  put(listing_, std::uint64_t{mode} << 16 | (entry_.folder ? 0x10U : 0U), 4);
  put(listing_, far ? kWide : begun_, 4);
  listing_ += entry_.name;
  listing_ += extra;
  ++entries_;
}

std::string ZipWriter::finish() const {
  std::string out = listing_;
  const bool wide = entries_ >= 0xffff || listing_.size() >= kWide || sent_ >= kWide;
  if (wide) {
    out += "PK\6\6";
    put(out, 44, 8);
    put(out, kMadeByUnix, 2);
    put(out, kWideVersion, 2);
    put(out, 0, 8);
    put(out, entries_, 8);
    put(out, entries_, 8);
    put(out, listing_.size(), 8);
    put(out, sent_, 8);
    out += "PK\6\7";
    put(out, 0, 4);
    put(out, sent_ + listing_.size(), 8);
    put(out, 1, 4);
  }
  out += "PK\5\6";
  put(out, 0, 4);
  put(out, wide ? 0xffff : entries_, 2);
  put(out, wide ? 0xffff : entries_, 2);
  put(out, wide ? kWide : listing_.size(), 4);
  put(out, wide ? kWide : sent_, 4);
  put(out, 0, 2);
  return out;
}

}  // namespace duotty::transfer
