#include "prompt.hpp"

#include <duotty/base/embedded.hpp>
#include <stdexcept>
#include <string>

extern "C" {
extern const duotty::base::EmbeddedFile duotty_prompts_table[];
extern const unsigned long duotty_prompts_count;
}

namespace duotty::agent {

std::string_view prompt(std::string_view name) {
  for (unsigned long i = 0; i < duotty_prompts_count; ++i) {
    if (duotty_prompts_table[i].path == name) return duotty_prompts_table[i].bytes();
  }
  throw std::logic_error("no embedded prompt is named " + std::string(name));
}

}  // namespace duotty::agent
