#include <algorithm>
#include <duotty/base/scalars.hpp>
#include <duotty/base/text.hpp>
#include <duotty/digest/plain.hpp>
#include <duotty/term/width.hpp>

#include "scanner.hpp"
#include "utf8_stream.hpp"

namespace duotty::digest {

namespace {

constexpr std::size_t kLineLimit = 4096;      ///< bytes of a line that are remembered
constexpr std::size_t kMaxMove = kLineLimit;  ///< of a cursor movement

std::size_t length_at(std::string_view text, std::size_t at) {
  std::size_t size = 1;
  while (at + size < text.size() && (static_cast<unsigned char>(text[at + size]) & 0xc0) == 0x80) ++size;
  return size;
}

std::size_t start_before(std::string_view text, std::size_t at) {
  do --at;
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80);
  return at;
}

/// The present line: what was given out of it, and how the cursor moves in it.
class Line {
 public:
  void text(std::string_view fresh, std::string& out) {
    credit_ += fresh.size();
    half_ = 0;
    if (at_ == line_.size() && !changed_) return append(fresh, out);
    for (std::size_t i = 0; i < fresh.size();) {
      if (at_ == line_.size()) {
        if (changed_) give_again(out);
        return append(fresh.substr(i), out);
      }
      const std::size_t size = length_at(fresh, i);
      const std::string_view character = fresh.substr(i, size);
      if (line_.compare(at_, size, character) != 0) {
        line_.replace(at_, length_at(line_, at_), character);
        changed_ = true;
      }
      at_ += size;
      i += size;
    }
  }
  void back(std::size_t columns) {
    half_ += columns;
    while (half_ > 0 && at_ > 0) {
      const std::size_t start = start_before(line_, at_);
      const auto width = static_cast<std::size_t>(term::width(base::scalar_at(line_, start).value));
      if (width > half_) return;  // in the middle of a wide character: the other half follows
      half_ -= width;
      at_ = start;
    }
    half_ = 0;
  }
  void forward(std::size_t columns) {
    half_ = 0;
    for (; columns > 0 && at_ < line_.size(); --columns) at_ += length_at(line_, at_);
  }
  void home() { at_ = half_ = 0; }
  void erase_rest() {
    half_ = 0;
    changed_ = changed_ || at_ < line_.size();
    line_.resize(at_);
  }
  void erase(std::size_t count) {
    half_ = 0;
    std::size_t end = at_;
    for (; count > 0 && end < line_.size(); --count) end += length_at(line_, end);
    changed_ = changed_ || end > at_;
    line_.erase(at_, end - at_);
  }
  void insert(std::size_t count) {
    half_ = 0;
    if (at_ == line_.size() || line_.size() + count > kLineLimit) return;
    line_.insert(at_, count, ' ');
    changed_ = true;
  }
  /// The line ends: gives it again if it is not what was given.
  void end(std::string& out) {
    if (changed_) give_again(out);
    forget();
  }
  /// Another line begins.
  void forget() {
    line_.clear();
    at_ = half_ = 0;
    changed_ = forgotten_ = false;
  }

 private:
  void append(std::string_view fresh, std::string& out) {
    out += fresh;
    if (forgotten_) return;
    if (line_.size() + fresh.size() > kLineLimit) {
      line_.clear();
      forgotten_ = true;
    } else {
      line_ += fresh;
    }
    at_ = line_.size();
  }
  void give_again(std::string& out) {
    changed_ = false;
    // Never more than was fed: hostile output could make a line come again for each of its bytes.
    if (line_.size() + 1 > credit_) return;
    credit_ -= line_.size() + 1;
    out += '\n';
    out += line_;
  }

  std::string line_;
  std::size_t at_ = 0;    ///< byte of the cursor
  std::size_t half_ = 0;  ///< columns of a movement to the left that are not carried out yet
  std::size_t credit_ = kLineLimit;
  bool changed_ = false;    ///< it is not what was given out
  bool forgotten_ = false;  ///< too long to be remembered
};

}  // namespace

struct PlainText::State final : ScanSink {
  explicit State(LoneCr lone) : lone_cr(lone) {}

  void text(std::string_view bytes) override {
    put_returns(returns);
    utf8.feed(bytes, fresh);
    put_text();
    at_line_start = false;
  }
  void control(char byte) override {
    finish_text();
    if (byte == '\r') {
      ++returns;
    } else if (byte == '\n') {
      put_returns(returns > 0 ? returns - 1 : 0);
      line.end(*out);
      *out += '\n';
      at_line_start = true;
    } else if (byte == '\t') {
      put_returns(returns);
      line.text("\t", *out);
      at_line_start = false;
    } else if (byte == '\b') {
      put_returns(returns);
      line.back(1);
    }
  }
  void csi(const Csi& sequence) override {
    finish_text();
    if (sequence.intermediate != 0 || std::string_view("CDKP@").find(sequence.final) == std::string_view::npos) return;
    const auto given = base::parse_u64(sequence.parameters);
    if (!given && !sequence.parameters.empty()) return;
    if (sequence.final == 'K' && given.value_or(0) != 0) return;
    const auto count = static_cast<std::size_t>(std::clamp<std::uint64_t>(given.value_or(1), 1, kMaxMove));
    if (returns > 0 && sequence.final == 'C' && lone_cr == LoneCr::newline) {
      // How a line editor goes to a column: the line is neither over nor drawn anew.
      returns = 0;
      line.home();
    }
    if (returns > 0) return;  // at the margin of a line that is about to end or to be given anew
    switch (sequence.final) {
      case 'C':
        return line.forward(count);
      case 'D':
        return line.back(count);
      case 'K':
        return line.erase_rest();
      case 'P':
        return line.erase(count);
      default:
        return line.insert(count);
    }
  }
  void escape(char, char) override { finish_text(); }

  void finish_text() {
    utf8.finish(fresh);
    put_text();
  }
  void put_text() {
    if (!fresh.empty()) line.text(fresh, *out);
    fresh.clear();
  }

  /// Puts out the first `count` held CRs and forgets the others: what is left was the CR of a CR LF. As newlines they
  /// are one, and none where the line is empty anyway: a CR there moves nothing.
  void put_returns(std::size_t count) {
    returns = 0;
    if (lone_cr == LoneCr::keep) {
      out->append(count, '\r');
      if (count > 0) line.forget();
    } else if (count > 0 && !at_line_start) {
      line.end(*out);
      *out += '\n';
      at_line_start = true;
    }
  }

  Scanner scanner;
  Utf8Stream utf8;
  std::string fresh;  ///< decoded, not yet in the line
  Line line;
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
  state_->finish_text();
  state_->put_returns(state_->returns);
  state_->line.end(out);
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
