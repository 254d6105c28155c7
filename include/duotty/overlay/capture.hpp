#pragma once
// Who gets what people press: a stack of captures, the newest has the keyboard. Pure; it never sees the text.
#include <duotty/overlay/keys.hpp>
#include <optional>

namespace duotty::overlay {

/// One capture.
struct Capture {
  std::string id;
  std::string by;     ///< the caller, for people
  std::string focus;  ///< the element its keys are meant for; may be empty
};

class CaptureStack {
 public:
  static constexpr std::size_t kDepth = 8;
  /// This key, pressed twice with nothing in between, gives the keyboard back to the person.
  static constexpr std::string_view kWayOut = "ctrl+\\";

  bool active() const noexcept { return !stack_.empty(); }
  std::size_t depth() const noexcept { return stack_.size(); }
  /// The one that has the keyboard, or null.
  const Capture* top() const noexcept { return stack_.empty() ? nullptr : &stack_.back(); }
  /// The one of that id, or null.
  const Capture* find(std::string_view id) const noexcept;
  /// False when there are kDepth already.
  bool push(Capture capture);
  /// Takes one away, wherever it stands; false when there is none of that id.
  bool remove(std::string_view id);
  /// Takes all away; their ids, newest first.
  std::vector<std::string> clear();

  /// The element with the focus: of the newest capture, else the one set while nothing was captured. May be empty.
  const std::string& focus() const noexcept { return stack_.empty() ? focus_ : stack_.back().focus; }
  void set_focus(std::string id);
  /// An element is gone: nothing has its focus any more.
  void forget(std::string_view element_id);

  /// Watches the keys of one viewer for the way out; true when it was completed.
  bool leaves(std::string_view viewer, const std::vector<Key>& keys);

 private:
  std::vector<Capture> stack_;
  std::string focus_;
  std::string pressed_by_;  ///< the viewer who has pressed the key once
};

}  // namespace duotty::overlay
