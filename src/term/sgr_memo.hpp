#pragma once
// What SGR sequences have been found to mean, by their bytes. Programs send the same few again and again, and neither
// how many parameters one has nor what they are can be predicted, so that looking it up is much cheaper than reading.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "sgr_table.hpp"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace duotty::term {

/// The parameters of an SGR sequence as they were sent, behind them zeros.
struct SgrText {
  static constexpr std::size_t limit = 16;
  std::array<std::uint64_t, 2> words{};
  friend bool operator==(const SgrText& a, const SgrText& b) {
    return ((a.words[0] ^ b.words[0]) | (a.words[1] ^ b.words[1])) == 0;
  }
};

/// How many of the 16 bytes at `at` are digits, `:` or `;` before the first that is none.
inline std::size_t parameter_bytes(const unsigned char* at) {
#ifdef __SSE2__
  const __m128i values = _mm_sub_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)), _mm_set1_epi8('0'));
  const __m128i good = _mm_cmpeq_epi8(_mm_min_epu8(values, _mm_set1_epi8(';' - '0')), values);
  return static_cast<std::size_t>(__builtin_ctz(~static_cast<unsigned>(_mm_movemask_epi8(good))));
#else
  std::size_t count = 0;
  while (count < SgrText::limit && at[count] >= '0' && at[count] <= ';') ++count;
  return count;
#endif
}

/// `length` of 1 to 16 bytes of parameters; 16 bytes are read.
inline SgrText sgr_text(const unsigned char* at, std::size_t length) {
  // The window that ends `length` bytes behind the last that is kept.
  static constexpr auto masks = [] {
    std::array<unsigned char, 2 * SgrText::limit> bytes{};
    for (std::size_t i = 0; i < SgrText::limit; ++i) bytes[i] = 0xff;
    return bytes;
  }();
  SgrText text;
  std::array<std::uint64_t, 2> kept;
  std::memcpy(text.words.data(), at, SgrText::limit);
  std::memcpy(kept.data(), masks.data() + SgrText::limit - length, SgrText::limit);
  text.words[0] &= kept[0];
  text.words[1] &= kept[1];
  return text;
}

/// Of every place the two latest. What is not there is read again. It says nothing about any terminal, so all of a
/// thread share one.
class SgrMemo {
 public:
  /// What a text means, or null. Texts are not empty.
  const SgrChange* find(const SgrText& text) const {
    const Place& place = places_[number(text)];
    // Which of the two it is cannot be predicted.
    const std::size_t which = place.texts[0] == text ? 0 : 1;
    return place.texts[which] == text ? &place.changes[which] : nullptr;
  }
  void keep(const SgrText& text, const SgrChange& change) {
    Place& place = places_[number(text)];
    place = {{text, place.texts[0]}, {change, place.changes[0]}};
  }

 private:
  struct Place {
    std::array<SgrText, 2> texts;
    std::array<SgrChange, 2> changes;
  };
  static constexpr unsigned bits = 10;

  static std::size_t number(const SgrText& text) {
    const std::uint64_t sum = text.words[0] * 0x9e3779b97f4a7c15u + text.words[1] * 0xbf58476d1ce4e5b9u;
    return static_cast<std::size_t>(sum >> (64 - bits));
  }

  std::array<Place, std::size_t{1} << bits> places_{};
};

inline constinit thread_local SgrMemo sgr_memo;

}  // namespace duotty::term
