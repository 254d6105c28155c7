#pragma once
// The state machine of a VT500 (Paul Williams' diagram) with UTF-8 before it: bytes in, text and control sequences out.
// It gives no meaning to any of them. C1 controls exist as ESC Fe and as the characters U+0080 to U+009F; a raw byte of
// that value is malformed UTF-8. Malformed UTF-8 prints U+FFFD once for each maximal subpart (W3C Encoding).
#include <cstdint>
#include <string>
#include <string_view>

#include "sequence.hpp"

namespace duotty::term {

/// Receives what the parser finds, in order.
class ParserSink {
 public:
  virtual void print_ascii(const char* text, std::size_t count) = 0;  ///< 0x20 to 0x7e only, count > 0
  virtual void print(const char32_t* text, std::size_t count) = 0;    ///< U+00A0 and above, count > 0
  virtual void execute(unsigned char control) = 0;                    ///< C0 or C1 without a string
  virtual void esc(const Sequence& sequence) = 0;
  virtual void csi(const Sequence& sequence) = 0;
  virtual void osc(std::string_view text) = 0;  ///< starts with a digit
  virtual void dcs(const Sequence& sequence, std::string_view data) = 0;
  virtual void apc(std::string_view) {}  ///< of the kitty graphics protocol: starts with G

 protected:
  ~ParserSink() = default;
};

class Parser {
 public:
  void feed(std::string_view bytes, ParserSink& sink);
  /// The same, compiled for one kind of sink; in parser_run.hpp. A sink may have more calls than ParserSink, which are
  /// made instead of those where they are there and must not need consumed(): recall_sgr(), frequent_csi(),
  /// print_ascii() with three arguments, takes_lines() and print_lines(); see State.
  template <class Sink>
  void run(std::string_view bytes, Sink& sink);

  /// Nothing is half received.
  bool at_ground() const { return state_ == State::ground && utf8_need_ == 0; }
  /// Bytes that bring a parser at ground into this state.
  std::string pending() const;
  /// Bytes consumed, up to and including the one that caused the call in progress.
  std::uint64_t consumed() const { return consumed_; }
  /// consumed() before the first byte of the sequence in progress.
  std::uint64_t sequence_begin() const { return sequence_begin_; }
  /// Puts a fresh parser into the state that pending() and the counters describe; false when the bytes are not such.
  bool restore(std::string_view pending, std::uint64_t consumed, std::uint64_t sequence_begin);
  friend bool operator==(const Parser& a, const Parser& b) { return a.pending() == b.pending(); }

 private:
  enum class State : std::uint8_t {
    ground,
    escape,
    escape_intermediate,
    csi_param,
    csi_intermediate,
    csi_ignore,
    dcs_param,
    dcs_intermediate,
    abandoned,  // a header met a character that is not ASCII: it is dropped with it
    osc,
    dcs,
    apc,
    ignored,       // SOS, PM, a malformed DCS: up to ST
    string_escape  // ESC inside a string
  };

  using Byte = unsigned char;
  template <class Sink>
  const Byte* ground(const Byte* at, const Byte* end, Sink& sink);
  template <class Sink>
  const Byte* text(const Byte* at, const Byte* end, Sink& sink);
  template <class Sink>
  const Byte* whole_csi(const Byte* at, const Byte* end, Sink& sink);
  const Byte* string(const Byte* at, const Byte* end, ParserSink& sink);
  bool step(Byte byte, ParserSink& sink);
  bool start_utf8(Byte byte);
  bool continue_utf8(Byte byte, ParserSink& sink);
  void scalar(char32_t value, ParserSink& sink);
  void escape_byte(Byte byte, ParserSink& sink);
  void header_byte(Byte byte, ParserSink& sink);
  void string_control(Byte byte, ParserSink& sink);
  void introduce(Byte c1, std::uint64_t length, ParserSink& sink);
  void collect(Byte byte);
  void append(const Byte* from, const Byte* to);
  void end_string(ParserSink& sink);
  std::string header_bytes() const;
  bool in_string() const {
    return state_ == State::osc || state_ == State::dcs || state_ == State::apc || state_ == State::ignored;
  }
  void mark(const Byte* next) { consumed_ = chunk_consumed_ + static_cast<std::uint64_t>(next - chunk_); }

  State state_ = State::ground;
  State interrupted_ = State::ground;  // the string that an ESC may end
  bool overflow_ = false;              // the string is too long or malformed: it ends without effect
  bool last_c2_ = false;               // the string's last byte may begin a C1 character
  bool too_many_intermediates_ = false;
  Byte utf8_need_ = 0;  // continuation bytes still to come
  Byte utf8_have_ = 0;
  Byte utf8_low_ = 0x80;  // range of the next continuation byte
  Byte utf8_high_ = 0xbf;
  Byte utf8_bytes_[4] = {0, 0, 0, 0};
  char32_t utf8_value_ = 0;
  Sequence sequence_;
  std::string data_;
  std::uint64_t consumed_ = 0;
  std::uint64_t sequence_begin_ = 0;
  const Byte* chunk_ = nullptr;  // what feed() was given, and consumed_ at its beginning
  std::uint64_t chunk_consumed_ = 0;
};

}  // namespace duotty::term
