#pragma once
// One-line records of numbers and byte strings, for state that outlives a process: fields separated by one space,
// numbers decimal, strings base64 with `-` for empty.
#include <charconv>
#include <cstdint>
#include <duotty/base/text.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace duotty::exec {

/// Builds a record field by field.
class RecordWriter {
 public:
  explicit RecordWriter(std::string_view tag) : text_(tag) {}
  RecordWriter& number(std::int64_t value) {
    text_ += ' ';
    text_ += std::to_string(value);
    return *this;
  }
  RecordWriter& offset(std::uint64_t value) {
    text_ += ' ';
    text_ += std::to_string(value);
    return *this;
  }
  RecordWriter& bytes(std::string_view value) {
    text_ += ' ';
    text_ += value.empty() ? std::string("-") : base::base64_encode(value);
    return *this;
  }
  RecordWriter& optional_number(const std::optional<int>& value) {
    text_ += ' ';
    text_ += value ? std::to_string(*value) : std::string("-");
    return *this;
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

/// Reads a record in the same order. After any malformed field ok() is false and every value is empty.
class RecordReader {
 public:
  RecordReader(std::string_view tag, std::string_view text) : rest_(text) { ok_ = field() == tag; }

  template <class Number>
  Number number(Number min, Number max) {
    const std::string_view text = field();
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    ok_ = ok_ && error == std::errc{} && end == text.data() + text.size() && value >= min && value <= max;
    return ok_ ? value : Number{};
  }
  std::uint64_t offset() { return number<std::uint64_t>(0, ~std::uint64_t{0}); }
  bool flag() { return number<int>(0, 1) == 1; }
  std::optional<int> optional_number() {
    if (rest_.starts_with("- ") || rest_ == "-") {
      field();
      return std::nullopt;
    }
    return number<int>(-1'000'000, 1'000'000);
  }
  std::string bytes() {
    const std::string_view text = field();
    if (!ok_ || text == "-") return {};
    auto decoded = base::base64_decode(text);
    ok_ = decoded.has_value();
    return ok_ ? std::move(*decoded) : std::string();
  }
  /// True when every field was well-formed and nothing is left.
  bool finished() const { return ok_ && done_; }
  bool ok() const { return ok_; }

 private:
  std::string_view field() {
    if (done_) {
      ok_ = false;
      return {};
    }
    const auto space = rest_.find(' ');
    const std::string_view result = rest_.substr(0, space);
    done_ = space == std::string_view::npos;
    rest_ = done_ ? std::string_view() : rest_.substr(space + 1);
    return result;
  }

  std::string_view rest_;
  bool ok_ = true;
  bool done_ = false;
};

}  // namespace duotty::exec
