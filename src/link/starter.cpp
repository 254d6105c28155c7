#include "starter.hpp"

#include <algorithm>
#include <utility>

namespace duotty::link {
namespace {

constexpr std::string_view kReady = "\x1b]7718;ready\a";
constexpr std::size_t kDigits = 8;

}  // namespace

// Bytes are read one by one: what is typed behind the program is not for this command. The dot keeps newlines at the end.
std::string Starter::command() {
  return "exec /bin/sh -c 's=$(stty -g) && stty raw -echo && printf \"\\033]7718;ready\\007\" && "
         "n=$(dd bs=1 count=8 2>/dev/null) && p=$(dd bs=1 count=\"$n\" 2>/dev/null; echo .) && stty \"$s\" && "
         "eval \"${p%.}\"'";
}

std::string Starter::take(std::string_view bytes) {
  if (!waiting_) return std::exchange(held_, {}).append(bytes);
  held_.append(bytes);
  const auto found = held_.find(kReady);
  if (found != std::string::npos) {
    waiting_ = false;
    ready_ = true;
    held_.erase(found, kReady.size());
    return std::exchange(held_, {});
  }
  // The longest end that may go on as the word.
  std::size_t keep = std::min(held_.size(), kReady.size() - 1);
  while (keep > 0 && !kReady.starts_with(std::string_view(held_).substr(held_.size() - keep))) --keep;
  std::string shown = held_.substr(0, held_.size() - keep);
  held_.erase(0, held_.size() - keep);
  return shown;
}

std::optional<std::string> Starter::answer() {
  if (!std::exchange(ready_, false)) return std::nullopt;
  // Newlines at the end are dropped there; zeros in front would make it octal for some.
  std::string size = std::to_string(program_.size());
  size.resize(kDigits, '\n');
  return size + std::exchange(program_, {});
}

}  // namespace duotty::link
