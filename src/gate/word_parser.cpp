// Words: quoting, expansions, patterns.
#include <algorithm>
#include <duotty/base/text.hpp>

#include "parser.hpp"

namespace duotty::gate {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
}

/// Longest $'...' escape that a number may have.
constexpr std::size_t max_digits = 8;

}  // namespace

bool is_name(std::string_view text) noexcept {
  return !text.empty() && !is_digit(text[0]) && std::all_of(text.begin(), text.end(), is_name_character);
}

void Parser::add_text(std::vector<Piece>& out, std::string_view text, bool quoted) {
  if (out.empty() || out.back().kind != Piece::Kind::text || out.back().quoted != quoted) {
    Piece piece;
    piece.quoted = quoted;
    out.push_back(std::move(piece));
  }
  std::string& whole = out.back().text;
  const std::size_t begin = whole.size();
  whole += text;
  for (std::size_t i = begin; i < whole.size(); ++i) {
    // Expansion uses control characters for what it does not know.
    const auto c = static_cast<unsigned char>(whole[i]);
    if (c < 0x20 && c != '\t' && c != '\n') whole[i] = '\x7f';
  }
}

Word Parser::word() {
  Word out;
  const std::size_t begin = here_;
  budget_.spend(5);
  pieces(out.pieces, '\0');
  out.source = shown(text_.substr(begin, here_ - begin));
  return out;
}

/// Up to a metacharacter, or to `closing` when there is one: then metacharacters are text.
void Parser::pieces(std::vector<Piece>& out, char closing) {
  const Nest nest(budget_);
  const std::size_t begin = here_;
  while (!ended()) {
    if (closing != '\0' && at() == closing) return;
    if (closing == '\0' && is_meta(at())) {
      const bool glob =
          at() == '(' && here_ > begin && std::string_view("@!?*+").find(text_[here_ - 1]) != std::string_view::npos;
      if (glob) {
        extended_glob(out);
        continue;
      }
      if (here_ == begin && (starts("<(") || starts(">("))) {
        skip();
        substitution(out, Piece::Kind::process, false);
        continue;
      }
      return;
    }
    if (!budget_.spend(4)) return;
    const bool at_start = here_ == begin || text_[here_ - 1] == '=' || (text_[here_ - 1] == ':' && closing == '\0');
    if (!bare(out, at_start)) {
      const std::size_t from = here_;
      skip();
      while (!ended() && (is_name_character(at()) || at() == '/' || at() == '.' || at() == '-')) skip();
      add_text(out, text_.substr(from, here_ - from), false);
    }
  }
}

/// What has a meaning outside of quotes; false for plain text.
bool Parser::bare(std::vector<Piece>& out, bool at_start) {
  switch (at()) {
    case '\\':
      escaped(out);
      return true;
    case '\'':
      single_quoted(out);
      return true;
    case '"':
      skip();
      double_quoted(out, false);
      return true;
    case '$':
      dollar(out, false);
      return true;
    case '`':
      backquoted(out, false);
      return true;
    case '[':
      bracket(out);
      return true;
    case '~':
      if (!at_start) return false;
      tilde(out);
      return true;
    default:
      break;
  }
  static constexpr std::string_view signs = "*?{,}";
  static constexpr Piece::Kind kinds[] = {Piece::Kind::star, Piece::Kind::one, Piece::Kind::open, Piece::Kind::comma,
                                          Piece::Kind::close};
  const auto sign = signs.find(at());
  if (sign == std::string_view::npos) return false;
  Piece piece;
  piece.kind = kinds[sign];
  piece.text = at();
  out.push_back(std::move(piece));
  skip();
  return true;
}

void Parser::escaped(std::vector<Piece>& out) {
  skip();
  if (ended()) return;
  if (at() != '\n' && at() != '\r') add_text(out, text_.substr(here_, 1), true);
  skip();
}

void Parser::single_quoted(std::vector<Piece>& out) {
  const auto end = std::min(text_.find('\'', here_ + 1), text_.size());
  add_text(out, text_.substr(here_ + 1, end - here_ - 1), true);
  budget_.spend(1);
  here_ = std::min(end + 1, text_.size());
}

