#include <algorithm>
#include <duotty/sftp/protocol.hpp>

namespace duotty::sftp {
namespace {

using base::Errc;
using base::Error;

constexpr std::uint32_t kVersion = 3;
constexpr std::uint32_t kHasSize = 0x1;
constexpr std::uint32_t kHasOwner = 0x2;
constexpr std::uint32_t kHasMode = 0x4;
constexpr std::uint32_t kHasTimes = 0x8;
constexpr std::uint32_t kHasExtended = 0x80000000;
/// Size on the wire of an entry without any text: two lengths and the flags.
constexpr std::size_t kLeastName = 12;
constexpr std::size_t kMostExtensions = 64;
constexpr std::size_t kSmallBuffer = 16 * 1024;
/// Two of the largest packets: one can come while the one before it is read.
constexpr std::size_t kLargeBuffer = 2 * (kMostPacket + 4);

Error broken(const char* what) {
  return {Errc::protocol, std::string("The SFTP server sent something that is no SFTP: ") + what + "."};
}

std::uint32_t to_u32(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char c : bytes.substr(0, 4)) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

/// Reads from the front of a packet. After the first read beyond its end everything read is empty and good() false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  bool good() const { return good_; }
  bool at_end() const { return rest_.empty(); }
  std::size_t left() const { return rest_.size(); }

  std::string_view bytes(std::size_t count) {
    if (!good_ || count > rest_.size()) {
      good_ = false;
      return {};
    }
    const auto out = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return out;
  }
  std::uint8_t u8() {
    const auto one = bytes(1);
    return one.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(one.front());
  }
  std::uint32_t u32() { return to_u32(bytes(4)); }
  std::uint64_t u64() {
    const std::uint64_t high = u32();
    return high << 32 | u32();
  }
  std::string_view text(std::size_t most) {
    const std::size_t size = u32();
    if (size > most) good_ = false;
    return bytes(size);
  }
  std::string_view rest() { return bytes(rest_.size()); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

Attributes read_attributes(Reader& reader) {
  Attributes out;
  const std::uint32_t flags = reader.u32();
  if (flags & kHasSize) out.size = reader.u64();
  if (flags & kHasOwner) {
    const std::uint32_t user = reader.u32();
    out.owner = {user, reader.u32()};
  }
  if (flags & kHasMode) out.mode = reader.u32();
  if (flags & kHasTimes) {
    const std::uint32_t accessed = reader.u32();
    out.times = {accessed, reader.u32()};
  }
  if (flags & kHasExtended) {
    const std::uint32_t count = reader.u32();
    for (std::uint32_t i = 0; i < count && reader.good(); ++i) {
      reader.text(kMostText);
      reader.text(kMostText);
    }
  }
  return out;
}

void read_status(Reader& reader, Reply& reply) {
  reply.code = static_cast<StatusCode>(reader.u32());
  if (reader.at_end()) return;  // servers of version 2 and some of 3 say no more
  reply.text = reader.text(kMostText);
  if (!reader.at_end()) reader.text(kMostText);  // language
}

void read_names(Reader& reader, Reply& reply) {
  const std::size_t count = reader.u32();
  // More than could stand in the packet: nothing is reserved for a number that was made up.
  if (count > reader.left() / kLeastName) {
    reader.bytes(reader.left() + 1);
    return;
  }
  reply.names.reserve(count);
  for (std::size_t i = 0; i < count && reader.good(); ++i) {
    Name name;
    name.name = reader.text(kMostText);
    reader.text(kMostText);  // the line that ls -l would print
    name.attributes = read_attributes(reader);
    if (reader.good()) reply.names.push_back(std::move(name));
  }
}

}  // namespace

bool Version::has(std::string_view extension) const {
  return std::any_of(extensions.begin(), extensions.end(), [&](const auto& one) { return one.first == extension; });
}

std::pair<char*, std::size_t> Splitter::room() {
  if (buffer_.empty()) buffer_.resize(kSmallBuffer);
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ == buffer_.size() && begin_ > 0) {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_), buffer_.end(), buffer_.begin());
    end_ -= begin_;
    begin_ = 0;
  }
  // Only what is read slower than it is fed, or one packet that is larger.
  if (end_ == buffer_.size()) buffer_.resize(buffer_.size() < kLargeBuffer ? kLargeBuffer : buffer_.size() * 2);
  return {buffer_.data() + end_, buffer_.size() - end_};
}

void Splitter::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto [to, size] = room();
    const std::size_t count = std::min(size, bytes.size());
    std::copy_n(bytes.data(), count, to);
    filled(count);
    bytes.remove_prefix(count);
  }
}

