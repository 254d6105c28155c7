#include "parser.hpp"

#include <algorithm>
#include <duotty/base/text.hpp>
#include <utility>

#include "parser_run.hpp"

namespace duotty::term {
namespace {

using Byte = unsigned char;
constexpr Byte escape_character = 0x1b;
constexpr std::size_t kept_capacity = 4096;  // a larger string buffer is given back

}  // namespace

void Parser::feed(std::string_view bytes, ParserSink& sink) {
  run(bytes, sink);
}

bool Parser::start_utf8(Byte byte) {
  utf8_low_ = 0x80;
  utf8_high_ = 0xbf;
  if (byte >= 0xc2 && byte <= 0xdf) {
    utf8_need_ = 1;
    utf8_value_ = byte & 0x1fu;
  } else if (byte >= 0xe0 && byte <= 0xef) {
    utf8_need_ = 2;
    utf8_value_ = byte & 0x0fu;
    if (byte == 0xe0) utf8_low_ = 0xa0;
    if (byte == 0xed) utf8_high_ = 0x9f;
  } else if (byte >= 0xf0 && byte <= 0xf4) {
    utf8_need_ = 3;
    utf8_value_ = byte & 0x07u;
    if (byte == 0xf0) utf8_low_ = 0x90;
    if (byte == 0xf4) utf8_high_ = 0x8f;
  } else {
    return false;
  }
  utf8_bytes_[0] = byte;
  utf8_have_ = 1;
  return true;
}

bool Parser::continue_utf8(Byte byte, ParserSink& sink) {
  if (byte < utf8_low_ || byte > utf8_high_) {
    utf8_need_ = 0;
    --consumed_;
    scalar(0xfffd, sink);
    ++consumed_;
    return false;
  }
  utf8_low_ = 0x80;
  utf8_high_ = 0xbf;
  utf8_bytes_[utf8_have_++] = byte;
  utf8_value_ = utf8_value_ << 6 | (byte & 0x3fu);
  if (--utf8_need_ == 0) scalar(utf8_value_, sink);
  return true;
}

void Parser::scalar(char32_t value, ParserSink& sink) {
  const bool dropped = state_ == State::abandoned;
  state_ = State::ground;
  if (value < 0xa0) {
    introduce(static_cast<Byte>(value), 2, sink);
  } else if (!dropped) {
    sink.print(&value, 1);
  }
}

/// Anything but ground text and the inside of a string. False when the byte must be looked at again.
bool Parser::step(Byte byte, ParserSink& sink) {
  if (utf8_need_ != 0) return continue_utf8(byte, sink);
  if (state_ == State::string_escape) {
    if (byte == '\\') {
      state_ = interrupted_;
      end_string(sink);
      return true;
    }
    // Any other escape sequence ends the string as well, before it takes effect itself.
    consumed_ -= 2;
    state_ = interrupted_;
    end_string(sink);
    consumed_ += 2;
    introduce(escape_character, 2, sink);
  }
  if (byte >= 0x80) {
    state_ = State::abandoned;
    if (!start_utf8(byte)) state_ = State::ground;
  } else if (byte == escape_character) {
    introduce(escape_character, 1, sink);
  } else if (byte == 0x18 || byte == 0x1a) {
    state_ = State::ground;
  } else if (byte < 0x20) {
    sink.execute(byte);
  } else if (byte == 0x7f) {
    return true;
  } else if (state_ == State::escape || state_ == State::escape_intermediate) {
    escape_byte(byte, sink);
  } else {
    header_byte(byte, sink);
  }
  return true;
}

void Parser::escape_byte(Byte byte, ParserSink& sink) {
  if (byte < 0x30) {
    collect(byte);
    state_ = State::escape_intermediate;
    return;
  }
  if (state_ == State::escape && byte >= 0x40 && byte < 0x60) {
    const std::uint64_t length = consumed_ - sequence_begin_;
    introduce(static_cast<Byte>(byte + 0x40), length, sink);
    return;
  }
  state_ = State::ground;
  sequence_.final = static_cast<char>(byte);
  if (!too_many_intermediates_) sink.esc(sequence_);
}

/// The bytes between the introducer and the final character of CSI and DCS.
void Parser::header_byte(Byte byte, ParserSink& sink) {
  const bool is_dcs = state_ == State::dcs_param || state_ == State::dcs_intermediate;
  const bool in_params = state_ == State::csi_param || state_ == State::dcs_param;
  if (byte >= 0x40) {
    const bool ignore = state_ == State::csi_ignore || too_many_intermediates_;
    sequence_.final = static_cast<char>(byte);
    if (is_dcs) {
      state_ = ignore ? State::ignored : State::dcs;
    } else {
      state_ = State::ground;
      if (!ignore) sink.csi(sequence_);
    }
  } else if (state_ == State::csi_ignore) {
    return;
  } else if (byte < 0x30) {
    collect(byte);
    state_ = is_dcs ? State::dcs_intermediate : State::csi_intermediate;
  } else if (in_params && byte <= '9') {
    sequence_.params.digit(byte - '0');
  } else if (in_params && byte <= ';') {
    sequence_.params.separator(byte == ':');
  } else if (in_params && sequence_.leader == 0 && sequence_.params.empty() && byte >= '<') {
    sequence_.leader = static_cast<char>(byte);
  } else {
    state_ = is_dcs ? State::ignored : State::csi_ignore;
  }
}

/// ESC, or a C1 control in `length` bytes (ESC Fe or one character).
void Parser::introduce(Byte c1, std::uint64_t length, ParserSink& sink) {
  sequence_begin_ = consumed_ - length;
  State next = State::ground;
  switch (c1) {
    case escape_character:
      next = State::escape;
      break;
    case 0x90:
      next = State::dcs_param;
      break;
    case 0x98:
    case 0x9e:
      next = State::ignored;
      break;
    case 0x9f:
      next = State::apc;
      break;
    case 0x9b:
      next = State::csi_param;
      break;
    case 0x9d:
      next = State::osc;
      break;
    default:
      break;
  }
  state_ = next;
  if (next == State::ground) {
    sink.execute(c1);
    return;
  }
  sequence_.leader = 0;
  sequence_.intermediates[0] = sequence_.intermediates[1] = 0;
  sequence_.params.clear();
  too_many_intermediates_ = false;
  overflow_ = false;
  last_c2_ = false;
  data_.clear();
}

void Parser::collect(Byte byte) {
  char* const slots = sequence_.intermediates;
  if (slots[0] == 0) {
    slots[0] = static_cast<char>(byte);
  } else if (slots[1] == 0) {
    slots[1] = static_cast<char>(byte);
  } else {
    too_many_intermediates_ = true;
  }
}

void Parser::append(const Byte* from, const Byte* to) {
  if (from == to || overflow_ || state_ == State::ignored) return;
  const bool bad_osc = state_ == State::osc && (*from < '0' || *from > '9');
  const bool bad_start = data_.empty() && (bad_osc || (state_ == State::apc && *from != 'G'));
  if (bad_start || data_.size() + static_cast<std::size_t>(to - from) > max_string_bytes) {
    overflow_ = true;
    data_ = {};
    return;
  }
  data_.append(reinterpret_cast<const char*>(from), static_cast<std::size_t>(to - from));
}

const Byte* Parser::string(const Byte* at, const Byte* end, ParserSink& sink) {
  const Byte* stop = at;
  for (; stop != end && *stop >= 0x20 && !(last_c2_ && *stop >= 0x80 && *stop < 0xa0); ++stop) last_c2_ = *stop == 0xc2;
  append(at, stop);
  if (stop == end) return stop;
  mark(stop + 1);
  string_control(*stop, sink);
  return stop + 1;
}

void Parser::string_control(Byte byte, ParserSink& sink) {
  // A control that is not kept might as well not be there.
  const bool skipped = byte < 0x20 && state_ != State::dcs;
  last_c2_ = last_c2_ && skipped;
  if (byte >= 0x80) {
    if (!data_.empty()) data_.pop_back();
    if (byte == 0x9c) {
      end_string(sink);
    } else {
      introduce(byte, 2, sink);
    }
  } else if (byte == escape_character) {
    interrupted_ = state_;
    state_ = State::string_escape;
  } else if (byte == 0x18 || byte == 0x1a) {
    data_.clear();
    state_ = State::ground;
  } else if (byte == 0x07 && state_ == State::osc) {
    end_string(sink);
  } else if (state_ == State::dcs) {
    append(&byte, &byte + 1);
  }
}

void Parser::end_string(ParserSink& sink) {
  const State kind = state_;
  state_ = State::ground;
  std::string data = std::move(data_);
  data_.clear();
  if (!overflow_ && kind == State::osc && !data.empty()) sink.osc(data);
  if (!overflow_ && kind == State::dcs) sink.dcs(sequence_, data);
  if (!overflow_ && kind == State::apc && !data.empty()) sink.apc(data);
  if (data.capacity() > kept_capacity) return;
  data.clear();
  data_ = std::move(data);
}

bool Parser::restore(std::string_view pending, std::uint64_t consumed, std::uint64_t sequence_begin) {
  // Half a sequence has no effect, so nothing may arrive here.
  struct Silent final : ParserSink {
    bool called = false;
    void print_ascii(const char*, std::size_t) override { called = true; }
    void print(const char32_t*, std::size_t) override { called = true; }
    void execute(unsigned char) override { called = true; }
    void esc(const Sequence&) override { called = true; }
    void csi(const Sequence&) override { called = true; }
    void osc(std::string_view) override { called = true; }
    void dcs(const Sequence&, std::string_view) override { called = true; }
    void apc(std::string_view) override { called = true; }
  } sink;
  feed(pending, sink);
  consumed_ = consumed;
  sequence_begin_ = sequence_begin;
  return !sink.called && this->pending() == pending;
}

std::string Parser::header_bytes() const {
  std::string out;
  if (sequence_.leader != 0) out.push_back(sequence_.leader);
  out += sequence_.params.bytes();
  for (const char intermediate : sequence_.intermediates) {
    if (intermediate != 0) out.push_back(intermediate);
  }
  if (too_many_intermediates_) out.push_back(' ');
  return out;
}

std::string Parser::pending() const {
  std::string tail(reinterpret_cast<const char*>(utf8_bytes_), utf8_need_ != 0 ? utf8_have_ : 0u);
  const State state = state_ == State::string_escape ? interrupted_ : state_;
  const std::string c2 = last_c2_ ? "\xc2" : "";
  std::string out;
  switch (state) {
    case State::ground:
      return tail;
    case State::abandoned:
      return "\x1b[" + tail;
    case State::escape:
    case State::escape_intermediate:
      return "\x1b" + header_bytes();
    case State::csi_param:
    case State::csi_intermediate:
      return "\x1b[" + header_bytes();
    case State::csi_ignore:
      return "\x1b[;<";
    case State::dcs_param:
    case State::dcs_intermediate:
      return "\x1bP" + header_bytes();
    case State::osc:
      out = overflow_ ? "\x1b]x" + c2 : "\x1b]" + data_;
      break;
    case State::dcs:
      out = overflow_ ? "\x1bX" + c2 : "\x1bP" + header_bytes() + sequence_.final + data_;
      break;
    case State::apc:
      out = overflow_ ? "\x1bX" + c2 : "\x1b_" + data_;
      break;
    case State::ignored:
      out = "\x1bX" + c2;
      break;
    case State::string_escape:
      break;
  }
  if (state_ == State::string_escape) out += '\x1b';
  return out;
}

}  // namespace duotty::term
