#pragma once
// Guides that a person can pick in their client: the files of skills/mcp, with arguments filled in, and the
// guides of the skill.
#include "protocol.hpp"

namespace duotty::mcp {

class Prompts {
 public:
  /// Reads the embedded files.
  Prompts();
  /// `prompts/list`.
  Json list() const;
  /// `prompts/get`. Fails with invalid_params: an unknown name, a missing argument.
  Outcome get(const Json& params) const;
  /// True when the prompt of that name takes that argument.
  bool takes(std::string_view prompt, std::string_view argument) const;

 private:
  struct Argument {
    std::string name;
    std::string about;
    bool required = false;
  };
  struct Prompt {
    std::string name;
    std::string title;
    std::string about;
    std::vector<Argument> arguments;
    std::string text;
  };
  static Prompt parse(std::string_view file);
  const Prompt* find(std::string_view name) const;

  std::vector<Prompt> prompts_;
};

}  // namespace duotty::mcp
