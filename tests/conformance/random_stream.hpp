#pragma once
// Terminal output as hostile programs write it: a small grammar over a fixed pseudo-random sequence, so that a failure
// can be repeated from its seed alone.
#include <cstdint>
#include <string>
#include <string_view>

namespace duotty::term::testing {

class RandomStream {
 public:
  explicit RandomStream(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15u + 1) {}

  /// A number in [0, bound).
  int below(int bound) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<int>((state_ >> 11) % static_cast<std::uint64_t>(bound));
  }

  /// The next piece: text, a control, a sequence, or noise.
  std::string next() {
    switch (below(16)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return ascii();
      case 4:
      case 5:
        return wide_text();
      case 6:
        return std::string(1, static_cast<char>(below(0x20)));
      case 7:
        if (below(4) == 0) return lines();
        return std::string(static_cast<std::size_t>(1 + below(3)), "\r\n\b\t\n"[below(5)]);
      case 8:
        return "\x1b[" + numbers(6) + "m";
      case 9:
        return below(3) == 0 ? rectangle() : pick(rare_sequences);
      case 10:
        return "\x1b]" + pick(strings) + (below(2) == 0 ? "\x07" : "\x1b\\");
      case 11:
        return mode();
      case 12:
        return noise();
      default:
        return "\x1b[" + numbers(2) + finals[static_cast<std::size_t>(below(static_cast<int>(finals.size())))];
    }
  }

 private:
  static constexpr std::string_view finals = "@ABCDEFGHIJKLMPSTXZ^`abdefgnHHHCKJm";
  static constexpr std::string_view rare_sequences[] = {
      "\x1b"
      "7",
      "\x1b"
      "8",
      "\x1b"
      "c",
      "\x1b[!p", "\x1b#8", "\x1b(0", "\x1b(B", "\x1b)0", "\x1b*A", "\x1b+4", "\x0e", "\x0f", "\x1bN", "\x1bO", "\x1bn",
      "\x1bo",
      "\x1b"
      "D",
      "\x1b"
      "E",
      "\x1bM", "\x1bH", "\x1b[3g", "\x1b[2;5r", "\x1b[r", "\x1b[?69h\x1b[3;7s", "\x1b[s", "\x1b[u", "\x1b[1\"q",
      "\x1b[0\"q", "\x1b[?J", "\x1b[?1K", "\x1b[3'}", "\x1b[2'~", "\x1b[2 @", "\x1b[ A",
      "\x1b"
      "6",
      "\x1b"
      "9",
      "\x1b[4 q", "\x1b[>1u", "\x1b[<u", "\x1b[=5;2u", "\x1b[22t", "\x1b[23t", "\x1b=", "\x1b>", "\x1b[5b", "\x1b[200b",
      "\x1b[3J",
      "\xc2\x9b"
      "31m",
      "\xc2\x85", "\xc2\x84", "\xc2\x8d",
      "\x1b"
      "D\x1b"
      "D",
      "\x1bP$qm\x1b\\", "\x1bP$q*x\x1b\\", "\x1b[1$w", "\x1b[2$w", "\x1b[?5W", "\x1b_apc\x1b\\",
      "\x1b_Ga=T,s=9,v=9,i=2;AAAA\x1b\\", "\x1b_Ga=t,i=3,m=1;AA\x1b\\", "\x1b_Gm=0;A\x1b\\", "\x1b_Ga=p,i=3\x1b\\",
      "\x1b_Ga=d\x1b\\", "\x1bPq\"1;1;9;9~\x1b\\", "\x1b_Ga=T;AA", "\x1b_", "\x1bXsos\x1b\\", "\x1b[c", "\x1b[>q",
      "\x1b[?u", "\x1b[6n", "\x1bV", "\x1bW", "\x1b[?6;7;25;47;69;1003;1049s", "\x1b[?6;7;25;47;69;1003;1049r",
      // Left half received.
      "\x1b", "\x1b[", "\x1b[3", "\x1b[?2", "\x1b[3 ", "\x1b[1:2", "\x1b[;<", "\x1b]2;x", "\x1bP1$q", "\x1bX",
      "\x1b]2;y\x1b", "\x1b(", "\xe4", "\xe4\xbd", "\xf0\x9f\x98", "\xc2", "\x1b[\xe4", "\x1b]x"};
  static constexpr std::string_view strings[] = {"0;title",
                                                 "2;\xe6\xa0\x87\xe9\xa2\x98",
                                                 "2;",
                                                 "7;file://host/tmp",
                                                 "8;;http://a.b/c",
                                                 "8;id=x;http://d.e",
                                                 "8;;",
                                                 "8;;",
                                                 "4;1;rgb:ff/00/80",
                                                 "104",
                                                 "10;#123456",
                                                 "110",
                                                 "5;1;#abc",
                                                 "105",
                                                 "11;?",
                                                 "133;A",
                                                 "52;c;aGk=",
                                                 "9;4;1;50",
                                                 "777;notify;a;b",
                                                 "1337;x",
                                                 "112"};

