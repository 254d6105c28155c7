#include <duotty/core/meters.hpp>

namespace duotty::core {

void Meters::count(std::map<std::string, std::uint64_t, std::less<>>& counts, std::string_view word) {
  const auto found = counts.find(word);
  if (found != counts.end()) {
    ++found->second;
  } else {
    counts.emplace(word, 1);
  }
}

Meters& meters() noexcept {
  static Meters all;  // process-wide like the log: whoever counts needs no way to whoever asks
  return all;
}

}  // namespace duotty::core
