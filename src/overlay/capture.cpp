#include <algorithm>
#include <duotty/overlay/capture.hpp>
#include <utility>

namespace duotty::overlay {

bool CaptureStack::push(Capture capture) {
  if (stack_.size() >= kDepth) return false;
  stack_.push_back(std::move(capture));
  pressed_by_.clear();
  return true;
}

const Capture* CaptureStack::find(std::string_view id) const noexcept {
  const auto found = std::find_if(stack_.begin(), stack_.end(), [&](const Capture& one) { return one.id == id; });
  return found == stack_.end() ? nullptr : &*found;
}

bool CaptureStack::remove(std::string_view id) {
  const auto removed = std::erase_if(stack_, [&](const Capture& one) { return one.id == id; });
  pressed_by_.clear();
  if (stack_.empty() && removed > 0) focus_.clear();
  return removed > 0;
}

std::vector<std::string> CaptureStack::clear() {
  std::vector<std::string> ids;
  for (auto one = stack_.rbegin(); one != stack_.rend(); ++one) ids.push_back(one->id);
  stack_.clear();
  focus_.clear();
  pressed_by_.clear();
  return ids;
}

void CaptureStack::set_focus(std::string id) {
  (stack_.empty() ? focus_ : stack_.back().focus) = std::move(id);
}

void CaptureStack::forget(std::string_view element_id) {
  if (focus_ == element_id) focus_.clear();
  for (Capture& one : stack_) {
    if (one.focus == element_id) one.focus.clear();
  }
}

bool CaptureStack::leaves(std::string_view viewer, const std::vector<Key>& keys) {
  for (const Key& key : keys) {
    if (key.name != kWayOut) {
      pressed_by_.clear();
    } else if (pressed_by_ == viewer && !viewer.empty()) {
      pressed_by_.clear();
      return true;
    } else {
      pressed_by_ = viewer;
    }
  }
  return false;
}

}  // namespace duotty::overlay
