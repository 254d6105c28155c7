// Bytes into the parser, whole and cut: both find the same, and pending() brings a fresh parser into the same state.
// The first byte chooses the cuts.
#include <cstdint>
#include <string>

#include "parser.hpp"
#include "require.hpp"

namespace {

using namespace duotty::term;

using duotty::fuzz::require;

/// Writes down what the parser finds, and holds it to what its contract promises of each call.
class Log final : public ParserSink {
 public:
  explicit Log(const Parser& parser) : parser_(parser) {}
  std::string text;

  void print_ascii(const char* bytes, std::size_t count) override {
    require(count > 0, "an empty run");
    for (std::size_t i = 0; i < count; ++i) {
      require(bytes[i] >= 0x20 && bytes[i] < 0x7f, "a control as text");
      text += "p" + std::to_string(bytes[i]);
    }
  }
  void print(const char32_t* scalars, std::size_t count) override {
    require(count > 0, "an empty run");
    for (std::size_t i = 0; i < count; ++i) {
      const char32_t value = scalars[i];
      require(value >= 0xa0 && value <= 0x10ffff && (value < 0xd800 || value >= 0xe000), "not a scalar value");
      text += "p" + std::to_string(static_cast<std::uint32_t>(value));
    }
  }
  void execute(unsigned char control) override {
    require(control < 0x20 || (control >= 0x80 && control < 0xa0), "text as a control");
    add('x', std::to_string(control));
  }
  void esc(const Sequence& sequence) override { add('e', header(sequence)); }
  void csi(const Sequence& sequence) override { add('c', header(sequence)); }
  void osc(std::string_view data) override {
    require(!data.empty() && data[0] >= '0' && data[0] <= '9' && data.size() <= max_string_bytes, "an OSC string");
    add('o', std::string(data));
  }
  void dcs(const Sequence& sequence, std::string_view data) override {
    require(data.size() <= max_string_bytes, "a DCS string");
    add('d', header(sequence) + std::string(data));
  }

 private:
  static std::string header(const Sequence& sequence) {
    require(sequence.params.size() <= max_params, "too many parameters");
    return sequence.leader + sequence.params.bytes() + std::string(sequence.intermediates, 2) + sequence.final;
  }
  void add(char kind, const std::string& what) {
    require(parser_.sequence_begin() <= parser_.consumed(), "the sequence ends before it begins");
    text += kind + what + "@" + std::to_string(parser_.consumed()) + "\n";
  }

  const Parser& parser_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  Parser whole;
  Log whole_log(whole);
  whole.feed(bytes, whole_log);

  const std::size_t step = 1 + data[0] % 16;
  Parser cut;
  Log cut_log(cut);
  for (std::size_t at = 0; at < bytes.size(); at += step) cut.feed(bytes.substr(at, step), cut_log);
  require(whole_log.text == cut_log.text, "the cuts are seen");
  require(whole.consumed() == bytes.size() && cut.consumed() == bytes.size(), "bytes are miscounted");
  require(whole == cut, "the cuts leave another state");

  // What is pending is as good as what was received.
  Parser copy;
  Log copy_log(copy);
  require(copy.restore(whole.pending(), whole.consumed(), whole.sequence_begin()), "the pending bytes are refused");
  Log go_on(whole);
  whole.feed(bytes, go_on);
  copy.feed(bytes, copy_log);
  require(go_on.text == copy_log.text, "the pending bytes lead elsewhere");
  return 0;
}
