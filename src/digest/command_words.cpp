#include "command_words.hpp"

#include <algorithm>
#include <array>

#include "line_words.hpp"

namespace duotty::digest {
namespace {

using std::string;
using std::string_view;

constexpr std::size_t kLongest = 16384;  ///< bytes of a command line that are looked at
constexpr std::size_t kMost = 8;

constexpr std::array kPassing = {"tail", "head", "tee",   "cat", "less", "more", "sort",
                                 "uniq", "grep", "egrep", "nl",  "tac",  "rg",   "ts"};
constexpr std::array kSilent = {"cd",    "export", "set",   "source", ".",  "true",  ":",   "unset",
                                "pushd", "popd",   "sleep", "mkdir",  "rm", "touch", "wait"};
constexpr std::array kWrappers = {"sudo",   "time",     "nohup",  "env",  "command", "exec", "nice",
                                  "ionice", "timeout",  "stdbuf", "npx",  "pnpx",    "bunx", "xvfb-run",
                                  "script", "unbuffer", "watch",  "doas", "setsid",  "xargs"};
constexpr std::array kValued = {"-C", "-c", "-n", "-u", "--namespace", "--context", "-f", "--file", "--git-dir", "-p"};

template <std::size_t N>
bool one_of(string_view word, const std::array<const char*, N>& words) {
  return std::any_of(words.begin(), words.end(), [&](const char* each) { return word == each; });
}

/// A word, or what stands between two commands.
struct Token {
  string text;
  bool separator = false;
};

std::vector<Token> tokens_of(string_view line) {
  std::vector<Token> tokens;
  string word;
  bool in_word = false;
  char quote = 0;
  const auto end_word = [&] {
    if (in_word) tokens.push_back({std::move(word), false});
    word.clear();
    in_word = false;
  };
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        if (c == '\\' && quote == '"' && i + 1 < line.size()) ++i;
        word += line[i];
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      in_word = true;
    } else if (c == '\\' && i + 1 < line.size()) {
      ++i;
      if (line[i] != '\n') word += line[i], in_word = true;
    } else if (c == ' ' || c == '\t') {
      end_word();
    } else if (c == '>' || c == '<') {
      // A redirection and its target say nothing about the program.
      if (!word.empty() && std::all_of(word.begin(), word.end(), is_digit)) word.clear(), in_word = false;
      end_word();
      while (i + 1 < line.size() && (line[i + 1] == '>' || line[i + 1] == '&' || line[i + 1] == ' ')) ++i;
      while (i + 1 < line.size() && string_view(" \t;|&\n").find(line[i + 1]) == string_view::npos) ++i;
    } else if (c == ';' || c == '\n' || c == '|' || c == '&' ||
               ((c == '(' || c == ')' || c == '{' || c == '}') && !in_word)) {
      end_word();
      string mark(1, c);
      if ((c == '|' || c == '&') && i + 1 < line.size() && (line[i + 1] == c || line[i + 1] == '&')) mark += line[++i];
      tokens.push_back({mark, true});
    } else {
      word += c;
      in_word = true;
    }
  }
  end_word();
  return tokens;
}

bool is_assignment(string_view word) {
  const std::size_t equals = word.find('=');
  return equals != string_view::npos && equals > 0 && !is_digit(word[0]) &&
         std::all_of(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(equals),
                     [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

string base_name(string_view path) {
  const std::size_t slash = path.rfind('/');
  return string(slash == string_view::npos ? path : path.substr(slash + 1));
}

/// How many words of a runner stand before the program it runs: `python -m pytest`, `uv run mypy`, `pnpm exec jest`.
std::size_t runner_words(const std::vector<string>& words, std::size_t at) {
  const string name = base_name(words[at]);
  const auto next = [&](std::size_t n) { return at + n < words.size() ? string_view(words[at + n]) : string_view(); };
  if (name.starts_with("python") && next(1) == "-m" && !next(2).empty()) return 2;
  if ((name == "uv" || name == "poetry" || name == "pipenv" || name == "hatch") && next(1) == "run" && !next(2).empty())
    return 2;
  if ((name == "pnpm" || name == "yarn" || name == "npm" || name == "bundle") &&
      (next(1) == "exec" || next(1) == "dlx") && !next(2).empty())
    return next(2) == "--" && !next(3).empty() ? 3 : 2;
  return 0;
}

Command command_of(const std::vector<string>& words) {
  std::size_t at = 0;
  for (bool more = true; more && at < words.size();) {
    more = false;
    if (is_assignment(words[at])) {
      ++at;
      more = true;
    } else if (one_of(base_name(words[at]), kWrappers) && at + 1 < words.size()) {
      ++at;
      while (at + 1 < words.size() && (words[at].starts_with('-') || is_digit(words[at][0]))) {
        at += one_of(words[at], kValued) && at + 2 < words.size() ? 2 : 1;
      }
      more = true;
    } else if (const std::size_t runner = runner_words(words, at); runner > 0) {
      at += runner;
      more = true;
    }
  }
  Command command;
  if (at >= words.size()) return command;
  command.program = base_name(words[at]);
  command.args.assign(words.begin() + static_cast<std::ptrdiff_t>(at) + 1, words.end());
  return command;
}

}  // namespace

string_view Command::word(std::size_t n) const {
  for (std::size_t i = 0; i < args.size(); ++i) {
    const string_view arg = args[i];
    if (arg.starts_with('-')) {
      if (one_of(arg, kValued) && i + 1 < args.size()) ++i;
      continue;
    }
    if (arg.starts_with('+')) continue;  // a toolchain of cargo
    if (n-- == 0) return arg;
  }
  return {};
}

bool Command::has(string_view arg) const {
  return std::find(args.begin(), args.end(), arg) != args.end();
}

std::vector<Command> commands_of(string_view line) {
  std::vector<Command> commands;
  std::vector<Command> stages;
  std::vector<string> words;
  const auto end_stage = [&] {
    if (!words.empty()) stages.push_back(command_of(words));
    words.clear();
  };
  const auto end_pipeline = [&] {
    end_stage();
    std::size_t chosen = stages.size();
    while (chosen > 1 && one_of(stages[chosen - 1].program, kPassing)) --chosen;
    if (chosen > 0 && !stages[chosen - 1].program.empty() && !one_of(stages[chosen - 1].program, kSilent) &&
        commands.size() < kMost)
      commands.push_back(std::move(stages[chosen - 1]));
    stages.clear();
  };
  for (Token& token : tokens_of(line.substr(0, std::min(line.size(), kLongest)))) {
    if (!token.separator) {
      words.push_back(std::move(token.text));
    } else if (token.text == "|" || token.text == "|&") {
      end_stage();
    } else {
      end_pipeline();
    }
  }
  end_pipeline();
  return commands;
}

}  // namespace duotty::digest
