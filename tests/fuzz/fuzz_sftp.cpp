// Any bytes as what an SFTP server sends: cut into the same packets however they arrive, each read or refused in
// bounded work, and nothing read is longer than what was sent.
#include <cstdint>
#include <duotty/sftp/protocol.hpp>
#include <string>
#include <vector>

#include "require.hpp"

namespace {

using duotty::fuzz::require;
using namespace duotty::sftp;

/// The packets of `stream`, fed in steps, up to the first that cannot be.
std::vector<std::string> packets_of(std::string_view stream, std::size_t step) {
  Splitter splitter;
  std::vector<std::string> out;
  for (std::size_t at = 0; at < stream.size(); at += step) {
    splitter.feed(stream.substr(at, step));
    for (;;) {
      const auto packet = splitter.next();
      if (!packet) return out;
      if (!*packet) break;
      out.emplace_back(**packet);
    }
  }
  return out;
}

void read(const std::string& packet) {
  if (const auto reply = parse_reply(packet)) {
    std::size_t bytes = reply->text.size();
    for (const Name& name : reply->names) bytes += name.name.size() + 12;
    require(bytes <= packet.size(), "more was read than was sent");
    if (reply->type == Type::attrs) {
      const Attributes& seen = reply->attributes;
      const std::string written = Packet(Type::attrs, reply->id).attributes(seen).take();
      const auto again = parse_reply(std::string_view(written).substr(4));
      require(again && again->attributes == seen, "attributes change when they are written");
    }
    if (reply->type == Type::extended_reply) {
      static_cast<void>(parse_space(reply->text));
      static_cast<void>(parse_limits(reply->text));
    }
  }
  static_cast<void>(parse_version(packet));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view stream(reinterpret_cast<const char*>(data), size);
  const auto whole = packets_of(stream, size + 1);
  require(whole == packets_of(stream, 1), "packets depend on how they arrive");
  for (const std::string& packet : whole) read(packet);
  read(std::string(stream));
  return 0;
}
