// Expansion: words as the program gets them, as far as that is known.
#include <algorithm>
#include <duotty/base/text.hpp>

#include "judge.hpp"
#include "parser.hpp"

namespace duotty::gate {
namespace {

/// A word does not become more words than this by braces.
constexpr std::size_t max_braces = 128;
/// Longer words have no braces that a person would have written.
constexpr std::size_t max_braced = 4096;
/// Longest known value.
constexpr std::size_t max_value = 16 * 1024;

/// Variables that every session has; their values matter little.
bool surely_set(std::string_view name) {
  static constexpr std::string_view names[] = {"PATH", "USER",     "LOGNAME", "SHELL",   "TERM", "UID",
                                               "EUID", "HOSTNAME", "RANDOM",  "SECONDS", "PPID", "LANG"};
  if (name.size() == 1 && std::string_view("$!?#0-").find(name[0]) != std::string_view::npos) return true;
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

/// Where the brace at `open` closes and whether it has a comma of its own; npos when it is none.
std::size_t brace_end(std::string_view text, std::size_t open, std::vector<std::size_t>& commas) {
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (text[i] == mark::open) ++depth;
    if (text[i] == mark::comma && depth == 1) commas.push_back(i);
    if (text[i] == mark::close && --depth == 0) return commas.empty() ? std::string_view::npos : i;
  }
  return std::string_view::npos;
}

void expand_braces(std::string text, std::size_t from, Budget& budget, std::vector<std::string>& out) {
  for (std::size_t at = text.find(mark::open, from); at != std::string::npos; at = text.find(mark::open, at + 1)) {
    if (!budget.spend(1 + (text.size() - at) / 4)) return;
    std::vector<std::size_t> commas;
    const std::size_t end = brace_end(text, at, commas);
    if (end == std::string::npos) continue;
    const Nest nest(budget);
    if (budget.exceeded) return;
    commas.push_back(end);
    std::size_t begin = at + 1;
    for (const std::size_t comma : commas) {
      if (out.size() >= max_braces || !budget.spend(1 + text.size() / 16)) return;
      std::string one = text.substr(0, at) + text.substr(begin, comma - begin) + text.substr(end + 1);
      expand_braces(std::move(one), at, budget, out);
      begin = comma + 1;
    }
    return;
  }
  out.push_back(std::move(text));
}

/// Braces that were none are text.
void plain_braces(std::string& text) {
  for (char& c : text) {
    if (c == mark::open) c = '{';
    if (c == mark::comma) c = ',';
    if (c == mark::close) c = '}';
  }
}

}  // namespace

std::string without_marks(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == mark::any || c == mark::unset) {
      out += "\xE2\x80\xA6";
    } else if (c == mark::star) {
      out += '*';
    } else if (c == mark::one) {
      out += '?';
    } else {
      out += c == mark::split ? ' ' : c;
    }
  }
  return out;
}

bool is_open(std::string_view value) noexcept {
  return value.find_first_of("\x01\x02\x03\x04") != std::string_view::npos;
}

Args make_args(const std::vector<std::string>& words) {
  Args args;
  for (const auto& word : words) args.push_back({word, shown(word)});
  return args;
}

std::optional<std::string> Judge::look_up(std::string_view name, const State& state) const {
  if (const auto found = state.variables.find(name); found != state.variables.end()) return found->second;
  if (const auto found = context_.variables.find(std::string(name)); found != context_.variables.end()) {
    return found->second;
  }
  if (name == "HOME") return context_.home.empty() ? std::string(1, mark::any) : context_.home;
  if (name == "PWD") return state.cwd.empty() ? std::string(1, mark::any) : state.cwd;
  if (name == "IFS") return " ";
  if (surely_set(name)) return std::string(1, mark::any);
  return std::nullopt;
}

