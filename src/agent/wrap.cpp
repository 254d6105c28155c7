#include <algorithm>
#include <duotty/agent/wrap.hpp>
#include <duotty/base/scalars.hpp>
#include <duotty/base/text.hpp>
#include <utility>

namespace duotty::agent {

namespace {

constexpr std::string_view answer_marker = "\xE2\x9C\xA6 ";  // ✦
constexpr std::string_view narrow_marker = "> ";             // where that takes two columns
constexpr int answer_indent = 2;
constexpr int least_cols_for_indent = 12;
constexpr std::size_t code_indent = 4;
constexpr std::size_t longest_head = 16;  ///< of a line whose kind is not decided

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_word(char32_t c) {
  return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z') || (c >= U'0' && c <= U'9') || c == U'_';
}

/// Closing punctuation of CJK text does not begin a row.
bool sticks_to_what_precedes(std::string_view cell) {
  for (const std::string_view mark : {"、", "。", "，", "．", "！", "？", "」", "』", "）", "：", "；", "】"}) {
    if (cell == mark) return true;
  }
  return false;
}

/// How a line begins.
struct LineHead {
  enum class Shape { undecided, prose, heading, code, item };
  Shape shape = Shape::undecided;
  std::size_t indent = 0;  ///< blanks before it
  std::size_t length = 0;  ///< bytes of indent and mark together
  std::string marker;      ///< what stands for the mark of a list item
};

/// `# `, `- `, `12. ` or nothing of that sort.
LineHead read_mark(std::string_view text, std::size_t indent) {
  using Shape = LineHead::Shape;
  const std::string_view rest = text.substr(indent);
  const auto undecided = [&](std::size_t used) { return used >= rest.size() && rest.size() < longest_head; };
  if (rest.front() == '#') {
    const std::size_t level = std::min(rest.find_first_not_of('#'), rest.size());
    if (undecided(level)) return {Shape::undecided, indent, 0, {}};
    if (level < rest.size() && rest[level] == ' ' && level <= 6)
      return {Shape::heading, indent, indent + level + 1, {}};
  } else if (rest.front() == '-' || rest.front() == '*' || rest.front() == '+') {
    if (undecided(1)) return {Shape::undecided, indent, 0, {}};
    if (rest[1] == ' ') return {Shape::item, indent, indent + 2, "\xE2\x80\xA2 "};  // •
  } else if (is_digit(rest.front())) {
    std::size_t digits = 0;
    while (digits < rest.size() && digits < 3 && is_digit(rest[digits])) ++digits;
    if (undecided(digits + 1)) return {Shape::undecided, indent, 0, {}};
    if ((rest[digits] == '.' || rest[digits] == ')') && rest[digits + 1] == ' ') {
      return {Shape::item, indent, indent + digits + 2, std::string(rest.substr(0, digits + 2))};
    }
  }
  return {Shape::prose, indent, 0, {}};
}

LineHead read_head(std::string_view text) {
  using Shape = LineHead::Shape;
  const std::size_t indent = std::min(text.find_first_not_of(' '), text.size());
  if (indent >= code_indent) return {Shape::code, code_indent, code_indent, {}};
  if (indent == text.size()) return {Shape::undecided, indent, 0, {}};
  if (text[indent] == '\t') return {Shape::code, indent, indent + 1, {}};
  return read_mark(text, indent);
}

}  // namespace

AnswerWriter::AnswerWriter(int cols, WidthFunction width) : cols_(std::max(cols, 1)), width_(std::move(width)) {}

void AnswerWriter::resize(int cols) {
  cols_ = std::max(cols, 1);
}

AnswerRows AnswerWriter::feed(std::string_view text) {
  AnswerRows rows;
  wrap(rows);  // the width may have changed
  bytes_ += text;
  const std::size_t whole = bytes_.size() - base::incomplete_utf8_tail(bytes_);
  const std::string ready = base::to_valid_utf8(std::string_view(bytes_).substr(0, whole));
  bytes_.erase(0, whole);
  base::for_each_scalar(ready, [&](char32_t scalar) { take(scalar, rows); });
  if (!row_.empty()) rows.partial = render(row_.size());
  return rows;
}

AnswerRows AnswerWriter::finish() {
  AnswerRows rows;
  wrap(rows);
  if (!std::exchange(bytes_, {}).empty()) take(0xFFFD, rows);
  take(U'\n', rows);
  blank_before_ = false;
  return rows;
}

void AnswerWriter::take(char32_t scalar, AnswerRows& rows) {
  if (scalar == U'\n') return end_line(rows);
  if (kind_ != LineKind::undecided) return take_inline(scalar, rows);
  base::append_utf8(head_, scalar);
  decide_line(rows);
}

void AnswerWriter::decide_line(AnswerRows& rows) {
  using Shape = LineHead::Shape;
  const LineHead head = read_head(head_);
  if (head.shape == Shape::undecided) return;
  const std::string text = std::exchange(head_, {});
  const std::string_view indent = std::string_view(text).substr(0, head.indent);
  std::size_t used = head.length;
  if (head.shape == Shape::code) {
    start_line(LineKind::code, std::string(code_indent, ' '), {}, rows);
  } else if (head.shape == Shape::heading) {
    start_line(LineKind::heading, {}, {}, rows);
  } else {
    start_line(LineKind::prose, indent, head.marker, rows);
    used = std::max(used, head.indent);
  }
  base::for_each_scalar(std::string_view(text).substr(used), [&](char32_t scalar) { take_inline(scalar, rows); });
}

void AnswerWriter::start_line(LineKind kind, std::string_view indent, std::string_view marker, AnswerRows& rows) {
  if (std::exchange(blank_before_, false) && !first_row_) rows.committed.emplace_back();
  kind_ = kind;
  // Deep indents would leave no room for text.
  row_indent_ = std::min(static_cast<int>(indent.size()), cols_ / 4);
  hanging_ = row_indent_;
  base::for_each_scalar(marker, [&](char32_t scalar) { put(scalar, rows); });
  marker_cells_ = row_.size();
  if (marker_cells_ > 0) hanging_ = std::min(row_indent_ + static_cast<int>(marker_cells_), cols_ / 2);
}

void AnswerWriter::take_inline(char32_t scalar, AnswerRows& rows) {
  if (kind_ == LineKind::code) return put(scalar, rows);
  if (run_ != 0 && scalar == static_cast<char32_t>(run_)) {
    ++run_length_;
    return;
  }
  settle_run(scalar, rows);
  if (scalar == U'`' || scalar == U'*') {
    run_ = static_cast<char>(scalar);
    run_length_ = 1;
    before_run_ = last_;
    return;
  }
  put(scalar, rows);
}

/// A run of marks has ended; `next` follows it.
void AnswerWriter::settle_run(char32_t next, AnswerRows& rows) {
  if (run_ == 0) return;
  const char run = std::exchange(run_, char{0});
  const std::size_t length = std::exchange(run_length_, 0);
  if (run == '`') {
    settle_ticks(next, length, rows);
  } else {
    settle_stars(next, length, rows);
  }
}

void AnswerWriter::settle_ticks(char32_t next, std::size_t length, AnswerRows& rows) {
  if (code_ticks_ == length) {
    code_ticks_ = 0;
  } else if (tick_ && tick_->length == length) {
    close_run(*std::exchange(tick_, std::nullopt), Face::code);
  } else if (code_ticks_ == 0 && !tick_ && next != U'\n') {
    tick_ = Opening{row_.size(), length};
    put_run('`', length, rows);
  } else {
    put_run('`', length, rows);
  }
}

void AnswerWriter::settle_stars(char32_t next, std::size_t length, AnswerRows& rows) {
  const bool in_code = tick_ || code_ticks_ > 0;
  const bool blank_after = next == U' ' || next == U'\n' || next == U'\t';
  const bool closes = before_run_ != U' ' && !is_word(next);
  if (in_code || length < 2 || length > 3) {
    put_run('*', length, rows);
  } else if (bold_ && closes) {
    bold_ = false;
  } else if (star_ && star_->length == length && closes) {
    close_run(*std::exchange(star_, std::nullopt), Face::bold);
  } else if (!bold_ && !star_ && !blank_after && !is_word(before_run_)) {
    star_ = Opening{row_.size(), length};
    put_run('*', length, rows);
  } else {
    put_run('*', length, rows);
  }
}

/// The opening run turns from text into style for everything after it.
void AnswerWriter::close_run(Opening opening, Face face) {
  const auto begin = row_.begin() + static_cast<std::ptrdiff_t>(opening.at);
  const auto text = row_.erase(begin, begin + static_cast<std::ptrdiff_t>(opening.length));
  std::for_each(text, row_.end(), [face](Cell& cell) {
    if (cell.face == Face::plain) cell.face = face;
  });
  for (auto* other : {&tick_, &star_}) {
    if (*other && (*other)->at > opening.at) (*other)->at -= opening.length;
  }
}

void AnswerWriter::put_run(char c, std::size_t length, AnswerRows& rows) {
  for (std::size_t i = 0; i < length; ++i) put(static_cast<unsigned char>(c), rows);
}

AnswerWriter::Face AnswerWriter::face() const {
  if (kind_ == LineKind::code) return Face::block;
  if (code_ticks_ > 0) return Face::code;
  return bold_ || kind_ == LineKind::heading ? Face::bold : Face::plain;
}

void AnswerWriter::put(char32_t scalar, AnswerRows& rows) {
  if (scalar == U'\t') {
    const std::size_t stop = (row_.size() / 4 + 1) * 4;
    while (row_.size() < stop && kind_ != LineKind::undecided) {
      row_.push_back({" ", 1, face()});
    }
    last_ = U' ';
    return wrap(rows);
  }
  int width = std::clamp(width_(scalar), 0, 2);
  if (width > limit()) {
    scalar = U'?';  // wider than the whole row
    width = 1;
  }
  if (width == 0) {
    if (!row_.empty() && row_.back().text.size() < 64) base::append_utf8(row_.back().text, scalar);
    return;
  }
  Cell cell{{}, width, face()};
  base::append_utf8(cell.text, scalar);
  row_.push_back(std::move(cell));
  last_ = scalar;
  wrap(rows);
}

int AnswerWriter::limit() const {
  const int indent = cols_ >= least_cols_for_indent ? answer_indent : 0;
  return std::max(cols_ - indent - std::min(row_indent_, cols_ / 2), 1);
}

void AnswerWriter::wrap(AnswerRows& rows) {
  for (;;) {
    int width = 0;
    std::size_t fit = 0;
    while (fit < row_.size() && width + row_[fit].width <= limit()) width += row_[fit++].width;
    if (fit == row_.size()) return;
    const bool code = kind_ == LineKind::code;
    // Blanks may hang over the edge: they vanish when the row is final.
    if (!code && std::all_of(row_.begin() + static_cast<std::ptrdiff_t>(fit), row_.end(),
                             [](const Cell& cell) { return cell.text == " "; })) {
      return;
    }
    if (fit == 0) {
      row_.front() = {"?", 1, row_.front().face};  // wider than the whole row since it was resized
    } else {
      commit(code ? fit : break_at(fit), rows);
    }
  }
}

/// Cells of the row when at most `fit` fit: up to the last blank, or between wide characters, or else all that fit.
std::size_t AnswerWriter::break_at(std::size_t fit) const {
  for (std::size_t at = fit; at > marker_cells_; --at) {
    if (row_[at].text == " " || row_[at - 1].text == " ") return at;
    if ((row_[at].width == 2 || row_[at - 1].width == 2) && !sticks_to_what_precedes(row_[at].text)) return at;
  }
  return fit;
}

/// A row becomes final: runs that it opened are taken at their word, as they can no longer be taken back.
void AnswerWriter::confirm_openings(std::size_t committed) {
  const auto confirm = [&](std::optional<Opening>& opening, Face face) {
    if (!opening || opening->at + opening->length > committed) return std::size_t{0};
    const Opening confirmed = *std::exchange(opening, std::nullopt);
    close_run(confirmed, face);
    return confirmed.length;
  };
  if (confirm(star_, Face::bold) > 0) bold_ = true;
  if (const std::size_t length = confirm(tick_, Face::code); length > 0) code_ticks_ = length;
}

void AnswerWriter::commit(std::size_t cells, AnswerRows& rows) {
  const std::size_t before = row_.size();
  confirm_openings(cells);
  if (row_.size() < before && kind_ != LineKind::undecided) return;  // there is room again: lay out anew
  rows.committed.push_back(render(cells));
  first_row_ = false;
  row_.erase(row_.begin(), row_.begin() + static_cast<std::ptrdiff_t>(cells));
  const auto text = kind_ == LineKind::code
                        ? row_.begin()
                        : std::find_if(row_.begin(), row_.end(), [](const Cell& cell) { return cell.text != " "; });
  const auto dropped = cells + static_cast<std::size_t>(text - row_.begin());
  row_.erase(row_.begin(), text);
  marker_cells_ = 0;
  for (auto* opening : {&tick_, &star_}) {
    if (!*opening) continue;
    if ((*opening)->at < dropped) {
      opening->reset();  // torn by the end of the row: it stays text
    } else {
      (*opening)->at -= dropped;
    }
  }
  row_indent_ = hanging_;
}

void AnswerWriter::end_line(AnswerRows& rows) {
  if (kind_ == LineKind::undecided) {
    if (base::trim(head_).empty()) {
      head_.clear();
      blank_before_ = true;
      return;
    }
    const std::string text = std::exchange(head_, {});
    const std::size_t indent = std::min(text.find_first_not_of(' '), text.size());
    start_line(LineKind::prose, std::string_view(text).substr(0, indent), {}, rows);
    base::for_each_scalar(std::string_view(text).substr(indent), [&](char32_t scalar) { take_inline(scalar, rows); });
  }
  settle_run(U'\n', rows);
  tick_.reset();
  star_.reset();
  rows.committed.push_back(render(row_.size()));
  first_row_ = false;
  reset_line();
}

void AnswerWriter::reset_line() {
  row_.clear();
  kind_ = LineKind::undecided;
  marker_cells_ = 0;
  row_indent_ = 0;
  hanging_ = 0;
  tick_.reset();
  star_.reset();
  code_ticks_ = 0;
  bold_ = false;
  last_ = U'\n';
}

std::string AnswerWriter::render(std::size_t cells) const {
  const auto sgr = [](Face face) -> std::string_view {
    switch (face) {
      case Face::bold:
        return "\x1b[0;1m";
      case Face::code:
        return "\x1b[0;36m";
      case Face::block:
        return "\x1b[0;36m";
      case Face::marker:
        return "\x1b[0;35m";
      case Face::plain:
        break;
    }
    return "\x1b[0;2m";
  };
  while (cells > 0 && row_[cells - 1].text == " ") --cells;
  std::string out;
  Face now = Face::plain;
  if (cols_ >= least_cols_for_indent) {
    if (first_row_) out.append(sgr(Face::marker)).append(width_(0x2726) == 1 ? answer_marker : narrow_marker);
    out.append(sgr(Face::plain));
    if (!first_row_) out.append(static_cast<std::size_t>(answer_indent), ' ');
  } else {
    out.append(sgr(Face::plain));
  }
  out.append(static_cast<std::size_t>(std::min(row_indent_, cols_ / 2)), ' ');
  for (std::size_t i = 0; i < cells; ++i) {
    if (row_[i].face != now) out.append(sgr(now = row_[i].face));
    out += row_[i].text;
  }
  return out + "\x1b[0m";
}

}  // namespace duotty::agent