  template <std::size_t N>
  std::string pick(const std::string_view (&from)[N]) {
    return std::string(from[static_cast<std::size_t>(below(static_cast<int>(N)))]);
  }

  std::string ascii() {
    std::string out;
    for (int n = 1 + below(below(8) == 0 ? 200 : 12); n > 0; --n) out.push_back(static_cast<char>(0x20 + below(0x5f)));
    return out;
  }

  /// What most programs print: enough at once to go through the screen without being seen.
  std::string lines() {
    std::string out = below(2) == 0 ? "\x1b[99;1H" : "";
    if (below(4) == 0) out += "\x1b[r\x1b[?7h\x1b[4l\x1b(B\x0f\x1b[99;1H\x1b[K";
    for (int n = 1 + below(below(2) == 0 ? 120 : 20); n > 0; --n) {
      const int length = below(4) == 0 ? 0 : below(below(6) == 0 ? 200 : 30);
      for (int i = 0; i < length; ++i) out.push_back(static_cast<char>(0x20 + below(0x5f)));
      out += below(40) == 0 ? "\t\r\n" : "\r\n";
    }
    return out;
  }

  std::string wide_text() {
    static constexpr std::string_view pieces[] = {"\xe4\xbd\xa0",
                                                  "\xe5\xa5\xbd",
                                                  "\xf0\x9f\x98\x80",
                                                  "e\xcc\x81",
                                                  "\xcc\x82",
                                                  "\xe2\x80\x8d",
                                                  "\xc3\xa9",
                                                  "\xef\xb8\x8f",
                                                  "\xe2\x94\x80",
                                                  "\xed\x95\x9c",
                                                  "\xe2\x9d\xa4\xef\xb8\x8f",
                                                  "\xe2\x9d\xa4",
                                                  "\xf0\x9f\x87\xa9",
                                                  "\xf0\x9f\x91\xa9\xe2\x80\x8d",
                                                  "\xe0\xa4\x83",
                                                  "\xf0\x91\xa8\xba",
                                                  "\xe0\xb8\x81\xe0\xb8\xb4"};
    std::string out;
    for (int n = 1 + below(10); n > 0; --n) out += pick(pieces);
    return out;
  }

  /// DECFRA, DECERA, DECSERA, DECCRA, DECCARA, DECRARA, DECSACE.
  std::string rectangle() {
    switch (below(7)) {
      case 0:
        return "\x1b[" + std::to_string(below(260)) + ";" + numbers(4) + "$x";
      case 1:
        return "\x1b[" + numbers(4) + "$z";
      case 2:
        return "\x1b[" + numbers(4) + "${";
      case 3:
        return "\x1b[" + numbers(8) + "$v";
      case 4:
      case 5:
        return "\x1b[" + std::to_string(below(6)) + ";" + std::to_string(below(10)) + ";" + std::to_string(below(8)) +
               ";" + std::to_string(below(12)) + ";" + numbers(4) + (below(2) == 0 ? "$r" : "$t");
      default:
        return "\x1b[" + std::to_string(below(3)) + "*x";
    }
  }

  std::string numbers(int most) {
    std::string out;
    for (int n = below(most + 1); n > 0; --n) {
      if (below(5) != 0) out += std::to_string(below(3) == 0 ? below(110) : below(12));
      if (n > 1) out += below(10) == 0 ? ':' : ';';
    }
    return out;
  }

  std::string mode() {
    static constexpr int numbers_of[] = {1,    5,    6,    6,    7,    7,    12,   25,   45,   47,
                                         66,   69,   1045, 1000, 1002, 1003, 1004, 1006, 1016, 1047,
                                         1048, 1049, 2004, 2026, 2027, 2027, 2027, 2027};
    const bool on = below(2) == 0;
    if (below(5) == 0) return below(2) == 0 ? (on ? "\x1b[4h" : "\x1b[4l") : (on ? "\x1b[20h" : "\x1b[20l");
    return "\x1b[?" + std::to_string(numbers_of[below(28)]) + (on ? "h" : "l");
  }

  std::string noise() {
    std::string out;
    for (int n = 1 + below(4); n > 0; --n) out.push_back(static_cast<char>(below(256)));
    return out;
  }

  std::uint64_t state_;
};

}  // namespace duotty::term::testing
