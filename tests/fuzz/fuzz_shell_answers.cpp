// Any bytes as what the shell of a host says about files: read or refused in bounded work; names are names, and nothing
// read is longer than what was sent. What is sent to it stays one word of its own.
#include <cstdint>
#include <string>

#include "require.hpp"
#include "shell_answers.hpp"

namespace {

using duotty::fuzz::require;
using namespace duotty::files;

constexpr std::int64_t kNow = 1'795'400'000;

/// The words of a line of sh that has nothing but quoted words and \' in it.
std::string unquoted(const std::string& line) {
  std::string out;
  bool inside = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\'') {
      inside = !inside;
    } else if (!inside && line[i] == '\\') {
      out += line[++i];
    } else if (inside) {
      out += line[i];
    } else {
      require(line[i] == ' ', "something stands outside of quotes");
    }
  }
  require(!inside, "a quote is open");
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(parse_found(text, kNow));
  if (const auto entries = parse_entries(text, kNow)) {
    std::size_t bytes = 0;
    for (const Entry& entry : *entries) {
      require(!entry.name.empty() && entry.name.find('/') == std::string::npos, "that is no name");
      bytes += entry.name.size();
    }
    require(bytes <= text.size(), "more was read than was sent");
  }
  if (const auto removal = parse_removal(text, "/x")) {
    require(removal->failures.size() <= kMostFailures, "too many failures are listed");
  }
  const std::string request = request_of("f", text);
  require(unquoted(request.substr(1)) == text, "an argument is not what it was");
  const ShellAnswer answer{static_cast<int>(size), text};
  static_cast<void>(error_of(answer, text));
  return 0;
}
