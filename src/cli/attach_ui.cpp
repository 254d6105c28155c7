#include "attach_ui.hpp"

#include <algorithm>
#include <duotty/base/text.hpp>
#include <duotty/term/snapshot.hpp>
#include <nlohmann/json.hpp>
#include <utility>

#include "attach_screen.hpp"

namespace duotty::cli {
namespace {

/// The person's own screen is left alone meanwhile.
constexpr std::string_view kOther = "\x1b[?1049h\x1b[0m\x1b[H\x1b[2J";

/// What of the program's effects reaches the person while its bytes do not.
struct Effects final : term::Host {
  void bell() override { pending += '\a'; }
  void clipboard_write(std::string_view selection, std::string_view text) override {
    const bool plain = selection.find_first_not_of("cpqs01234567") == std::string_view::npos;
    if (plain) pending += "\x1b]52;" + std::string(selection) + ";" + base::base64_encode(text) + "\x1b\\";
  }
  std::string pending;
};

}  // namespace

struct AttachUi::Program {
  explicit Program(term::Size size) : terminal(size, effects) {}
  Effects effects;
  term::Terminal terminal;
};

AttachUi::AttachUi(overlay::Area window) : window_(window) {}
AttachUi::AttachUi(AttachUi&&) noexcept = default;
AttachUi& AttachUi::operator=(AttachUi&&) noexcept = default;
AttachUi::~AttachUi() = default;

std::string AttachUi::snapshot(int cols, int rows, std::string_view bytes, bool first) {
  program_ = std::make_unique<Program>(term::Size{cols, rows});
  program_->terminal.feed(bytes);
  program_->effects.pending.clear();
  const std::string room = first ? screen::enter(window_.rows) : screen::again();
  composed_ = !scene_.empty();
  composer_.forget();
  const auto& terminal = program_->terminal;
  native_ = first ? terminal.main_first_row() : terminal.main_top_row();
  if (!composed_) return room + std::string(bytes);
  return room + std::string(kOther) + draw();
}

std::string AttachUi::output(std::string_view bytes) {
  if (!program_) return std::string(bytes);
  program_->terminal.feed(bytes);
  std::string effects = std::exchange(program_->effects.pending, {});
  if (!composed_) return std::string(bytes);
  // In the middle of an update there is nothing to see yet.
  if (program_->terminal.modes().synchronized) return effects;
  return effects + draw();
}

std::string AttachUi::resize(int cols, int rows) {
  if (!program_) return {};
  const int before = program_->terminal.size().cols;
  program_->terminal.resize({cols, rows});
  // The rows are numbered anew with another width.
  if (cols != before) native_ = program_->terminal.main_top_row();
  return composed_ ? draw() : std::string();
}

std::string AttachUi::show(const nlohmann::json* frame) {
  overlay::Scene scene = frame != nullptr ? overlay::scene_from_json(*frame) : overlay::Scene{};
  if (scene == scene_) return {};
  scene_ = std::move(scene);
  if (!program_) return {};
  if (scene_.empty()) return composed_ ? end() : std::string();
  return composed_ ? draw() : begin();
}

std::string AttachUi::set_window(overlay::Area window) {
  window_ = window;
  return composed_ && program_ ? draw() : std::string();
}

std::string AttachUi::begin() {
  composed_ = true;
  composer_.forget();
  native_ = program_->terminal.main_top_row();
  return screen::reset() + std::string(kOther) + draw();
}

std::string AttachUi::end() {
  composed_ = false;
  composer_.forget();
  const auto& terminal = program_->terminal;
  const term::RowId top = terminal.main_top_row();
  const term::RowId from = std::clamp(native_, terminal.main_first_row(), top);
  return screen::again() + term::snapshot(terminal, {.scrollback_lines = static_cast<std::size_t>(top - from)});
}

std::string AttachUi::draw() {
  return composer_.draw(program_->terminal, scene_, window_);
}

}  // namespace duotty::cli
