#include "starter.hpp"

#include <algorithm>
#include <utility>

namespace duotty::link {
namespace {

constexpr std::string_view kReady = "\x1b]7718;ready\a";
constexpr std::string_view kRuns = "\x1b]7718;runs\a";
constexpr std::size_t kDigits = 8;

}  // namespace

Starter::Starter(std::string program)
    : program_(std::move(program)), state_(program_.empty() ? State::running : State::calling) {}

// What is typed behind the program is not for this command: it is read byte by byte. The dot keeps newlines at the end.
std::string Starter::command() {
  return "exec /bin/sh -c 's=$(stty -g) && stty raw -echo && printf \"\\033]7718;ready\\007\" && "
         "n=$(dd bs=1 count=8 2>/dev/null) && p=$(dd bs=1 count=\"$n\" 2>/dev/null; echo .) && stty \"$s\" && "
         "printf \"\\033]7718;runs\\007\" && eval \"${p%.}\"'";
}

std::string Starter::take(std::string_view bytes) {
  held_.append(bytes);
  std::string shown;
  while (state_ == State::calling || state_ == State::sent) {
    const std::string_view word = state_ == State::calling ? kReady : kRuns;
    const auto found = held_.find(word);
    if (found == std::string::npos) {
      // The longest end that may go on as the word.
      std::size_t keep = std::min(held_.size(), word.size() - 1);
      while (keep > 0 && !word.starts_with(std::string_view(held_).substr(held_.size() - keep))) --keep;
      shown += held_.substr(0, held_.size() - keep);
      held_.erase(0, held_.size() - keep);
      return shown;
    }
    shown += held_.substr(0, found);
    held_.erase(0, found + word.size());
    state_ = state_ == State::calling ? State::ready : State::running;
  }
  return shown + std::exchange(held_, {});
}

std::optional<std::string> Starter::answer() {
  if (state_ != State::ready) return std::nullopt;
  state_ = State::sent;
  // Newlines at the end are dropped there; zeros in front would make it octal for some.
  std::string size = std::to_string(program_.size());
  size.resize(kDigits, '\n');
  return size + std::exchange(program_, {});
}

}  // namespace duotty::link
