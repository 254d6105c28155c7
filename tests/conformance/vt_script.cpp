#include "vt_script.hpp"

#include <optional>

namespace duotty::term::testing {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

/// The string that begins at text[at] == '"'; leaves `at` after it.
std::optional<std::string> read_string(std::string_view text, std::size_t& at) {
  std::string out;
  for (++at; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') {
      ++at;
      return out;
    }
    if (c != '\\') {
      out.push_back(c);
      continue;
    }
    if (++at >= text.size()) return std::nullopt;
    switch (text[at]) {
      case 'e':
        out.push_back('\x1b');
        break;
      case 'n':
        out.push_back('\n');
        break;
      case 'r':
        out.push_back('\r');
        break;
      case 't':
        out.push_back('\t');
        break;
      case 'b':
        out.push_back('\b');
        break;
      case 'a':
        out.push_back('\a');
        break;
      case '0':
        out.push_back('\0');
        break;
      case '"':
        out.push_back('"');
        break;
      case '\\':
        out.push_back('\\');
        break;
      case 'x': {
        const int high = at + 1 < text.size() ? hex_value(text[at + 1]) : -1;
        const int low = at + 2 < text.size() ? hex_value(text[at + 2]) : -1;
        if (high < 0 || low < 0) return std::nullopt;
        out.push_back(static_cast<char>(high * 16 + low));
        at += 2;
        break;
      }
      default:
        return std::nullopt;
    }
  }
  return std::nullopt;
}

std::optional<Command> read_command(std::string_view line) {
  Command command;
  std::size_t at = 0;
  while (at < line.size()) {
    if (line[at] == ' ') {
      ++at;
    } else if (line[at] == '"') {
      auto text = read_string(line, at);
      if (!text || command.name.empty()) return std::nullopt;
      command.arguments.push_back(std::move(*text));
    } else {
      const std::size_t end = std::min(line.find(' ', at), line.size());
      std::string word(line.substr(at, end - at));
      command.name.empty() ? command.name = std::move(word) : command.arguments.emplace_back(std::move(word));
      at = end;
    }
  }
  return command;
}

}  // namespace

std::vector<Script> parse_scripts(const std::string& file, std::string_view text, std::string& error) {
  std::vector<Script> scripts;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line[0] == '#') continue;
    auto command = read_command(line);
    if (!command || (scripts.empty() && command->name != "test")) {
      error = file + ":" + std::to_string(number) + ": cannot be read";
      return {};
    }
    command->line = number;
    if (command->name == "test" && command->arguments.size() == 1) {
      scripts.push_back({command->arguments[0], file, {}});
    } else {
      scripts.back().commands.push_back(std::move(*command));
    }
  }
  return scripts;
}

}  // namespace duotty::term::testing
