// Text with SGR into rows of a width.
#include <duotty/term/insert.hpp>
#include <duotty/term/render.hpp>
#include <duotty/term/width.hpp>

#include <algorithm>
#include <duotty/base/text.hpp>

#include "dispatch.hpp"
#include "parser.hpp"

namespace duotty::term {
namespace {

class Wrapper final : public ParserSink {
 public:
  explicit Wrapper(int cols) : cols_(std::max(1, cols)) {}

  std::vector<std::string> finish() {
    if (!row_.empty()) end_row(row_.size());
    return std::move(rows_);
  }

  void print_ascii(const char* text, std::size_t count) override {
    for (std::size_t i = 0; i < count; ++i) add(static_cast<unsigned char>(text[i]), 1);
  }
  void print(const char32_t* text, std::size_t count) override {
    for (std::size_t i = 0; i < count; ++i) {
      const int cells = width(text[i]);
      if (cells == 0) {
        if (!row_.empty()) base::append_utf8(row_.back().text, text[i]);
      } else {
        add(text[i], cells);
      }
    }
  }
  void execute(unsigned char control) override {
    if (control == '\n') {
      if (!broken_) end_row(row_.size());
      broken_ = false;
    } else if (control == '\t') {
      do {
        add(' ', 1);
      } while (used_ % 8 != 0 && used_ < cols_);
    }
  }
  void esc(const Sequence&) override {}
  void csi(const Sequence& sequence) override {
    if (sequence.final == 'm' && sequence.leader == 0 && !sequence.has_intermediate()) apply_sgr(pen_, sequence.params);
  }
  void osc(std::string_view) override {}
  void dcs(const Sequence&, std::string_view) override {}

 private:
  struct Glyph {
    std::string text;
    int cells;
    Style style;
  };

  void add(char32_t scalar, int cells) {
    if (cells > cols_) return;
    if (used_ + cells > cols_) {
      if (scalar == ' ') {
        // The blank that did not fit is the break.
        end_row(row_.size());
        broken_ = true;
        return;
      }
      const auto blank = std::find_if(row_.rbegin(), row_.rend(), [](const Glyph& glyph) { return glyph.text == " "; });
      const auto at = static_cast<std::size_t>(row_.rend() - blank);
      const bool only_indent = std::all_of(row_.begin(), row_.begin() + static_cast<std::ptrdiff_t>(at),
                                           [](const Glyph& glyph) { return glyph.text == " "; });
      end_row(at == 0 || only_indent ? row_.size() : at);
    }
    Glyph glyph{{}, cells, pen_.style};
    base::append_utf8(glyph.text, scalar);
    row_.push_back(std::move(glyph));
    used_ += cells;
    broken_ = false;
  }

  /// Writes the first `count` glyphs as a row; the rest begins the next.
  void end_row(std::size_t count) {
    std::string out;
    Style style;
    for (std::size_t i = 0; i < count; ++i) {
      if (row_[i].style != style) {
        style = row_[i].style;
        const std::string codes = sgr_parameters(style);
        out += codes.empty() ? "\x1b[m" : "\x1b[0;" + codes + "m";
      }
      out += row_[i].text;
    }
    if (style != Style{}) out += "\x1b[m";
    rows_.push_back(std::move(out));
    row_.erase(row_.begin(), row_.begin() + static_cast<std::ptrdiff_t>(count));
    used_ = 0;
    for (const Glyph& glyph : row_) used_ += glyph.cells;
  }

  int cols_;
  int used_ = 0;
  bool broken_ = false;  // a row has just ended at a blank, so a newline adds none
  Pen pen_;
  std::vector<Glyph> row_;
  std::vector<std::string> rows_;
};

}  // namespace

std::vector<std::string> wrap_lines(std::string_view text, int cols) {
  Wrapper wrapper(cols);
  Parser parser;
  parser.feed(text, wrapper);
  return wrapper.finish();
}

}  // namespace duotty::term
