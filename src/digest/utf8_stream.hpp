#pragma once
// Makes a stream of bytes valid UTF-8: malformed sequences become U+FFFD, a character cut by a chunk is joined.
#include <duotty/base/text.hpp>
#include <string>
#include <string_view>

namespace duotty::digest {

class Utf8Stream {
 public:
  void feed(std::string_view bytes, std::string& out) {
    if (!held_.empty()) {
      held_ += bytes;
      const std::string whole = std::move(held_);
      held_.clear();
      return feed(whole, out);
    }
    const std::size_t tail = base::incomplete_utf8_tail(bytes);
    const std::string_view whole = bytes.substr(0, bytes.size() - tail);
    if (base::is_utf8(whole)) {
      out += whole;
    } else {
      out += base::to_valid_utf8(whole);
    }
    held_ = bytes.substr(bytes.size() - tail);
  }
  /// Something other than text follows: an unfinished character is malformed.
  void finish(std::string& out) {
    if (!held_.empty()) out += base::to_valid_utf8(held_);
    held_.clear();
  }

 private:
  std::string held_;
};

}  // namespace duotty::digest
