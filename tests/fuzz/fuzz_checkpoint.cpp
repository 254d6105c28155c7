// A checkpoint written by an enemy who knows the checksum: it is refused, or what it makes is a sound terminal.
#include <duotty/term/snapshot.hpp>

#include <cstdint>

#include "binary.hpp"
#include "require.hpp"

namespace {

using namespace duotty::term;

using duotty::fuzz::require;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 8) return 0;
  // The last eight bytes are the checksum's place, so that real checkpoints serve as seeds.
  std::string record(reinterpret_cast<const char*>(data), size - 8);
  BinaryWriter sum;
  sum.number(checksum(record));
  record += sum.bytes();
  Host host;
  Terminal terminal({10, 4}, host, {});
  if (!restore(terminal, record)) {
    require(terminal.size() == Size{10, 4}, "a refused checkpoint changed the terminal");
    return 0;
  }
  terminal.feed("\x1b[2;1Htext \xe4\xbd\xa0\x1b[3P\x1b[2@\x1b[L\x1b[M\x1b[1K\r\n\r\n");
  terminal.resize({17, 5});
  terminal.feed(
      "e\xcc\x81\x1b[b\x1b[?1049h\x1b[?1049l\x1b"
      "8");
  terminal.resize({3, 2});
  Terminal copy(terminal.size(), host, terminal.options());
  copy.feed(snapshot(terminal));
  require(restore(copy, checkpoint(terminal)).has_value(), "a restored terminal's checkpoint is refused");
  return 0;
}
