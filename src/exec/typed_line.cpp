#include <duotty/exec/typed_line.hpp>

namespace duotty::exec {
namespace {
constexpr std::size_t max_line = 1024 * 1024;

void erase_character(std::string& line) {
  while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0xc0) == 0x80) line.pop_back();
  if (!line.empty()) line.pop_back();
}

void erase_word(std::string& line) {
  while (!line.empty() && line.back() == ' ') line.pop_back();
  while (!line.empty() && line.back() != ' ') line.pop_back();
}

}  // namespace

bool TypedLine::take(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  if (escape_ == Escape::begun) {
    escape_ = byte == '[' || byte == 'O' ? Escape::sequence : Escape::none;
    return false;
  }
  if (escape_ == Escape::sequence) {
    if (value >= 0x40 && value <= 0x7e) escape_ = Escape::none;
    return false;
  }
  switch (byte) {
    case '\r':
    case '\n':
    case '\x0f':  // Ctrl-O: enters the line and recalls the next
      return true;
    case '\x1b':
      escape_ = Escape::begun;
      return false;
    case '\x03':
    case '\x15':
      line_.clear();
      return false;
    case '\x08':
    case '\x7f':
      erase_character(line_);
      return false;
    case '\x17':
      erase_word(line_);
      return false;
    default:
      break;
  }
  if ((value >= 0x20 || byte == '\t') && line_.size() < max_line) line_ += byte == '\t' ? ' ' : byte;
  return false;
}

void TypedLine::type(std::string_view bytes) {
  for (const char byte : bytes) {
    if (take(byte)) line_.clear();
  }
}

std::string TypedLine::submitted(std::string_view bytes) const {
  if (bytes.find_first_of("\r\n\x0f") == std::string_view::npos) return {};
  TypedLine line = *this;
  std::string out;
  for (const char byte : bytes) {
    if (!line.take(byte)) continue;
    out += line.line_ + '\n';
    line.line_.clear();
  }
  return out;
}

void TypedLine::clear() noexcept {
  line_.clear();
  escape_ = Escape::none;
}

}  // namespace duotty::exec
