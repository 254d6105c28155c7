#include <duotty/digest/plain.hpp>

#include "scanner.hpp"
#include "utf8_stream.hpp"

namespace duotty::digest {

struct PlainText::State final : ScanSink {
  explicit State(LoneCr lone) : lone_cr(lone) {}

  void text(std::string_view bytes) override {
    put_returns(returns);
    utf8.feed(bytes, *out);
    at_line_start = false;
  }
  void control(char byte) override {
    utf8.finish(*out);
    if (byte == '\r') {
      ++returns;
    } else if (byte == '\n') {
      put_returns(returns > 0 ? returns - 1 : 0);
      *out += '\n';
      at_line_start = true;
    } else if (byte == '\t') {
      put_returns(returns);
      *out += '\t';
      at_line_start = false;
    }
  }
  void csi(const Csi&) override { utf8.finish(*out); }
  void escape(char, char) override { utf8.finish(*out); }

  /// Puts out the first `count` held CRs and forgets the others: what is left was the CR of a CR LF. As newlines they
  /// are one, and none where the line is empty anyway: a CR there moves nothing.
  void put_returns(std::size_t count) {
    returns = 0;
    if (lone_cr == LoneCr::keep) {
      out->append(count, '\r');
    } else if (count > 0 && !at_line_start) {
      *out += '\n';
      at_line_start = true;
    }
  }

  Scanner scanner;
  Utf8Stream utf8;
  std::size_t returns = 0;
  bool at_line_start = true;
  LoneCr lone_cr;
  std::string* out = nullptr;
};

PlainText::PlainText(LoneCr lone_cr) : state_(std::make_unique<State>(lone_cr)) {}
PlainText::PlainText(PlainText&&) noexcept = default;
PlainText& PlainText::operator=(PlainText&&) noexcept = default;
PlainText::~PlainText() = default;

void PlainText::feed(std::string_view bytes, std::string& out) {
  state_->out = &out;
  state_->scanner.feed(bytes, *state_);
}

void PlainText::finish(std::string& out) {
  state_->out = &out;
  state_->scanner.finish(*state_);
  state_->utf8.finish(out);
  state_->put_returns(state_->returns);
}

std::string plain_text(std::string_view bytes, LoneCr lone_cr) {
  std::string out;
  out.reserve(bytes.size());
  PlainText plain(lone_cr);
  plain.feed(bytes, out);
  plain.finish(out);
  return out;
}

}  // namespace duotty::digest
