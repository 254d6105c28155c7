#include "line_editor.hpp"

#include <algorithm>
#include <duotty/base/scalars.hpp>
#include <duotty/base/text.hpp>
#include <duotty/term/width.hpp>
#include <utility>

namespace duotty::digest {
namespace {

/// Columns a line may have: far more than any screen, and a bound on what hostile parameters can allocate.
constexpr std::size_t max_column = 4096;

std::size_t parameter(std::string_view text, std::size_t missing) {
  const auto value = base::parse_u64(text.substr(0, text.find_first_of(";:")));
  return value && *value > 0 ? static_cast<std::size_t>(std::min<std::uint64_t>(*value, max_column)) : missing;
}

}  // namespace

void LineEditor::text(std::string_view bytes) {
  if (returns_ > 0) {
    // A CR that ends no line: the cursor is back at the margin, where it may have been anyway.
    if (edited_ || !pending_.empty()) edit();
    column_ = 0;
    returns_ = 0;
  }
  utf8_.feed(bytes, pending_);
}

/// Puts the text that came since the last movement into cells, in an edited line.
void LineEditor::flush_text() {
  utf8_.finish(pending_);
  if (!edited_) return;
  const std::string text = std::move(pending_);
  pending_.clear();
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '\t') {
      column_ = std::min(max_column, (column_ / 8 + 1) * 8);
      ++at;
      continue;
    }
    if (const std::size_t end = in_cells_ ? at : base::end_of_printable(text, at); end > at) {
      put_ascii(std::string_view(text).substr(at, end - at));
      at = end;
      continue;
    }
    use_cells();
    std::size_t size = 1;
    while (at + size < text.size() && (static_cast<unsigned char>(text[at + size]) & 0xc0) == 0x80) ++size;
    const std::string_view character = std::string_view(text).substr(at, size);
    put(character, term::width(base::scalar_at(character, 0).value));
    at += size;
  }
}

void LineEditor::put_ascii(std::string_view text) {
  if (column_ + text.size() > max_column) {
    overflowed_ = true;
    text = text.substr(0, max_column - std::min(max_column, column_));
  }
  if (text.empty()) return;
  if (row_.size() < column_ + text.size()) row_.resize(column_ + text.size());
  row_.replace(column_, text.size(), text);
  column_ += text.size();
}

void LineEditor::use_cells() {
  if (std::exchange(in_cells_, true)) return;
  cells_.clear();
  for (const char byte : row_) cells_.push_back({byte == 0 ? std::string() : std::string(1, byte), false});
}

void LineEditor::clear_cell(std::size_t column) {
  if (!in_cells_) {
    if (column < row_.size()) row_[column] = 0;
    return;
  }
  if (column >= cells_.size()) return;
  if (cells_[column].wide_tail && column > 0) cells_[column - 1].text = " ";
  if (column + 1 < cells_.size() && cells_[column + 1].wide_tail) cells_[column + 1] = Cell{" ", false};
  cells_[column] = Cell{};
}

void LineEditor::put(std::string_view character, int width) {
  if (width == 0) {
    const std::size_t base = std::min(column_, cells_.size());
    if (base > 0) cells_[base - (cells_[base - 1].wide_tail && base > 1 ? 2 : 1)].text += character;
    return;
  }
  const auto columns = static_cast<std::size_t>(width);
  if (column_ + columns > max_column) {
    overflowed_ = true;
    return;
  }
  if (cells_.size() < column_ + columns) cells_.resize(column_ + columns);
  for (std::size_t i = 0; i < columns; ++i) clear_cell(column_ + i);
  cells_[column_].text = character;
  if (columns == 2) cells_[column_ + 1].wide_tail = true;
  column_ += columns;
}

/// The line turns out to be edited: what came so far goes into cells.
void LineEditor::edit() {
  edited_ = true;
  flush_text();
  if (column_ > cols_) overflowed_ = true;
}

void LineEditor::move_to(std::size_t column) {
  column_ = std::min({column, max_column - 1, cols_ - 1});
}

void LineEditor::control(char byte) {
  if (byte == '\r') {
    flush_text();
    ++returns_;
  } else if (byte == '\n') {
    end_line(true);
  } else if (byte == '\b') {
    edit();
    if (returns_ > 0) column_ = 0;
    returns_ = 0;
    move_to(column_ > 0 ? column_ - 1 : 0);
  } else if (byte == '\t') {
    if (returns_ > 0) {
      edit();
      column_ = 0;
      returns_ = 0;
    }
    flush_text();
    pending_ += '\t';
  }
}

void LineEditor::erase(std::string_view parameters) {
  const std::size_t mode = parameter(parameters, 0);
  const std::size_t from = mode == 0 ? column_ : 0;
  const std::size_t to = mode == 1 ? std::min(column_ + 1, columns()) : columns();
  for (std::size_t i = from; i < to; ++i) clear_cell(i);
}

void LineEditor::csi(const Csi& sequence) {
  flush_text();
  if (sequence.intermediate != 0 || std::string_view("KCDG`a@PX").find(sequence.final) == std::string_view::npos)
    return;
  edit();
  if (returns_ > 0) column_ = 0;
  returns_ = 0;
  const std::size_t count = parameter(sequence.parameters, 1);
  switch (sequence.final) {
    case 'K':
      erase(sequence.parameters);
      break;
    case 'C':
    case 'a':
      move_to(column_ + count);
      break;
    case 'D':
      move_to(column_ > count ? column_ - count : 0);
      break;
    case 'G':
    case '`':
      move_to(count - 1);
      break;
    case '@':
      use_cells();
      if (column_ < cells_.size()) cells_.insert(cells_.begin() + static_cast<std::ptrdiff_t>(column_), count, Cell{});
      if (cells_.size() > max_column) cells_.resize(max_column);
      break;
    case 'P': {
      use_cells();
      const std::size_t end = std::min(cells_.size(), column_ + count);
      for (std::size_t i = column_; i < end; ++i) clear_cell(i);
      if (column_ < end)
        cells_.erase(cells_.begin() + static_cast<std::ptrdiff_t>(column_),
                     cells_.begin() + static_cast<std::ptrdiff_t>(end));
      break;
    }
    default:
      for (std::size_t i = 0; i < count; ++i) clear_cell(column_ + i);
      break;
  }
}

void LineEditor::end_line(bool newline) {
  flush_text();
  if (edited_) {
    std::string line;
    if (!in_cells_) {
      line = std::move(row_);
      std::replace(line.begin(), line.end(), '\0', ' ');
    }
    for (const Cell& cell : cells_) line += cell.wide_tail ? "" : cell.text.empty() ? " " : cell.text.c_str();
    line.erase(line.find_last_not_of(' ') + 1);
    out_ += line;
  } else {
    out_ += pending_;
    // CR CR LF: the program itself wrote the first.
    if (newline && returns_ > 1 && keep_returns_) out_.append(returns_ - 1, '\r');
  }
  if (newline) out_ += '\n';
  pending_.clear();
  row_.clear();
  cells_.clear();
  column_ = returns_ = 0;
  edited_ = in_cells_ = false;
}

std::string LineEditor::take() {
  end_line(false);
  return std::exchange(out_, {});
}

std::string LineEditor::take_lines() {
  return std::exchange(out_, {});
}

}  // namespace duotty::digest
