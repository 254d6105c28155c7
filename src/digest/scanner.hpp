#pragma once
// Splits terminal output into runs of text, controls and sequences (ECMA-48), across any chunking, without carrying
// any of it out.
#include <array>
#include <cstdint>
#include <string_view>

namespace duotty::digest {

/// A control sequence. Parameters longer than the scanner keeps are cut.
struct Csi {
  std::string_view parameters;  ///< bytes 0x30 to 0x3F, a private leader (`?`) included
  char intermediate = 0;        ///< last of the bytes 0x20 to 0x2F, or 0
  char final = 0;
};

/// Takes what a Scanner finds, in order. Views live for the call.
class ScanSink {
 public:
  virtual ~ScanSink() = default;
  /// Bytes of 0x20 and above but DEL; not necessarily whole or well-formed UTF-8.
  virtual void text(std::string_view bytes) = 0;
  /// A C0 control but ESC, CAN and SUB; DEL.
  virtual void control(char byte) = 0;
  virtual void csi(const Csi& /*sequence*/) {}
  /// ESC with an optional intermediate and a final byte; also a C1 control as its 7-bit form.
  virtual void escape(char /*intermediate*/, char /*final*/) {}
};

class Scanner {
 public:
  void feed(std::string_view bytes, ScanSink& sink);
  /// The input has ended; unfinished sequences are dropped.
  void finish(ScanSink& sink);

 private:
  enum class State : std::uint8_t { ground, escape, csi, osc, string, string_escape };
  std::size_t take_text(std::string_view bytes, std::size_t at, ScanSink& sink);
  void take_byte(unsigned char byte, ScanSink& sink);
  void take_escape(unsigned char byte, ScanSink& sink);
  void take_csi(unsigned char byte, ScanSink& sink);
  void take_string(unsigned char byte, ScanSink& sink);
  void begin(char final, ScanSink& sink);

  std::array<char, 64> parameters_{};
  std::size_t parameter_count_ = 0;
  char intermediate_ = 0;
  bool c2_ = false;  ///< a held first byte of what may be a C1 control in UTF-8
  bool in_osc_ = false;
  State state_ = State::ground;
};

}  // namespace duotty::digest
