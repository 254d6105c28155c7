#pragma once
// The parser's hot path: text, controls and whole CSI sequences, compiled for the sink that takes them, so that nothing
// in it is a virtual call. Everything else, and everything that is cut off, goes through the state machine byte by
// byte.
#include <array>
#include <bit>
#include <cstring>

#include "parser.hpp"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace duotty::term {

/// First byte in [at, end) that is not printable ASCII.
inline const unsigned char* skip_printable(const unsigned char* at, const unsigned char* end) {
#ifdef __SSE2__
  // Signed comparison: bytes from 0x80 are negative and fail the first one.
  const __m128i low = _mm_set1_epi8(0x1f);
  const __m128i del = _mm_set1_epi8(0x7f);
  for (; end - at >= 16; at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i good = _mm_andnot_si128(_mm_cmpeq_epi8(bytes, del), _mm_cmpgt_epi8(bytes, low));
    const unsigned bad = ~static_cast<unsigned>(_mm_movemask_epi8(good)) & 0xffffu;
    if (bad != 0) return at + __builtin_ctz(bad);
  }
#endif
  while (at != end && *at >= 0x20 && *at < 0x7f) ++at;
  return at;
}

/// Decodes characters of three bytes, which most of the world's writing consists of, up to `most`; stops before any
/// other. Returns how many.
inline std::size_t decode_three(const unsigned char*& at, const unsigned char* end, char32_t* out, std::size_t most) {
  std::size_t count = 0;
  for (; end - at >= 4 && count < most; at += 3) {
    std::uint32_t bytes = 0;
    std::memcpy(&bytes, at, sizeof bytes);
    if constexpr (std::endian::native == std::endian::big) bytes = __builtin_bswap32(bytes);
    if ((bytes & 0xc0c0f0) != 0x8080e0) break;
    const char32_t value = (bytes & 0x0f) << 12 | (bytes >> 2 & 0xfc0) | (bytes >> 16 & 0x3f);
    if (value < 0x800 || (value >= 0xd800 && value < 0xe000)) break;
    out[count++] = value;
  }
  return count;
}

/// Decodes one whole character of two bytes or more; 0 when it is malformed, cut off or a C1 control.
inline char32_t decode_utf8(const unsigned char*& at, const unsigned char* end) {
  const unsigned char lead = at[0];
  const auto tail = [&](int i) { return (at[i] & 0xc0) == 0x80; };
  if (lead >= 0xe0 && lead <= 0xef && end - at >= 3 && tail(1) && tail(2) && (lead != 0xe0 || at[1] >= 0xa0) &&
      (lead != 0xed || at[1] < 0xa0)) {
    const char32_t value = (lead & 0x0fu) << 12 | (at[1] & 0x3fu) << 6 | (at[2] & 0x3fu);
    at += 3;
    return value;
  }
  if (lead >= 0xc2 && lead <= 0xdf && end - at >= 2 && tail(1) && (lead != 0xc2 || at[1] >= 0xa0)) {
    const char32_t value = (lead & 0x1fu) << 6 | (at[1] & 0x3fu);
    at += 2;
    return value;
  }
  if (lead >= 0xf0 && lead <= 0xf3 && end - at >= 4 && tail(1) && tail(2) && tail(3) &&
      (lead != 0xf0 || at[1] >= 0x90)) {
    const char32_t value = (lead & 0x07u) << 18 | (at[1] & 0x3fu) << 12 | (at[2] & 0x3fu) << 6 | (at[3] & 0x3fu);
    at += 4;
    return value;
  }
  return 0;
}

/// Bit i of the answer: byte i of the 16 at `at` is no digit.
inline std::uint32_t find_separators(const unsigned char* at) {
#ifdef __SSE2__
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const __m128i values = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
  const __m128i digits = _mm_cmpeq_epi8(_mm_min_epu8(values, _mm_set1_epi8(9)), values);
  return ~static_cast<std::uint32_t>(_mm_movemask_epi8(digits)) & 0xffffu;
#else
  std::uint32_t found = 0;
  for (unsigned i = 0; i < 16; ++i) found |= static_cast<std::uint32_t>(static_cast<unsigned>(at[i] - '0') > 9) << i;
  return found;
#endif
}

/// The number in `length` digits, at most three; four bytes are read.
inline int read_number(const unsigned char* at, unsigned length) {
  std::uint32_t bytes = 0;
  std::memcpy(&bytes, at, sizeof bytes);
  if constexpr (std::endian::native == std::endian::big) bytes = __builtin_bswap32(bytes);
  const auto digits = static_cast<std::uint32_t>(std::uint64_t{bytes ^ 0x30303030u} << (32 - 8 * length));
  return static_cast<int>((digits >> 24) + (digits >> 16 & 0xff) * 10 + (digits >> 8 & 0xff) * 100);
}

