#include "tables.hpp"

#include <duotty/base/text.hpp>

namespace duotty::term {

void Tables::append_text(std::string& out, Cell cell) const {
  if (cell.is_tail()) return;
  if (!cell.is_cluster()) {
    const std::uint32_t scalar = cell.value();
    if (scalar < 0x80) {
      out.push_back(static_cast<char>(scalar));
    } else {
      base::append_utf8(out, scalar);
    }
    return;
  }
  const Cluster& cluster = clusters[cell.value()];
  base::append_utf8(out, cluster.base);
  for (std::uint32_t i = 0; i < cluster.count; ++i) base::append_utf8(out, cluster.marks[i]);
}

}  // namespace duotty::term
