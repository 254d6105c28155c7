#include <duotty/term/terminal.hpp>

#include "parser_run.hpp"
#include "state.hpp"

namespace duotty::term {

Terminal::Terminal(Size size, Host& host, Options options) : state_(std::make_unique<State>(size, host, options)) {}
Terminal::~Terminal() = default;
Terminal::Terminal(Terminal&&) noexcept = default;
Terminal& Terminal::operator=(Terminal&&) noexcept = default;

void Terminal::adopt(std::unique_ptr<State> state) noexcept {
  state_ = std::move(state);
}

void Terminal::feed(std::string_view bytes) {
  state_->parser.run(bytes, *state_);
}
void Terminal::resize(Size size) {
  state_->resize(size);
}
Size Terminal::size() const noexcept {
  return state_->size;
}
std::uint64_t Terminal::bytes_fed() const noexcept {
  return state_->parser.consumed();
}
std::uint64_t Terminal::sequence_begin() const noexcept {
  return state_->parser.sequence_begin();
}
bool Terminal::at_ground() const noexcept {
  return state_->parser.at_ground();
}

Position Terminal::cursor() const noexcept {
  return {state_->cursor_row(), state_->x};
}
bool Terminal::pending_wrap() const noexcept {
  return state_->pending_wrap;
}
bool Terminal::cursor_visible() const noexcept {
  return state_->modes.cursor_visible;
}
CursorShape Terminal::cursor_shape() const noexcept {
  return state_->shape;
}
bool Terminal::alternate_screen() const noexcept {
  return state_->active != &state_->main;
}
const Modes& Terminal::modes() const noexcept {
  return state_->modes;
}
int Terminal::kitty_flags() const noexcept {
  return state_->active->kitty.flags;
}
const std::string& Terminal::title() const noexcept {
  return state_->title;
}
const std::string& Terminal::cwd_uri() const noexcept {
  return state_->cwd;
}
bool Terminal::margins_set() const noexcept {
  return !state_->margins_are_full();
}
const Options& Terminal::options() const noexcept {
  return state_->options;
}

RowId Terminal::top_row() const noexcept {
  return state_->grid().base();
}
RowId Terminal::first_row() const noexcept {
  return alternate_screen() ? top_row() : main_first_row();
}
RowId Terminal::end_row() const noexcept {
  return top_row() + static_cast<RowId>(state_->rows());
}
RowId Terminal::main_top_row() const noexcept {
  return state_->main.grid.base();
}
RowId Terminal::main_first_row() const noexcept {
  return state_->scrollback.begin();
}
RowId Terminal::main_end_row() const noexcept {
  return main_top_row() + static_cast<RowId>(state_->rows());
}
bool Terminal::has_row(RowId row) const noexcept {
  return state_->has_row(row);
}

AnchorId Terminal::add_anchor(Position position) {
  State& s = *state_;
  if (!s.has_row(position.row)) return AnchorId::none;
  if (s.anchors.full()) {
    std::erase_if(s.anchors.entries(), [&](const Anchors::Entry& entry) { return !s.has_row(entry.position.row); });
    s.anchors.refresh();
    if (s.anchors.full()) return AnchorId::none;
  }
  return s.anchors.add(position);
}

std::optional<Position> Terminal::anchor(AnchorId id) const {
  const auto position = state_->anchors.find(id);
  return position && state_->has_row(position->row) ? position : std::nullopt;
}

bool Terminal::move_anchor(AnchorId id, Position position) {
  return state_->has_row(position.row) && state_->anchors.move(id, position);
}

void Terminal::drop_anchor(AnchorId id) {
  state_->anchors.drop(id);
}

void Terminal::shift_anchors(RowId first, std::int64_t delta) {
  state_->anchors.shift(first, first < alternate_row_base ? alternate_row_base : ~RowId{0}, delta);
}

}  // namespace duotty::term
