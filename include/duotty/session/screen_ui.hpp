#pragma once
// What programs draw over and around one terminal, and who gets what people press in it: the store, the layout and the
// captures of the `overlay` module, in the life of a session.
#include <deque>
#include <duotty/core/event.hpp>
#include <duotty/core/task.hpp>
#include <duotty/overlay/capture.hpp>
#include <duotty/overlay/layout.hpp>
#include <duotty/overlay/store.hpp>
#include <duotty/session/size_policy.hpp>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::session {

class Session;
class Viewer;

/// Keys of one input frame, for the owner of a capture.
struct CapturedInput {
  std::string bytes;
  std::vector<overlay::Key> keys;
  std::string viewer;  ///< whose keys they are
  std::string focus;   ///< the element that had the focus; may be empty
};

/// One capture as its owner holds it. The owner reads `inputs` and gives it back with ScreenUi::release().
class InputCapture {
 public:
  /// Inputs that wait for the owner, at most: an owner that does not read them loses the keyboard.
  static constexpr std::size_t kMaxWaiting = 1024;

  InputCapture(core::asio::any_io_executor executor, std::string id)
      : id_(std::move(id)), changed_(std::move(executor)) {}
  const std::string& id() const noexcept { return id_; }
  /// Why it has ended: owner, person, password, closed, slow; empty while it is on.
  const std::string& ended() const noexcept { return ended_; }
  std::deque<CapturedInput>& inputs() noexcept { return inputs_; }
  /// Notified of input, of another focus and of the end.
  core::Event& changed() noexcept { return changed_; }

 private:
  friend class ScreenUi;
  std::string id_;
  std::string ended_;
  std::deque<CapturedInput> inputs_;
  core::Event changed_;
};

/// Part of one Session. Loop thread only.
class ScreenUi {
 public:
  /// `file`: where elements are kept for the next worker; empty: nowhere.
  ScreenUi(Session& session, std::string file);
  ScreenUi(const ScreenUi&) = delete;
  ScreenUi& operator=(const ScreenUi&) = delete;
  ~ScreenUi();

  // --- elements -----------------------------------------------------------------------------------------------------
  const overlay::Store& store() const noexcept { return store_; }
  /// Where everything stands now.
  overlay::Layout layout() const;
  /// Makes changes on a copy and keeps them when `change` succeeds; then viewers and the program's size follow.
  base::Result<> change(const std::function<base::Result<>(overlay::Store&)>& change);
  /// The `ui` frame, or nothing when there is nothing to draw.
  std::optional<nlohmann::json> frame() const;

  // --- size ---------------------------------------------------------------------------------------------------------
  /// The window that program and panels share.
  const WindowSize& window() const noexcept { return window_; }
  /// Takes another window; what the program gets of it.
  WindowSize fit(WindowSize window);

  // --- input --------------------------------------------------------------------------------------------------------
  /// Takes the keyboard for `by`; its keys are meant for the element `focus`, which may be empty. Errors: busy_user (a
  /// person has taken control), busy (the program reads a password), limit_reached, gone, not_found and
  /// invalid_params (of `focus`).
  base::Result<std::shared_ptr<InputCapture>> capture(std::string by, std::string focus);
  /// Gives it back; once is enough.
  void release(const std::shared_ptr<InputCapture>& capture);
  /// Ends the captures that `wanted` accepts; how many there were. `why` as in InputCapture::ended().
  std::size_t release_all(std::string_view why, const std::function<bool(const overlay::Capture&)>& wanted = {});
  const overlay::CaptureStack& captures() const noexcept { return captures_; }
  /// Errors: not_found, invalid_params when the element is not focusable. Empty: no focus.
  base::Result<> set_focus(const std::string& id);
  /// A person's keys: true when a capture has taken them.
  bool take(std::string_view bytes, const Viewer& viewer);

  // --- life ---------------------------------------------------------------------------------------------------------
  /// Takes what an earlier worker kept.
  void restore();
  /// The terminal has begun, or something has changed: starts what lets elements expire and keeps the file up to date,
  /// when there is something for it to do.
  void wake();
  /// Writes what is not written yet.
  void save_now();
  /// The terminal is closed or its program has ended.
  void end();

 private:
  core::Task<> run();
  base::Result<> check_focus(const std::string& id) const;
  void changed(bool resize);
  void tell();
  bool reads_password() const;
  std::string record() const;

  Session& session_;
  std::string file_;
  overlay::Store store_;
  overlay::CaptureStack captures_;
  std::vector<std::shared_ptr<InputCapture>> owners_;
  WindowSize window_;
  bool unsaved_ = false;
  bool kept_ = false;     ///< the file is there
  bool running_ = false;  ///< most terminals never have anything that run() would wait for
  core::Event work_;
};

}  // namespace duotty::session