/// A CSI sequence at `at` without anything unusual in it: its parameters, and where the rest of it begins. Null for any
/// other. How many digits a number has cannot be predicted, so they are looked at together; 64 bytes may be read.
inline const unsigned char* read_parameters(const unsigned char* at, Params& params) {
  int* const values = params.values();
  const unsigned char* const last = at + 32;
  std::size_t size = 0;
  std::uint32_t subs = 0;
  bool more = false;
  do {
    unsigned begin = 0;
    for (std::uint32_t separators = find_separators(at); separators != 0; separators &= separators - 1) {
      const auto end = static_cast<unsigned>(__builtin_ctz(separators));
      const unsigned length = end - begin;
      const unsigned char separator = at[end];
      const bool goes_on = separator == ';' || separator == ':';
      if (length > 3 || size + 1 == max_params) return nullptr;
      values[size] = length != 0 ? read_number(at + begin, length) : -1;
      size += length != 0 || more || goes_on ? 1 : 0;
      if (!goes_on) {
        params.finish(size, subs);
        return at + end;
      }
      more = true;
      subs |= static_cast<std::uint32_t>(separator == ':') << size;
      begin = end + 1;
    }
    if (begin == 0) return nullptr;
    at += begin;
  } while (at < last);
  return nullptr;
}

/// More than is looked at of a whole CSI sequence, so that the end needs no care.
inline constexpr std::ptrdiff_t whole_csi_bytes = 64;

/// A whole CSI sequence at `at` that is carried out here, or null with nothing changed that introduce() does not set.
template <class Sink>
const unsigned char* Parser::whole_csi(const Byte* at, const Byte* end, Sink& sink) {
  if (end - at < whole_csi_bytes || at[1] != '[') return nullptr;
  const bool has_leader = at[2] >= '<' && at[2] <= '?';
  const Byte* p = read_parameters(at + (has_leader ? 3 : 2), sequence_.params);
  if (p == nullptr) return nullptr;
  const Byte final = *p++;
  if constexpr (requires { sink.frequent_csi(' ', sequence_.params); }) {
    if (!has_leader && sink.frequent_csi(static_cast<char>(final), sequence_.params)) return p;
  }
  const bool intermediate = final >= 0x20 && final < 0x30;
  sequence_.leader = has_leader ? static_cast<char>(at[2]) : '\0';
  sequence_.intermediates[0] = intermediate ? static_cast<char>(final) : '\0';
  sequence_.intermediates[1] = 0;
  sequence_.final = static_cast<char>(intermediate ? *p++ : final);
  if (sequence_.final < 0x40 || sequence_.final > 0x7e) return nullptr;
  sequence_begin_ = chunk_consumed_ + static_cast<std::uint64_t>(at - chunk_);
  mark(p);
  sink.csi(sequence_);
  return p;
}

template <class Sink>
void Parser::run(std::string_view bytes, Sink& sink) {
  const Byte* at = reinterpret_cast<const Byte*>(bytes.data());
  const Byte* const end = at + bytes.size();
  chunk_ = at;
  chunk_consumed_ = consumed_;
  while (at != end) {
    if (state_ == State::ground && utf8_need_ == 0) {
      at = ground(at, end, sink);
    } else if (in_string()) {
      at = string(at, end, sink);
    } else {
      mark(at + 1);
      if (step(*at, sink)) ++at;
    }
  }
  mark(end);
  chunk_ = nullptr;
}

template <class Sink>
const unsigned char* Parser::ground(const Byte* at, const Byte* end, Sink& sink) {
  while (at != end) {
    const Byte byte = *at;
    if (byte >= 0x80) {
      at = text(at, end, sink);
      if (state_ != State::ground || utf8_need_ != 0) return at;
    } else if (byte >= 0x20 && byte != 0x7f) {
      const Byte* const stop = skip_printable(at + 1, end);
      if constexpr (requires { sink.takes_lines(); }) {
        // Fewer would not be worth the trouble.
        constexpr std::ptrdiff_t enough = 256;
        if (end - stop >= enough && stop[0] == '\r' && stop[1] == '\n' && sink.takes_lines()) {
          at = sink.print_lines(at, stop, end);
          continue;
        }
      }
      const auto count = static_cast<std::size_t>(stop - at);
      const auto* const first = reinterpret_cast<const char*>(at);
      if constexpr (requires { sink.print_ascii(first, count, count); }) {
        sink.print_ascii(first, count, static_cast<std::size_t>(end - at));
      } else {
        sink.print_ascii(first, count);
      }
      at = stop;
    } else if (byte == 0x1b) {
      if constexpr (requires { sink.recall_sgr(at); }) {
        if (end - at >= whole_csi_bytes && at[1] == '[') {
          if (const Byte* const next = sink.recall_sgr(at + 2)) {
            at = next;
            continue;
          }
        }
      }
      if (const Byte* const next = whole_csi(at, end, sink)) {
        at = next;
        continue;
      }
      mark(++at);
      introduce(0x1b, 1, sink);
      return at;
    } else {
      mark(++at);
      if (byte != 0x7f) sink.execute(byte);
    }
  }
  return at;
}

template <class Sink>
const unsigned char* Parser::text(const Byte* at, const Byte* end, Sink& sink) {
  std::array<char32_t, 128> buffer;
  std::size_t count = 0;
  while (at != end && *at >= 0x80 && count < buffer.size()) {
    count += decode_three(at, end, buffer.data() + count, buffer.size() - count);
    if (at == end || *at < 0x80 || count == buffer.size()) break;
    const char32_t value = decode_utf8(at, end);
    if (value == 0) break;
    buffer[count++] = value;
  }
  if (count != 0) {
    mark(at);
    sink.print(buffer.data(), count);
    return at;
  }
  mark(at + 1);
  if (!start_utf8(*at)) scalar(0xfffd, sink);
  return at + 1;
}

}  // namespace duotty::term