/// $'...', with here_ behind the dollar sign.
void Parser::ansi_quoted(std::vector<Piece>& out) {
  std::string text;
  skip();
  while (!ended() && at() != '\'') {
    if (at() != '\\') {
      text += at();
      skip();
      continue;
    }
    skip();
    const char c = at();
    skip();
    if (c == 'x' || c == 'u' || c == 'U' || (c >= '0' && c <= '7')) {
      const bool octal = is_digit(c);
      const std::size_t most = octal ? 3 : c == 'x' ? 2 : c == 'u' ? 4 : max_digits;
      if (octal) --here_;
      std::uint32_t value = 0;
      for (std::size_t n = 0; n < most && !ended(); ++n, skip()) {
        const char d = at();
        const int digit = is_digit(d)            ? d - '0'
                          : d >= 'a' && d <= 'f' ? d - 'a' + 10
                          : d >= 'A' && d <= 'F' ? d - 'A' + 10
                                                 : 99;
        if (digit >= (octal ? 8 : 16)) break;
        value = value * (octal ? 8U : 16U) + static_cast<std::uint32_t>(digit);
      }
      base::append_utf8(text, static_cast<char32_t>(value));
      continue;
    }
    static constexpr std::string_view names = "abefnrtv";
    static constexpr std::string_view values = "\a\b\x1b\f\n\r\t\v";
    const auto found = names.find(c);
    text += found == std::string_view::npos ? c : values[found];
  }
  skip();
  add_text(out, text, true);
}

/// With here_ behind the opening quote. `to_end`: no quote closes it.
void Parser::double_quoted(std::vector<Piece>& out, bool to_end) {
  const Nest nest(budget_);
  add_text(out, {}, true);
  while (!ended()) {
    const std::size_t stop = std::min(text_.find_first_of(to_end ? "\\$`" : "\\$`\"", here_), text_.size());
    add_text(out, text_.substr(here_, stop - here_), true);
    here_ = stop;
    if (ended() || !budget_.spend(1)) return;
    if (at() == '"') {
      skip();
      return;
    }
    if (at() == '$') {
      dollar(out, true);
    } else if (at() == '`') {
      backquoted(out, true);
    } else {
      const bool special =
          here_ + 1 < text_.size() && std::string_view("$`\"\\\n").find(at(1)) != std::string_view::npos;
      const std::size_t ahead = special ? 1 : 0;
      if (at(ahead) != '\n' || !special) add_text(out, text_.substr(here_ + ahead, 1), true);
      skip(ahead + 1);
    }
  }
}

std::vector<Piece> Parser::document() {
  std::vector<Piece> out;
  double_quoted(out, true);
  return out;
}

void Parser::dollar(std::vector<Piece>& out, bool quoted) {
  skip();
  if (at() == '(') return substitution(out, Piece::Kind::command, quoted);
  if (at() == '{') return parameter(out, quoted);
  if (at() == '\'' && !quoted) return ansi_quoted(out);
  if (at() == '"' && !quoted) {
    skip();
    return double_quoted(out, false);
  }
  Piece piece;
  piece.kind = Piece::Kind::variable;
  piece.quoted = quoted;
  if (is_digit(at()) || (at() != '\0' && std::string_view("@*#?$!-").find(at()) != std::string_view::npos)) {
    piece.text = at();
    skip();
  } else {
    while (!ended() && is_name_character(at())) {
      piece.text += at();
      skip();
    }
  }
  if (piece.text.empty()) return add_text(out, "$", quoted);
  out.push_back(std::move(piece));
}

/// ${...}, with here_ at the brace.
void Parser::parameter(std::vector<Piece>& out, bool quoted) {
  Piece piece;
  piece.kind = Piece::Kind::variable;
  piece.quoted = quoted;
  skip();
  if ((at() == '!' || at() == '#') && is_name_character(at(1))) {
    piece.op = 'x';
    skip();
  }
  while (!ended() && is_name_character(at())) {
    piece.text += at();
    skip();
  }
  if (piece.text.empty() && at() != '}') {
    piece.text = at();
    skip();
  }
  if (!ended() && at() != '}') {
    if (at() == ':' && at(1) != '\0' && std::string_view("-=?+").find(at(1)) != std::string_view::npos) skip();
    const bool known = std::string_view("-=?+").find(at()) != std::string_view::npos;
    if (piece.op == 0) piece.op = known ? at() : 'x';
    skip();
    if (piece.op == 'x') --here_;
    pieces(piece.operand, '}');
  }
  if (at() == '}') skip();
  out.push_back(std::move(piece));
}

