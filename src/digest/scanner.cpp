#include "scanner.hpp"

#include <duotty/base/text.hpp>

namespace duotty::digest {
namespace {

constexpr unsigned char esc = 0x1b;
constexpr unsigned char can = 0x18;
constexpr unsigned char sub = 0x1a;
constexpr unsigned char c2 = 0xc2;  // UTF-8 writes U+0080 to U+009F as C2 80 to C2 9F

bool is_c1_tail(unsigned char byte) {
  return byte >= 0x80 && byte <= 0x9f;
}

}  // namespace

void Scanner::feed(std::string_view bytes, ScanSink& sink) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (state_ == State::ground && !c2_) {
      at = take_text(bytes, at, sink);
      if (at == bytes.size()) break;
    }
    take_byte(static_cast<unsigned char>(bytes[at++]), sink);
  }
}

void Scanner::finish(ScanSink& sink) {
  if (c2_ && state_ == State::ground) sink.text("\xc2");
  *this = Scanner();
}

/// Hands out the text from `at` on; returns where something else begins.
std::size_t Scanner::take_text(std::string_view bytes, std::size_t at, ScanSink& sink) {
  std::size_t end = at;
  for (;; ++end) {
    end = base::end_of_printable(bytes, end);
    if (end == bytes.size()) break;
    const auto byte = static_cast<unsigned char>(bytes[end]);
    if (byte < 0x20 || byte == 0x7f) break;
    if (byte == c2 && (end + 1 == bytes.size() || is_c1_tail(static_cast<unsigned char>(bytes[end + 1])))) break;
  }
  if (end > at) sink.text(bytes.substr(at, end - at));
  return end;
}

void Scanner::take_byte(unsigned char byte, ScanSink& sink) {
  if (state_ == State::osc || state_ == State::string || state_ == State::string_escape) return take_string(byte, sink);
  if (c2_) {
    c2_ = false;
    if (is_c1_tail(byte)) return begin(static_cast<char>(byte - 0x40), sink);
    sink.text("\xc2");
  }
  if (byte == esc) {
    state_ = State::escape;
    intermediate_ = 0;
  } else if (byte == can || byte == sub) {
    state_ = State::ground;
  } else if (byte < 0x20 || byte == 0x7f) {
    sink.control(static_cast<char>(byte));
  } else if (state_ == State::escape) {
    take_escape(byte, sink);
  } else if (state_ == State::csi) {
    take_csi(byte, sink);
  } else if (byte == c2) {
    c2_ = true;
  } else {
    const char text = static_cast<char>(byte);
    sink.text({&text, 1});
  }
}

void Scanner::take_escape(unsigned char byte, ScanSink& sink) {
  if (byte >= 0x80) {
    state_ = State::ground;
    take_byte(byte, sink);
  } else if (byte < 0x30) {
    intermediate_ = static_cast<char>(byte);
  } else if (intermediate_ != 0) {
    state_ = State::ground;
    sink.escape(intermediate_, static_cast<char>(byte));
  } else {
    begin(static_cast<char>(byte), sink);
  }
}

/// ESC `final` without intermediates, or the C1 control of the same meaning.
void Scanner::begin(char final, ScanSink& sink) {
  switch (final) {
    case '[':
      state_ = State::csi;
      parameter_count_ = 0;
      intermediate_ = 0;
      break;
    case ']':
    case 'P':
    case 'X':
    case '^':
    case '_':
      in_osc_ = final == ']';
      state_ = in_osc_ ? State::osc : State::string;
      break;
    default:
      state_ = State::ground;
      sink.escape(0, final);
      break;
  }
}

void Scanner::take_csi(unsigned char byte, ScanSink& sink) {
  if (byte >= 0x80) {
    state_ = State::ground;
    take_byte(byte, sink);
  } else if (byte >= 0x40) {
    state_ = State::ground;
    sink.csi({{parameters_.data(), parameter_count_}, intermediate_, static_cast<char>(byte)});
  } else if (byte < 0x30) {
    intermediate_ = static_cast<char>(byte);
  } else if (parameter_count_ < parameters_.size()) {
    parameters_[parameter_count_++] = static_cast<char>(byte);
  }
}

/// Inside an OSC, DCS, APC, PM or SOS string: everything up to its end is dropped.
void Scanner::take_string(unsigned char byte, ScanSink& sink) {
  if (state_ == State::string_escape && byte != '\\') {
    // An ESC that does not begin ST ends the string and begins the next sequence.
    state_ = State::escape;
    intermediate_ = 0;
    return take_byte(byte, sink);
  }
  const bool c1_end = c2_ && byte == 0x9c;
  c2_ = byte == c2;
  if (state_ == State::string_escape || c1_end || byte == can || byte == sub || (byte == '\a' && in_osc_)) {
    state_ = State::ground;
    c2_ = false;
  } else if (byte == esc) {
    state_ = State::string_escape;
    c2_ = false;
  }
}

}  // namespace duotty::digest
