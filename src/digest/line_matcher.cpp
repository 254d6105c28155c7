#include <duotty/base/text.hpp>
#include <duotty/digest/line_matcher.hpp>
#include <utility>

namespace duotty::digest {
namespace {

constexpr std::size_t kLongestLine = 64 * 1024;

}  // namespace

std::optional<std::string> LineMatcher::first_match(std::string_view bytes, const Pattern& pattern) {
  std::string fresh = std::exchange(line_, {});
  plain_.feed(bytes, fresh);
  std::optional<std::string> match;
  for (const auto piece : base::split(fresh, '\n')) {
    if (!match && pattern.matches(piece)) match = std::string(piece);
  }
  line_ = fresh.substr(fresh.rfind('\n') == std::string::npos ? 0 : fresh.rfind('\n') + 1);
  if (line_.size() > kLongestLine) line_.erase(0, line_.size() - kLongestLine);
  return match;
}

}  // namespace duotty::digest
