// Bytes and resizes into a terminal, its copy that is fed byte by byte, and one that is recreated from a snapshot on
// the way: all must agree, and the checkpoint must restore the terminal. The first three bytes choose scrollback and
// size; 0xff is followed by a new size, 0xfe takes the snapshot.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <duotty/term/render.hpp>
#include <duotty/term/snapshot.hpp>
#include <memory>

namespace {

using namespace duotty::term;

void require(bool holds, const char* what, const std::string& why) {
  if (holds) return;
  std::fprintf(stderr, "%s: %s\n", what, why.c_str());
  std::abort();
}

Size size_from(std::uint8_t cols, std::uint8_t rows) {
  return {1 + cols % 40, 1 + rows % 16};
}

std::unique_ptr<Terminal> recreate(const Terminal& terminal, Host& host) {
  auto copy = std::make_unique<Terminal>(terminal.size(), host, terminal.options());
  copy->feed(snapshot(terminal, {terminal.options().scrollback_lines}));
  return copy;
}

void require_same(const Terminal& a, const Terminal& b, const char* what) {
  std::string why;
  const bool same = same_state(a, b, &why);
  require(same, what, why);
}

void check(const Terminal& terminal, Host& host) {
  require_same(terminal, *recreate(terminal, host), "snapshot");
  Terminal restored({1, 1}, host, terminal.options());
  const std::string record = checkpoint(terminal);
  require(restore(restored, record).has_value(), "restore", "refused");
  require(checkpoint(restored) == record, "checkpoint", "differs");
  for (RowId row = terminal.first_row(); row < terminal.end_row(); ++row) terminal.line(row);
  html(terminal, terminal.first_row(), terminal.end_row());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  Host host;
  Options options;
  options.scrollback_lines = data[0] % 32;
  Terminal terminal(size_from(data[1], data[2]), host, options);
  Terminal bytewise(terminal.size(), host, options);
  auto copy = std::make_unique<Terminal>(terminal.size(), host, options);
  std::size_t at = 3;
  while (at < size) {
    if (data[at] == 0xff && at + 2 < size) {
      const Size next = size_from(data[at + 1], data[at + 2]);
      terminal.resize(next);
      bytewise.resize(next);
      copy->resize(next);
      at += 3;
      continue;
    }
    std::size_t end = at + 1;
    while (end < size && data[end] < 0xfe) ++end;
    const std::string_view bytes(reinterpret_cast<const char*>(data + at), end - at);
    if (data[at] == 0xfe) copy = recreate(*copy, host);
    terminal.feed(bytes);
    for (const char& byte : bytes) bytewise.feed({&byte, 1});
    copy->feed(bytes);
    at = end;
  }
  require_same(terminal, bytewise, "byte by byte");
  require_same(terminal, *copy, "going on after a snapshot");
  check(terminal, host);
  return 0;
}
