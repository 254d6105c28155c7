#pragma once
// Tables whose header says where each column begins.
#include <string_view>
#include <utility>
#include <vector>

#include "line_words.hpp"

namespace duotty::digest {

class Columns {
 public:
  explicit Columns(std::string_view header) {
    for (const std::string_view cell : cells_of(header))
      columns_.emplace_back(cell, static_cast<std::size_t>(cell.data() - header.data()));
  }
  std::size_t size() const noexcept { return columns_.size(); }
  bool has(std::string_view name) const {
    for (const auto& [each, at] : columns_)
      if (each == name) return true;
    return false;
  }
  /// The cell of a row under the column's name; empty when the row is too short. Rows are cut by bytes, as the programs
  /// pad them, which holds for ASCII cells.
  std::string_view cell(std::string_view row, std::string_view name) const {
    for (std::size_t n = 0; n < columns_.size(); ++n) {
      if (columns_[n].first != name) continue;
      const std::size_t begin = columns_[n].second;
      if (begin >= row.size()) return {};
      const std::size_t end = n + 1 < columns_.size() ? columns_[n + 1].second : row.size();
      return trimmed(row.substr(begin, end - begin));
    }
    return {};
  }

 private:
  std::vector<std::pair<std::string_view, std::size_t>> columns_;
};

}  // namespace duotty::digest
