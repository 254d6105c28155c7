#include <duotty/base/text.hpp>
#include <duotty/exec/ask_line.hpp>

namespace duotty::exec {
namespace {

/// `text` as a command of ours, or nullopt: `/reset`, `/help` alone, `/model` with or without one word.
std::optional<AskLine> slash_command(std::string_view text) {
  const auto space = text.find_first_of(" \t");
  const std::string_view word = text.substr(0, space);
  const std::string_view argument = space == std::string_view::npos ? "" : base::trim(text.substr(space));
  if (word == "/reset" && argument.empty()) return AskLine{AskKind::reset, ""};
  if (word == "/help" && argument.empty()) return AskLine{AskKind::help, ""};
  if (word == "/model" && argument.find_first_of(" \t") == std::string_view::npos)
    return AskLine{AskKind::model, std::string(argument)};
  return std::nullopt;
}

}  // namespace

std::optional<AskLine> ask_line(std::string_view accepted_line, const AskContext& context) {
  if (!context.enabled || !context.marks_trusted || context.alternate_screen) return std::nullopt;
  if (!context.echo_on || !context.shell_is_foreground) return std::nullopt;
  const std::string_view line = base::trim(accepted_line);
  if (!line.starts_with('#') || line.starts_with("##") || line.starts_with("#!")) return std::nullopt;
  const std::string_view text = base::trim(line.substr(1));
  if (text.empty()) return std::nullopt;
  if (auto command = slash_command(text)) return command;
  return AskLine{AskKind::question, std::string(text)};
}

}  // namespace duotty::exec
