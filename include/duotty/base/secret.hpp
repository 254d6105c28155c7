#pragma once
// A text that must never be printed: keys, tokens, passwords.
#include <string>
#include <string_view>
#include <utility>

namespace duotty::base {

/// Holds a secret and wipes it when it goes. It has no stream operator, no formatter and no conversion, so that
/// printing one does not compile; `reveal()` marks each place that really needs the bytes.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { other.wipe(); }
  Secret& operator=(const Secret& other) {
    if (this != &other) {
      wipe();
      text_ = other.text_;
    }
    return *this;
  }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      wipe();
      text_ = std::move(other.text_);
      other.wipe();
    }
    return *this;
  }
  ~Secret() { wipe(); }

  /// The bytes themselves; valid while this object lives and is not assigned to.
  std::string_view reveal() const noexcept { return text_; }
  bool empty() const noexcept { return text_.empty(); }

 private:
  void wipe() noexcept {
    volatile char* byte = text_.data();
    for (std::size_t i = 0; i < text_.size(); ++i) byte[i] = 0;
    text_.clear();
  }
  std::string text_;
};

}  // namespace duotty::base