void Parser::backquoted(std::vector<Piece>& out, bool quoted) {
  std::string inner;
  skip();
  while (!ended() && at() != '`') {
    if (at() == '\\' && (at(1) == '`' || at(1) == '\\' || at(1) == '$')) skip();
    inner += at();
    skip();
  }
  skip();
  Piece piece;
  piece.kind = Piece::Kind::command;
  piece.quoted = quoted;
  const Nest nest(budget_);
  if (budget_.spend(inner.size() + 1)) piece.list = keep(Parser(inner, tree_, budget_).script());
  out.push_back(std::move(piece));
}

/// A list in parentheses, with here_ at the opening one.
void Parser::substitution(std::vector<Piece>& out, Piece::Kind kind, bool quoted) {
  Piece piece;
  piece.kind = kind;
  piece.quoted = quoted;
  skip();
  const bool outer = std::exchange(arithmetic_, at() == '(');  // $(( ... )): << shifts
  ++open_parens_;
  piece.list = keep(list(Closer::paren));
  --open_parens_;
  arithmetic_ = outer;
  if (at() == ')') skip();
  out.push_back(std::move(piece));
}

void Parser::bracket(std::vector<Piece>& out) {
  std::size_t end = here_ + 1;
  while (end < text_.size() && end - here_ < 64 && text_[end] != ']' && !is_meta(text_[end]) && text_[end] != '$')
    ++end;
  const bool pattern = end < text_.size() && text_[end] == ']' && end > here_ + 1;
  if (!pattern) {
    add_text(out, "[", false);
    skip();
    return;
  }
  Piece piece;
  piece.kind = Piece::Kind::one;
  piece.text = text_.substr(here_, end + 1 - here_);
  out.push_back(std::move(piece));
  here_ = end + 1;
}

/// Behind @ ! ? * or +: (a|b), any text for us.
void Parser::extended_glob(std::vector<Piece>& out) {
  int depth = 0;
  do {
    if (at() == '(') ++depth;
    if (at() == ')') --depth;
    skip();
  } while (!ended() && depth > 0 && at() != '\n');
  if (!out.empty() && out.back().kind == Piece::Kind::text && !out.back().text.empty()) out.back().text.pop_back();
  Piece piece;
  piece.kind = Piece::Kind::star;
  piece.text = "*";
  out.push_back(std::move(piece));
}

void Parser::tilde(std::vector<Piece>& out) {
  Piece piece;
  piece.kind = Piece::Kind::tilde;
  skip();
  while (!ended() && (is_name_character(at()) || at() == '-' || at() == '+' || at() == '.')) {
    piece.text += at();
    skip();
  }
  out.push_back(std::move(piece));
}

/// NAME=VALUE, NAME+=VALUE, NAME[I]=VALUE or NAME=(...) when one begins here.
bool Parser::assignment(Command& out) {
  std::size_t end = here_;
  while (end < text_.size() && is_name_character(text_[end])) ++end;
  if (end == here_ || is_digit(at()) || end >= text_.size()) return false;
  std::size_t equals = end;
  if (text_[equals] == '[') {
    while (equals < text_.size() && equals - end < 128 && text_[equals] != ']' && text_[equals] != '\n') ++equals;
    if (equals >= text_.size() || text_[equals] != ']') return false;
    ++equals;
  }
  if (equals < text_.size() && text_[equals] == '+') ++equals;
  if (equals >= text_.size() || text_[equals] != '=') return false;
  Assignment made;
  made.name = text_.substr(here_, end - here_);
  here_ = equals + 1;
  if (at() == '(') {
    substitution(made.value.pieces, Piece::Kind::process, false);
  } else {
    made.value = word();
  }
  out.assignments.push_back(std::move(made));
  return true;
}

}  // namespace duotty::gate
