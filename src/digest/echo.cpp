#include <duotty/base/text.hpp>
#include <duotty/digest/echo.hpp>

namespace duotty::digest {

std::string strip_command_echo(std::string_view output, std::string_view command) {
  const std::string_view first = base::trim(command.substr(0, command.find_first_of("\r\n")));
  if (first.empty()) return std::string(output);
  const auto at = output.find(first);
  if (at == std::string_view::npos) return std::string(output);
  const auto newline = output.find('\n', at);
  return newline == std::string_view::npos ? std::string() : std::string(output.substr(newline + 1));
}

}  // namespace duotty::digest
