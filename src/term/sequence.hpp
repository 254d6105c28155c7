#pragma once
// A control sequence as the parser hands it on: introducer already known, meaning not yet.
#include <algorithm>
#include <array>
#include <cstdint>
#include <duotty/term/types.hpp>
#include <string>

namespace duotty::term {

/// Parameters in order. One that was left empty is -1. A sub-parameter follows its parameter after a colon.
class Params {
 public:
  static constexpr int limit = 65535;  // larger numbers count as this

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  /// The parameter, or `missing` when it is absent or empty.
  int get(std::size_t i, int missing) const { return i < size_ && values_[i] >= 0 ? values_[i] : missing; }
  /// The same with 0 taken for 1: counts and positions.
  int count(std::size_t i) const { return std::max(1, get(i, 1)); }
  /// True when parameter i follows a colon.
  bool is_sub(std::size_t i) const { return i < size_ && (subs_ >> i & 1) != 0; }

  /// Nothing, or a single 0.
  bool is_zero() const { return size_ == 0 || (size_ == 1 && values_[0] <= 0); }
  bool has_subs() const { return subs_ != 0; }
  /// Forgets every sub-parameter, and with them what they qualified is left as if it stood alone.
  void drop_subs() {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < size_; ++i) {
      if (!is_sub(i)) values_[kept++] = values_[i];
    }
    size_ = kept;
    subs_ = 0;
  }

  void clear() {
    size_ = 0;
    subs_ = 0;
    full_ = false;
  }
  /// For who fills it at once: max_params values, -1 for an empty one, then their number and a bit for each
  /// sub-parameter.
  int* values() { return values_.data(); }
  void finish(std::size_t size, std::uint32_t subs) {
    size_ = size;
    subs_ = subs;
    full_ = false;
  }
  void digit(int value) {
    if (full_) return;
    if (size_ == 0) start(false);
    int& last = values_[size_ - 1];
    last = std::min(limit, std::max(last, 0) * 10 + value);
  }
  /// `;` or `:`.
  void separator(bool sub) {
    if (size_ == 0) start(false);
    start(sub);
  }
  /// More than max_params were sent; those beyond are lost.
  bool full() const { return full_; }
  /// The text that was parsed, in its shortest form.
  std::string bytes() const {
    std::string out;
    for (std::size_t i = 0; i < size_; ++i) {
      if (i != 0) out.push_back(is_sub(i) ? ':' : ';');
      if (values_[i] >= 0) out += std::to_string(values_[i]);
    }
    if (full_) out.push_back(';');
    return out;
  }

 private:
  void start(bool sub) {
    if (size_ == max_params) {
      full_ = true;
      return;
    }
    subs_ = sub ? subs_ | 1u << size_ : subs_ & ~(1u << size_);
    values_[size_++] = -1;
  }

  std::array<int, max_params> values_{};
  std::size_t size_ = 0;
  std::uint32_t subs_ = 0;
  bool full_ = false;
};
static_assert(max_params <= 32, "subs_ has one bit a parameter");

/// ESC, CSI or DCS with its final character.
struct Sequence {
  char leader = 0;  ///< `<`, `=`, `>` or `?`, else 0
  char intermediates[2] = {0, 0};
  char final = 0;
  Params params;

  bool has_intermediate() const { return intermediates[0] != 0; }
};

}  // namespace duotty::term
