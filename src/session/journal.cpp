#include "journal.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/crc.hpp>
#include <cerrno>
#include <cstring>
#include <duotty/base/text.hpp>
#include <duotty/core/log.hpp>
#include <duotty/core/replace_file.hpp>
#include <iterator>

namespace duotty::session {
namespace {

constexpr std::string_view kMagic = "duotty-checkpoint-1\n";
constexpr std::string_view kJournal = "journal.";
constexpr std::size_t kLargest = std::size_t{256} << 20;

template <class T>
void put(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    out.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 255));
  }
}

void put_text(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint32_t>(text.size()));
  out.append(text);
}

/// Reads little-endian values; after a read past the end everything is zero and ok() is false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  template <class T>
  T take() {
    if (bytes_.size() < sizeof(T)) {
      ok_ = false;
      bytes_ = {};
      return T{};
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes_[i])) << (8 * i);
    }
    bytes_.remove_prefix(sizeof(T));
    return static_cast<T>(value);
  }
  std::string text() {
    const auto size = take<std::uint32_t>();
    if (bytes_.size() < size) {
      ok_ = false;
      return {};
    }
    std::string out(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return out;
  }
  bool ok() const { return ok_; }
  std::size_t left() const { return bytes_.size(); }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

std::uint32_t crc(std::string_view bytes) {
  boost::crc_32_type sum;
  sum.process_bytes(bytes.data(), bytes.size());
  return sum.checksum();
}

std::string read_file(const std::string& path) {
  const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) return {};
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0 || static_cast<std::uint64_t>(status.st_size) > kLargest) return {};
  std::string out(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t have = 0;
  while (have < out.size()) {
    const auto n = ::read(fd.get(), out.data() + have, out.size() - have);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    have += static_cast<std::size_t>(n);
  }
  out.resize(have);
  return out;
}

}  // namespace

std::string encode_record(const JournalRecord& record) {
  std::string body;
  put(body, static_cast<std::uint8_t>(record.kind));
  put(body, record.offset);
  if (record.kind == JournalRecord::Kind::resize) {
    put(body, static_cast<std::uint16_t>(record.cols));
    put(body, static_cast<std::uint16_t>(record.rows));
  } else {
    put(body, static_cast<std::uint32_t>(record.moved_rows));
    body.append(record.bytes);
  }
  std::string out;
  put_text(out, body);
  return out;
}

std::vector<JournalRecord> decode_records(std::string_view bytes, std::size_t* whole) {
  std::vector<JournalRecord> out;
  Reader reader(bytes);
  while (true) {
    if (whole) *whole = bytes.size() - reader.left();
    const std::string body = reader.text();
    if (!reader.ok() || body.size() < 13) return out;
    Reader fields(body);
    JournalRecord record;
    record.kind = static_cast<JournalRecord::Kind>(fields.take<std::uint8_t>());
    record.offset = fields.take<std::uint64_t>();
    if (record.kind == JournalRecord::Kind::resize) {
      record.cols = fields.take<std::uint16_t>();
      record.rows = fields.take<std::uint16_t>();
    } else if (record.kind == JournalRecord::Kind::insert || record.kind == JournalRecord::Kind::enter) {
      record.moved_rows = static_cast<std::int32_t>(fields.take<std::uint32_t>());
      record.bytes = body.substr(13);
    } else {
      return out;
    }
    out.push_back(std::move(record));
  }
}

std::string Journal::path(std::uint64_t generation) const {
  return directory_ + "/" + std::string(kJournal) + std::to_string(generation);
}

std::vector<std::uint64_t> Journal::generations() const {
  std::vector<std::uint64_t> out;
  DIR* stream = directory_.empty() ? nullptr : ::opendir(directory_.c_str());
  if (!stream) return out;
  while (const dirent* entry = ::readdir(stream)) {
    const std::string_view name = entry->d_name;
    if (!name.starts_with(kJournal)) continue;
    if (const auto number = base::parse_u64(name.substr(kJournal.size()))) out.push_back(*number);
  }
  ::closedir(stream);
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<JournalRecord> Journal::open(std::uint64_t generation) {
  generation_ = generation;
  fd_.reset();
  std::vector<JournalRecord> records;
  for (const std::uint64_t number : generations()) {
    if (number < generation) continue;
    const std::string bytes = read_file(path(number));
    std::size_t whole = 0;
    auto more = decode_records(bytes, &whole);
    // What is appended behind a torn record would never be read.
    if (whole < bytes.size() && ::truncate(path(number).c_str(), static_cast<off_t>(whole)) != 0) {
      core::log_error("the journal in {} cannot be mended: {}", directory_, std::strerror(errno));
    }
    std::move(more.begin(), more.end(), std::back_inserter(records));
    generation_ = number;
  }
  return records;
}

void Journal::append(const JournalRecord& record) {
  if (directory_.empty()) return;
  if (!fd_) fd_.reset(::open(path(generation_).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd_ || !core::write_all(fd_.get(), encode_record(record))) {
    core::log_error("the journal in {} cannot be written: {}", directory_, std::strerror(errno));
  }
}

void Journal::begin(std::uint64_t generation) {
  fd_.reset();
  generation_ = generation;
}

void Journal::forget_before(std::uint64_t generation) {
  for (const std::uint64_t number : generations()) {
    if (number < generation) ::unlink(path(number).c_str());
  }
}

base::Result<> write_checkpoint(const std::string& directory, const Checkpoint& checkpoint) {
  std::string body;
  put(body, checkpoint.generation);
  put(body, checkpoint.source);
  put(body, checkpoint.display);
  put_text(body, checkpoint.terminal);
  put_text(body, checkpoint.marks);
  put_text(body, checkpoint.tracker);
  put_text(body, checkpoint.prompt);
  std::string head(kMagic);
  put(head, crc(body));
  put(head, static_cast<std::uint64_t>(body.size()));
  return core::replace_file(directory + "/checkpoint", head + body, {.synced = false});
}

base::Result<Checkpoint> read_checkpoint(const std::string& directory) {
  const base::Error none(base::Errc::not_found, "There is no usable checkpoint.");
  const std::string bytes = read_file(directory + "/checkpoint");
  if (bytes.size() < kMagic.size() + 12 || bytes.compare(0, kMagic.size(), kMagic) != 0) return none;
  Reader head(std::string_view(bytes).substr(kMagic.size()));
  const auto sum = head.take<std::uint32_t>();
  const auto size = head.take<std::uint64_t>();
  const auto body = std::string_view(bytes).substr(kMagic.size() + 12);
  if (body.size() != size || crc(body) != sum) return none;
  Reader reader(body);
  Checkpoint out;
  out.generation = reader.take<std::uint64_t>();
  out.source = reader.take<std::uint64_t>();
  out.display = reader.take<std::uint64_t>();
  out.terminal = reader.text();
  out.marks = reader.text();
  out.tracker = reader.text();
  out.prompt = reader.text();
  if (!reader.ok()) return none;
  return out;
}

void remove_history(const std::string& directory) {
  DIR* stream = ::opendir(directory.c_str());
  if (!stream) return;
  while (const dirent* entry = ::readdir(stream)) {
    const std::string_view name = entry->d_name;
    if (name == "checkpoint" || name == "checkpoint.new" || name == "display" || name == "ui" || name == "ui.new" ||
        name.starts_with(kJournal)) {
      ::unlink((directory + "/" + std::string(name)).c_str());
    }
  }
  ::closedir(stream);
  ::rmdir(directory.c_str());
}

}  // namespace duotty::session
