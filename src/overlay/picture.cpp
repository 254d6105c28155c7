#include <algorithm>
#include <duotty/base/scalars.hpp>
#include <duotty/overlay/cells.hpp>
#include <duotty/overlay/picture.hpp>
#include <duotty/term/width.hpp>
#include <utility>

namespace duotty::overlay {
namespace {

bool is_set(const Cell& cell) {
  return cell.width != 1 || !cell.text.empty();
}

class Canvas {
 public:
  Canvas(int width, int height) : width_(width), height_(height) {}

  void put(int row, int& col, std::string_view bytes, int cells, const term::Style& style) {
    if (row >= height_) return;
    auto& line = at(row);
    if (cells == 0) {
      // A mark belongs to the character before it.
      const int before = std::min(col, width_) - 1;
      if (before < 0 || before >= static_cast<int>(line.size())) return;
      auto* cell = &line[static_cast<std::size_t>(before)];
      if (cell->width == 0 && before > 0) --cell;
      if (is_set(*cell) && cell->text.size() < 64) cell->text += bytes;
      return;
    }
    if (col >= 0 && col + cells <= width_) {
      if (static_cast<int>(line.size()) < col + cells) line.resize(static_cast<std::size_t>(col + cells));
      put_cell(line, col, bytes, cells, style);
    }
    col += cells;
  }

  std::vector<PictureRow> runs() const {
    std::vector<PictureRow> out;
    for (const auto& line : rows_) out.push_back(runs_of(line));
    while (!out.empty() && out.back().empty()) out.pop_back();
    return out;
  }

 private:
  CellRow& at(int row) {
    if (static_cast<int>(rows_.size()) <= row) rows_.resize(static_cast<std::size_t>(row + 1));
    return rows_[static_cast<std::size_t>(row)];
  }

  static PictureRow runs_of(const CellRow& line) {
    PictureRow out;
    bool joins = false;
    for (std::size_t col = 0; col < line.size(); ++col) {
      const Cell& cell = line[col];
      if (!is_set(cell) || cell.width == 0) continue;
      const int at = static_cast<int>(col);
      const bool narrow = cell.width == 1;
      if (joins && narrow && out.back().col + out.back().cells == at && out.back().style == cell.style) {
        out.back().text += cell.text;
        out.back().cells += 1;
      } else {
        out.push_back({at, cell.width, cell.text, cell.style});
      }
      joins = narrow;
    }
    return out;
  }

  int width_;
  int height_;
  std::vector<CellRow> rows_;
};

/// Calls `visit(bytes, cells)` for every character; line ends have -1 cells.
template <class Visit>
void each_character(std::string_view text, Visit visit) {
  for (std::size_t at = 0; at < text.size();) {
    const base::Scalar scalar = base::scalar_at(text, at);
    visit(text.substr(at, scalar.size), scalar.value == '\n' ? -1 : term::width(scalar.value));
    at += scalar.size;
  }
}

}  // namespace

Extent extent_of(const std::vector<Span>& spans) {
  Extent extent{0, 1};
  int col = 0;
  for (const Span& span : spans) {
    each_character(span.text, [&](std::string_view, int cells) {
      if (cells < 0) {
        ++extent.rows;
        col = 0;
      } else {
        col += cells;
        extent.cols = std::max(extent.cols, col);
      }
    });
  }
  return extent;
}

std::vector<PictureRow> picture(const Element& element, int width) {
  Canvas canvas(std::min(width, kMaxExtent), element.height);
  int row = 0;
  int col = 0;
  const auto on = [&](term::Style style) {
    if (style.background.is_default()) style.background = element.background;
    return style;
  };
  for (const Span& span : element.spans) {
    const term::Style style = on(span.style);
    each_character(span.text, [&](std::string_view bytes, int cells) {
      if (cells < 0) {
        ++row;
        col = 0;
      } else {
        canvas.put(row, col, bytes, cells, style);
      }
    });
  }
  for (const Write& write : element.writes) {
    const term::Style style = on(write.style);
    int at = write.col;
    each_character(write.text, [&](std::string_view bytes, int cells) {
      if (cells >= 0) canvas.put(write.row, at, bytes, cells, style);
    });
  }
  return canvas.runs();
}

}  // namespace duotty::overlay
