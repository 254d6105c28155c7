#include "prompts.hpp"

#include <algorithm>
#include <duotty/base/embedded.hpp>
#include <duotty/base/text.hpp>

extern "C" {
extern const duotty::base::EmbeddedFile duotty_mcp_prompts_table[];
extern const unsigned long duotty_mcp_prompts_count;
extern const duotty::base::EmbeddedFile duotty_mcp_guides_table[];
extern const unsigned long duotty_mcp_guides_count;
}

namespace duotty::mcp {

Prompts::Prompts() {
  for (unsigned long i = 0; i < duotty_mcp_prompts_count; ++i) {
    prompts_.push_back(parse(duotty_mcp_prompts_table[i].bytes()));
  }
  for (unsigned long i = 0; i < duotty_mcp_guides_count; ++i) {
    prompts_.push_back(parse(duotty_mcp_guides_table[i].bytes()));
  }
}

/// A file begins with `key: value` lines between two lines of three dashes; an argument is `argument NAME: what`, one
/// that may be left out `optional NAME: what`.
Prompts::Prompt Prompts::parse(std::string_view file) {
  Prompt prompt;
  const auto end = file.find("\n---\n", 4);
  for (const auto line : base::split(file.substr(4, end - 4), '\n')) {
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos) continue;
    const auto key = line.substr(0, colon);
    std::string value(line.substr(colon + 2));
    if (key == "name") prompt.name = std::move(value);
    if (key == "title") prompt.title = std::move(value);
    if (key == "description") prompt.about = std::move(value);
    const auto space = key.find(' ');
    if (space == std::string_view::npos) continue;
    prompt.arguments.push_back({std::string(key.substr(space + 1)), value, key.starts_with("argument")});
  }
  prompt.text = base::trim(file.substr(end + 5));
  return prompt;
}

const Prompts::Prompt* Prompts::find(std::string_view name) const {
  const auto found = std::find_if(prompts_.begin(), prompts_.end(), [&](const Prompt& p) { return p.name == name; });
  return found == prompts_.end() ? nullptr : &*found;
}

Json Prompts::list() const {
  Json prompts = Json::array();
  for (const Prompt& prompt : prompts_) {
    Json arguments = Json::array();
    for (const Argument& argument : prompt.arguments) {
      arguments.push_back({{"name", argument.name}, {"description", argument.about}, {"required", argument.required}});
    }
    prompts.push_back({{"name", prompt.name},
                       {"title", prompt.title},
                       {"description", prompt.about},
                       {"arguments", std::move(arguments)}});
  }
  return {{"prompts", std::move(prompts)}};
}

Outcome Prompts::get(const Json& params) const {
  const std::string name = text_of(params, "name");
  const Prompt* prompt = find(name);
  if (prompt == nullptr) return failed(code::invalid_params, "There is no prompt \"" + base::shorten(name, 80) + "\".");
  const Json given = params.value("arguments", Json::object());
  std::string text = prompt->text;
  for (const Argument& argument : prompt->arguments) {
    const std::string value = text_of(given, argument.name.c_str());
    if (value.empty() && argument.required) {
      return failed(code::invalid_params, "The prompt needs \"" + argument.name + "\": " + argument.about);
    }
    text = base::replace_all(std::move(text), "{{" + argument.name + "}}", base::to_valid_utf8(value));
  }
  Json message = {{"role", "user"}, {"content", {{"type", "text"}, {"text", std::move(text)}}}};
  Outcome outcome;
  outcome.result = {{"description", prompt->about}, {"messages", Json::array({std::move(message)})}};
  return outcome;
}

bool Prompts::takes(std::string_view name, std::string_view argument) const {
  const Prompt* prompt = find(name);
  if (prompt == nullptr) return false;
  return std::any_of(prompt->arguments.begin(), prompt->arguments.end(),
                     [&](const Argument& one) { return one.name == argument; });
}

}  // namespace duotty::mcp
