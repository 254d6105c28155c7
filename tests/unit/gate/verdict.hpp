#pragma once
// What the tables of cases are judged with: a person's project, two levels below the home.
#include <duotty/gate/gate.hpp>
#include <string>
#include <string_view>

namespace duotty::gate {

struct Case {
  const char* expected;  ///< id of a rule, or "ok"
  const char* command;
};

inline const Context& project() {
  static const Context context{.cwd = "/home/me/src/project", .home = "/home/me", .variables = {{"KNOWN", "/"}}};
  return context;
}

inline std::string verdict(std::string_view text, const Context& context = project()) {
  const auto found = judge(text, context);
  return found ? std::string(found->rule->id) : "ok";
}

/// "rm_root_17": a name for one case of a table.
inline std::string case_name(const Case& one, std::size_t index) {
  std::string name = one.expected;
  for (char& c : name) {
    if (c == '-') c = '_';
  }
  return name + "_" + std::to_string(index);
}

}  // namespace duotty::gate
