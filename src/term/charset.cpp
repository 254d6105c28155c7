#include "charset.hpp"

#include <cstddef>
#include <string_view>

#include "charset_table.hpp"

namespace duotty::term {
namespace {

const National* national(Charset set) noexcept {
  for (const National& entry : nationals) {
    if (entry.finals.find(set) != std::string_view::npos) return &entry;
  }
  return nullptr;
}

}  // namespace

char32_t translate(Charset set, char32_t scalar) noexcept {
  if (set == ascii || scalar < 0x20 || scalar > 0x7e) return scalar;
  if (set == '0' || set == '2') return scalar < 0x5f ? scalar : special_graphics[scalar - 0x5f];
  const National* entry = national(set);
  const std::size_t at = replaced.find(scalar);
  return entry == nullptr || at == std::u32string_view::npos ? scalar : entry->characters[at];
}

bool is_charset(char final) noexcept {
  return final == ascii || final == '0' || final == '1' || final == '2' || national(final) != nullptr;
}

}  // namespace duotty::term