Result<std::optional<std::string_view>> Splitter::next() {
  const std::string_view rest(buffer_.data() + begin_, size());
  if (rest.size() < 4) return std::optional<std::string_view>();
  const std::size_t length = to_u32(rest);
  if (length == 0 || length > kMostPacket) return broken("a packet of an impossible length");
  if (rest.size() - 4 < length) return std::optional<std::string_view>();
  begin_ += 4 + length;
  return std::optional(rest.substr(4, length));
}

Result<Version> parse_version(std::string_view packet) {
  Reader reader(packet);
  const auto type = static_cast<Type>(reader.u8());
  if (type != Type::version) return broken("its first packet is not its version");
  Version out;
  out.version = reader.u32();
  while (reader.good() && !reader.at_end() && out.extensions.size() < kMostExtensions) {
    std::string name(reader.text(kMostText));
    std::string data(reader.text(kMostText));
    if (reader.good()) out.extensions.emplace_back(std::move(name), std::move(data));
  }
  if (!reader.good()) return broken("its version is cut off");
  if (out.version < kVersion) {
    return Error(Errc::unsupported, "The SFTP server speaks version " + std::to_string(out.version) +
                                        " only; version 3 is needed. Update the server.");
  }
  return out;
}

Result<Reply> parse_reply(std::string_view packet) {
  Reader reader(packet);
  Reply reply;
  reply.type = static_cast<Type>(reader.u8());
  reply.id = reader.u32();
  switch (reply.type) {
    case Type::status:
      read_status(reader, reply);
      break;
    case Type::handle:
      reply.text = reader.text(kMostHandle);
      if (reply.text.empty()) return broken("an empty handle");
      break;
    case Type::data:
      reply.text = reader.text(kMostPacket);
      break;
    case Type::name:
      read_names(reader, reply);
      break;
    case Type::attrs:
      reply.attributes = read_attributes(reader);
      break;
    case Type::extended_reply:
      reply.text = reader.rest();
      break;
    default:
      return broken("an answer of an unknown type");
  }
  if (!reader.good()) return broken("a packet that ends before its contents");
  if (!reader.at_end()) return broken("a packet with more in it than it says");
  return reply;
}

Result<Space> parse_space(std::string_view body) {
  Reader reader(body);
  Space out;
  reader.u64();  // f_bsize
  out.block_size = reader.u64();
  out.blocks = reader.u64();
  out.free = reader.u64();
  out.available = reader.u64();
  out.files = reader.u64();
  out.free_files = reader.u64();
  if (!reader.good()) return broken("an answer to statvfs that is too short");
  return out;
}

Result<Limits> parse_limits(std::string_view body) {
  Reader reader(body);
  Limits out;
  out.packet = reader.u64();
  out.read = reader.u64();
  out.write = reader.u64();
  out.handles = reader.u64();
  if (!reader.good()) return broken("an answer to limits that is too short");
  return out;
}

Packet::Packet(Type type, std::uint32_t id) : bytes_(4, '\0') {
  bytes_ += static_cast<char>(type);
  u32(id);
}

Packet& Packet::u32(std::uint32_t value) {
  for (const int shift : {24, 16, 8, 0}) bytes_ += static_cast<char>(value >> shift & 0xff);
  return *this;
}

Packet& Packet::u64(std::uint64_t value) {
  return u32(static_cast<std::uint32_t>(value >> 32)).u32(static_cast<std::uint32_t>(value));
}

Packet& Packet::text(std::string_view bytes) {
  bytes_.reserve(bytes_.size() + 4 + bytes.size());
  u32(static_cast<std::uint32_t>(bytes.size()));
  bytes_ += bytes;
  return *this;
}

Packet& Packet::attributes(const Attributes& attributes) {
  u32((attributes.size ? kHasSize : 0) | (attributes.owner ? kHasOwner : 0) | (attributes.mode ? kHasMode : 0) |
      (attributes.times ? kHasTimes : 0));
  if (attributes.size) u64(*attributes.size);
  if (attributes.owner) u32(attributes.owner->first).u32(attributes.owner->second);
  if (attributes.mode) u32(*attributes.mode);
  if (attributes.times) u32(attributes.times->first).u32(attributes.times->second);
  return *this;
}

std::string Packet::take(std::size_t behind) {
  const std::size_t size = bytes_.size() - 4 + behind;
  for (std::size_t i = 0; i < 4; ++i) bytes_[i] = static_cast<char>(size >> (24 - 8 * i) & 0xff);
  return std::move(bytes_);
}

std::string init_packet() {
  // It has the version where others have their id.
  return Packet(Type::init, kVersion).take();
}

}  // namespace duotty::sftp
