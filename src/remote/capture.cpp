#include "capture.hpp"

#include <algorithm>

namespace duotty::remote {

void Capture::add(std::string_view bytes) {
  total_ += bytes.size();
  const std::size_t first = std::min(half_ - std::min(half_, head_.size()), bytes.size());
  head_.append(bytes.substr(0, first));
  tail_.append(bytes.substr(first));
  if (tail_.size() > 2 * half_) tail_.erase(0, tail_.size() - half_);
}

std::string Capture::text() const {
  if (omitted() == 0) return head_ + tail_;
  return head_ + "\n[" + std::to_string(omitted()) + " bytes left out]\n" + tail_;
}

}  // namespace duotty::remote
