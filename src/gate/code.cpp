// Programs of other languages given on the command line. There is no grammar of them here: calls with plain text in
// them are found, and nothing that is put together while they run.
#include <algorithm>
#include <array>

#include "programs.hpp"

namespace duotty::gate {
namespace {

enum class Takes : std::uint8_t { shell, words_or_shell, tree };

struct CodeCall {
  std::string_view name;
  Takes takes;
};

/// Names in front of a parenthesis, or of a string in Perl and Ruby.
constexpr std::array calls = {
    CodeCall{"system", Takes::words_or_shell},
    CodeCall{"popen", Takes::shell},
    CodeCall{"Popen", Takes::words_or_shell},
    CodeCall{"run", Takes::words_or_shell},
    CodeCall{"call", Takes::words_or_shell},
    CodeCall{"check_call", Takes::words_or_shell},
    CodeCall{"check_output", Takes::words_or_shell},
    CodeCall{"getoutput", Takes::shell},
    CodeCall{"exec", Takes::words_or_shell},
    CodeCall{"execSync", Takes::shell},
    CodeCall{"spawnSync", Takes::words_or_shell},
    CodeCall{"spawn", Takes::words_or_shell},
    CodeCall{"shell_exec", Takes::shell},
    CodeCall{"passthru", Takes::shell},
    CodeCall{"rmtree", Takes::tree},
    CodeCall{"rm_rf", Takes::tree},
    CodeCall{"rm_r", Takes::tree},
    CodeCall{"rmSync", Takes::tree},
    CodeCall{"rmdirSync", Takes::tree},
    CodeCall{"remove_tree", Takes::tree},
    CodeCall{"removedirs", Takes::tree},
};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// The string literals from `at` to the end of the call, at most 32.
std::vector<std::string> strings_from(std::string_view code, std::size_t at) {
  std::vector<std::string> found;
  int depth = 0;
  while (at < code.size() && found.size() < 32) {
    const char c = code[at];
    if (c == '"' || c == '\'' || c == '`') {
      std::string text;
      for (++at; at < code.size() && code[at] != c; ++at) {
        if (code[at] == '\\' && at + 1 < code.size()) ++at;
        text += code[at];
      }
      found.push_back(std::move(text));
    } else if (c == '(' || c == '[') {
      ++depth;
    } else if (c == ')' || c == ']') {
      if (--depth <= 0) break;
    } else if (c == ';' || c == '\n') {
      break;
    }
    ++at;
  }
  return found;
}

void judge_strings(const Call& call, Takes takes, const std::vector<std::string>& strings) {
  if (strings.empty()) return;
  if (!call.judge.budget().spend(call.state.weight())) return;
  State inner = call.state;
  if (takes == Takes::tree) return judge_removal(call.judge, call.state, {strings[0], strings[0]});
  if (takes == Takes::words_or_shell && strings.size() > 1 && strings[0].find(' ') == std::string::npos) {
    call.judge.program(make_args(strings), inner, {});
    return;
  }
  call.judge.script(strings[0], inner, {});
}

/// fork in a loop without end.
bool forks_forever(std::string_view code) {
  const bool forks = code.find("fork") != std::string_view::npos;
  const bool loops = code.find("while") != std::string_view::npos || code.find("loop") != std::string_view::npos ||
                     code.find("for(;;)") != std::string_view::npos || code.find("for (;;)") != std::string_view::npos;
  const bool waits = code.find("wait") != std::string_view::npos || code.find("exit") != std::string_view::npos;
  return forks && loops && !waits;
}

}  // namespace

void judge_code(const Call& call, std::string_view code) {
  if (!call.judge.budget().spend(code.size())) return;
  if (forks_forever(code)) call.report("fork-bomb", call.args.front().shown);
  for (std::size_t i = 0; i < code.size() && !call.judge.done(); ++i) {
    if (!is_word(code[i]) || (i > 0 && is_word(code[i - 1]))) continue;
    std::size_t end = i;
    while (end < code.size() && is_word(code[end])) ++end;
    const auto word = code.substr(i, end - i);
    std::size_t next = end;
    while (next < code.size() && code[next] == ' ') ++next;
    const bool called = next < code.size() && (code[next] == '(' || code[next] == '"' || code[next] == '\'');
    const auto found = std::find_if(calls.begin(), calls.end(), [&](const CodeCall& one) { return one.name == word; });
    if (called && found != calls.end()) {
      if (!call.judge.budget().spend(512)) return;
      judge_strings(call, found->takes, strings_from(code.substr(0, std::min(code.size(), next + 4096)), next));
    }
    i = end - 1;
  }
}

}  // namespace duotty::gate
