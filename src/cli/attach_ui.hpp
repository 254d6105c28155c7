#pragma once
// What an attachment writes on the person's terminal: the program's own bytes while there is nothing else to show, and
// a picture composed of screen, overlays and panels while there is. Pure.
#include <duotty/overlay/compose.hpp>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace duotty::cli {

/// Follows the program's screen, so that it can be drawn anew at any time.
class AttachUi {
 public:
  explicit AttachUi(overlay::Area window);
  AttachUi(AttachUi&&) noexcept;
  AttachUi& operator=(AttachUi&&) noexcept;
  ~AttachUi();

  // Each returns what to write; often nothing.
  /// A fresh picture of the program: `first` when the person's own screen has to make room for it.
  std::string snapshot(int cols, int rows, std::string_view bytes, bool first);
  std::string output(std::string_view bytes);
  /// The program's size.
  std::string resize(int cols, int rows);
  /// The frame `ui`; null for one without anything.
  std::string show(const nlohmann::json* frame);
  /// The person's window.
  std::string set_window(overlay::Area window);

  /// Somebody has the keyboard.
  bool captured() const noexcept { return scene_.capture.has_value(); }
  /// Rows of panels above the program's screen.
  int rows_above() const noexcept { return composed_ ? scene_.top_rows : 0; }

 private:
  struct Program;
  std::string draw();
  std::string begin();
  std::string end();

  std::unique_ptr<Program> program_;  ///< null before the first picture
  overlay::Composer composer_;
  overlay::Scene scene_;
  overlay::Area window_;
  bool composed_ = false;
  term::RowId native_ = 0;  ///< rows before it are in the scrollback of the person's terminal
};

}  // namespace duotty::cli