std::string Judge::variable(const Piece& piece, State& state) {
  auto known = look_up(piece.text, state);
  std::string out;
  const bool filled = known && !known->empty();
  if (known) budget_.spend(1 + known->size() / 2);
  switch (piece.op) {
    case '-':
    case '=':
      out = filled ? *known : value(piece.operand, state);
      break;
    case '?':
      out = filled ? *known : std::string(1, mark::any);
      break;
    case '+':
      out = value(piece.operand, state);
      break;
    case 'x':
      static_cast<void>(value(piece.operand, state));
      out = std::string(1, known ? mark::any : mark::unset);
      break;
    default:
      out = known ? *known : std::string(1, mark::unset);
      break;
  }
  if (piece.op == '=' && !filled) assign(state, piece.text, out);
  if (piece.quoted) return out;
  // A value falls apart at blanks, and its patterns count.
  for (char& c : out) {
    if (c == ' ' || c == '\t' || c == '\n') c = mark::split;
    if (c == '*') c = mark::star;
    if (c == '?') c = mark::one;
  }
  return out;
}

std::string Judge::tilde(const Piece& piece, const State& state) const {
  if (piece.text.empty()) return context_.home.empty() ? "/home/" + std::string(1, mark::any) : context_.home;
  if (piece.text == "+") return state.cwd.empty() ? std::string(1, mark::any) : state.cwd;
  if (piece.text == "-") return std::string(1, mark::any);
  return piece.text == "root" ? "/root" : "/home/" + piece.text;
}

std::string Judge::substituted(const Piece& piece, State& state) {
  State inner = state;
  if (!budget_.spend(state.weight())) return {};
  Stream out;
  if (piece.list) list(*piece.list, inner, {}, &out);
  if (piece.kind == Piece::Kind::process || !out.text || out.text->size() > max_value) {
    return std::string(1, mark::any);
  }
  std::string text = std::move(*out.text);
  while (text.ends_with('\n')) text.pop_back();
  if (!piece.quoted) {
    for (char& c : text) {
      if (c == ' ' || c == '\t' || c == '\n') c = mark::split;
    }
  }
  return text;
}

std::string Judge::value(const std::vector<Piece>& pieces, State& state) {
  std::string out;
  for (const auto& piece : pieces) {
    if (!budget_.spend(1 + piece.text.size() / 16)) break;
    switch (piece.kind) {
      case Piece::Kind::text:
        out += piece.text;
        break;
      case Piece::Kind::variable:
        out += variable(piece, state);
        break;
      case Piece::Kind::command:
      case Piece::Kind::process:
        out += substituted(piece, state);
        break;
      case Piece::Kind::star:
        out += mark::star;
        break;
      case Piece::Kind::one:
        out += mark::one;
        break;
      case Piece::Kind::open:
        out += mark::open;
        break;
      case Piece::Kind::comma:
        out += mark::comma;
        break;
      case Piece::Kind::close:
        out += mark::close;
        break;
      case Piece::Kind::tilde:
        out += tilde(piece, state);
        break;
    }
    if (out.size() > max_value && pieces.size() > 1 && !budget_.spend(out.size() / 256)) break;
  }
  return out;
}

std::string Judge::one_value(const Word& word, State& state) {
  std::string text = value(word.pieces, state);
  plain_braces(text);
  std::replace(text.begin(), text.end(), mark::split, ' ');
  return text;
}

Args Judge::expand(const Word& word, State& state) {
  const bool quoted = std::any_of(word.pieces.begin(), word.pieces.end(), [](const Piece& p) { return p.quoted; });
  std::vector<std::string> braced;
  std::string whole = value(word.pieces, state);
  if (whole.size() > max_braced || whole.find(mark::open) == std::string::npos) {
    braced.push_back(std::move(whole));
  } else {
    expand_braces(std::move(whole), 0, budget_, braced);
  }
  Args out;
  for (auto& text : braced) {
    plain_braces(text);
    std::size_t begin = 0;
    while (begin <= text.size()) {
      const std::size_t end = std::min(text.find(mark::split, begin), text.size());
      // An unquoted value that is empty is no word at all.
      if (!budget_.spend(4)) return out;
      if (end > begin || (quoted && text.empty())) out.push_back({text.substr(begin, end - begin), word.source});
      begin = end + 1;
    }
  }
  return out;
}

}  // namespace duotty::gate
