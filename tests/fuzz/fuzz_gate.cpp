// Any text as a command: it is judged in bounded work, the same way each time, and what is found can be shown.
#include <cstdint>
#include <duotty/base/text.hpp>
#include <duotty/gate/gate.hpp>

#include "require.hpp"

namespace {

using duotty::fuzz::require;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace duotty;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const gate::Context context{.cwd = "/home/me/project", .home = "/home/me", .variables = {{"TOP", "/"}}};
  const auto found = gate::judge(text, context);
  const auto again = gate::judge(text, context);
  require(found.has_value() == again.has_value(), "judged twice, judged differently");
  if (found) {
    require(found->rule != nullptr && found->rule == again->rule, "no rule, or another one");
    require(base::is_utf8(found->message()) && found->word.size() <= 124, "a finding that cannot be shown");
  }
  static_cast<void>(gate::judge_stdin("psql", text, context));
  static_cast<void>(gate::judge_stdin("python3", text, context));
  static_cast<void>(gate::judge_program({"bash", "-c", std::string(text)}, context));
  return 0;
}
