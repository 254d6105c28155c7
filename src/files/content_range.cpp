#include <duotty/files/content_range.hpp>

#include <algorithm>
#include <duotty/base/text.hpp>

namespace duotty::files {

RangeOutcome parse_range(std::string_view header, std::uint64_t size, Range& range) {
  range = {0, size};
  constexpr std::string_view unit = "bytes=";
  if (!header.starts_with(unit)) return RangeOutcome::whole;
  const auto asked = base::trim(header.substr(unit.size()));
  const auto dash = asked.find('-');
  if (dash == std::string_view::npos || asked.find(',') != std::string_view::npos) return RangeOutcome::whole;
  const auto first = base::parse_u64(asked.substr(0, dash));
  const auto last = base::parse_u64(asked.substr(dash + 1));
  if ((dash > 0 && !first) || (dash + 1 < asked.size() && !last) || (!first && !last)) return RangeOutcome::whole;
  if (!first) {
    if (*last == 0 || size == 0) return RangeOutcome::impossible;
    range.begin = size - std::min(*last, size);
    return RangeOutcome::part;
  }
  if (last && *last < *first) return RangeOutcome::whole;
  if (*first >= size) return RangeOutcome::impossible;
  range.begin = *first;
  if (last) range.end = std::min(size, *last == UINT64_MAX ? size : *last + 1);
  return RangeOutcome::part;
}

std::string attachment(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    plain += byte < 0x20 || byte >= 0x7f || c == '"' || c == '\\' || c == '%' ? '_' : c;
  }
  return "attachment; filename=\"" + plain + "\"; filename*=UTF-8''" + base::percent_encode(base::to_valid_utf8(name));
}

bool has_etag(std::string_view header, std::string_view etag) {
  for (const std::string_view one : base::split(header, ',')) {
    auto tag = base::trim(one);
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == "*" || tag == etag) return true;
  }
  return false;
}

}  // namespace duotty::files
