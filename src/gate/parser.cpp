#include "parser.hpp"

#include <algorithm>
#include <array>
#include <duotty/base/text.hpp>
#include <utility>

namespace duotty::gate {
namespace {

/// Bytes of a word that are shown.
constexpr std::size_t max_shown = 120;

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

bool is_newline(char c) {
  return c == '\n' || c == '\r';
}

/// Words that stand between the lists of a compound command; `and`, `or` and `not` are fish's.
bool is_connective(std::string_view word) {
  static constexpr std::array words = {"then", "do", "else", "elif", "!", "and", "or", "not", "coproc"};
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

bool is_meta(char c) noexcept {
  return is_blank(c) || is_newline(c) || c == ';' || c == '&' || c == '|' || c == '<' || c == '>' || c == '(' ||
         c == ')';
}

std::string shown(std::string_view text) {
  const bool plain =
      text.size() <= max_shown && std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  if (plain) return std::string(text);
  std::string line = base::to_valid_utf8(text.substr(0, 400));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return base::shorten(line, max_shown);
}

const List* Parser::keep(List list) {
  budget_.spend(16);
  tree_.lists.push_back(std::move(list));
  return &tree_.lists.back();
}

void Parser::blanks() {
  while (!ended()) {
    if (is_blank(at())) {
      skip();
    } else if (at() == '\\' && is_newline(at(1))) {
      skip(2);
    } else {
      return;
    }
  }
}

/// Blanks, newlines, comments and separators between commands.
void Parser::gap() {
  while (!ended()) {
    blanks();
    if (at() == '#') {
      while (!ended() && !is_newline(at())) skip();
    } else if (is_newline(at())) {
      skip();
      read_documents();
    } else if (at() == '&' || (at() == ';' && !starts(";;") && !starts(";&"))) {
      skip();
    } else {
      return;
    }
  }
}

/// The word here if it is one without any quoting, else nothing.
std::string_view Parser::keyword() const {
  std::size_t end = here_;
  while (end < text_.size() && end - here_ < 12 && !is_meta(text_[end])) {
    const char c = text_[end];
    const bool plain = (c >= 'a' && c <= 'z') || c == '{' || c == '}' || c == '!' || c == '[' || c == ']';
    if (!plain) return {};
    ++end;
  }
  if (end < text_.size() && !is_meta(text_[end])) return {};
  return text_.substr(here_, end - here_);
}

bool Parser::take(std::string_view word) {
  if (keyword() != word) return false;
  skip(word.size());
  return true;
}

List Parser::script() {
  List out = list(Closer::none);
  return out;
}

bool Parser::at_closer(Closer closer) const {
  const std::string_view word = keyword();
  switch (closer) {
    case Closer::brace:
      return at() == '}';
    case Closer::fi:
      return word == "fi" || word == "end";
    case Closer::done:
      return word == "done" || word == "end";
    case Closer::esac:
    case Closer::item:
      return word == "esac" || starts(";;") || starts(";&");
    case Closer::end:
      return word == "end";
    case Closer::none:
    case Closer::paren:
      break;
  }
  return false;
}

List Parser::list(Closer closer) {
  List out;
  const Nest nest(budget_);
  while (!ended()) {
    const std::size_t before = here_;
    gap();
    if (ended() || !budget_.spend(1)) break;
    if (at() == ')') {
      if (closer == Closer::paren || open_parens_ > 0) break;
      skip();  // closes nothing
      continue;
    }
    if (at_closer(closer)) break;
    if (const auto word = keyword(); is_connective(word)) {
      skip(word.size());
      continue;
    }
    Pipeline next = pipeline(closer);
    if (!next.commands.empty()) out.pipelines.push_back(std::move(next));
    if (here_ == before) skip();
  }
  return out;
}

Pipeline Parser::pipeline(Closer closer) {
  Pipeline out;
  while (!ended()) {
    const std::size_t before = here_;
    Command next = command();
    const bool empty =
        next.kind == Command::Kind::simple && next.words.empty() && next.assignments.empty() && next.redirects.empty();
    if (!empty) out.commands.push_back(std::move(next));
    blanks();
    if (at() != '|' || at(1) == '|') {
      if (here_ == before) skip();
      break;
    }
    skip(at(1) == '&' ? 2 : 1);
    gap();
    if (at_closer(closer)) break;
  }
  if (at() == '&' && at(1) != '&') out.background = true;
  while (at() == '&' || at() == '|') skip();
  return out;
}

Command Parser::command() {
  Command out;
  blanks();
  if (!budget_.spend(10)) return out;
  if (at() == '(') {
    const bool outer = arithmetic_;
    arithmetic_ = at(1) == '(' || (outer && here_ > 0 && text_[here_ - 1] == '(');
    out.kind = Command::Kind::subshell;
    skip();
    ++open_parens_;
    out.list = keep(list(Closer::paren));
    --open_parens_;
    if (at() == ')') skip();
    arithmetic_ = outer;
    after_compound(out);
    return out;
  }
  const auto word = keyword();
  static constexpr std::array compounds = {"{",    "if",     "while", "until",  "for",     "select",
                                           "case", "switch", "begin", "repeat", "foreach", "function"};
  if (std::find(compounds.begin(), compounds.end(), word) != compounds.end()) {
    skip(word.size());
    compound(out, word);
    return out;
  }
  if (word == "[[") {
    test_words(out);
    return out;
  }
  simple(out);
  return out;
}

void Parser::compound(Command& out, std::string_view word) {
  out.kind = Command::Kind::group;
  if (word == "function") return function(out);
  if (word == "case" || word == "switch") {
    case_items(out);
    return after_compound(out);
  }
  Closer closer = Closer::done;
  if (word == "{") closer = Closer::brace;
  if (word == "if") closer = Closer::fi;
  if (word == "begin") closer = Closer::end;
  if (word == "for" || word == "select" || word == "foreach") loop_head(out);
  if (word == "repeat") static_cast<void>(this->word());
  if (out.kind == Command::Kind::loop && take("{")) closer = Closer::brace;
  out.list = keep(list(closer));
  if (closer == Closer::brace) {
    if (at() == '}') skip();
  } else if (!ended() && at() != ')') {
    skip(keyword().size());
  }
  after_compound(out);
}

/// NAME in WORDS; or (( ... )).
void Parser::loop_head(Command& out) {
  blanks();
  if (at() == '(') {
    Command arithmetic = command();
    static_cast<void>(arithmetic);
    gap();
    return;
  }
  out.kind = Command::Kind::loop;
  Word name = word();
  if (name.pieces.size() == 1) out.name = name.pieces.front().text;
  gap();
  const bool in_parens = at() == '(';
  if (in_parens) skip();
  if (take("in") || in_parens) {
    blanks();
    while (!ended() && (!is_meta(at()) || starts("<("))) {
      if (!budget_.spend(1)) return;
      out.words.push_back(word());
      blanks();
    }
    if (in_parens && at() == ')') skip();
  }
  gap();
  static_cast<void>(take("do"));
  gap();
}

void Parser::case_items(Command& out) {
  blanks();
  out.words.push_back(word());
  gap();
  static_cast<void>(take("in"));
  List all;
  while (!ended()) {
    const std::size_t before = here_;
    gap();
    while (at() == ';' || at() == '&' || at() == '|') skip();
    gap();
    if (take("esac") || take("end")) break;
    if (at() == ')' && open_parens_ > 0) break;
    if (at() == '(') skip();
    take("case");  // fish: `case PATTERN`, without a parenthesis
    while (!ended() && at() != ')' && !is_newline(at()) && at() != ';') {
      blanks();
      if (at() == '|' || at() == '<' || at() == '>' || at() == '&' || at() == '(') skip();
      if (!is_meta(at())) static_cast<void>(word());
      blanks();
    }
    if (at() == ')') skip();
    List item = list(Closer::item);
    std::move(item.pipelines.begin(), item.pipelines.end(), std::back_inserter(all.pipelines));
    if (here_ == before) skip();
  }
  out.list = keep(std::move(all));
}

/// [[ ... ]]: operators in it are words.
void Parser::test_words(Command& out) {
  while (!ended() && !is_newline(at())) {
    blanks();
    if (!budget_.spend(1)) return;
    if (is_meta(at())) {
      if (at() == ';' || is_newline(at())) return;
      skip();
      continue;
    }
    const bool last = starts("]]");
    if (ended()) return;
    out.words.push_back(word());
    if (last) return;
  }
}

/// One command, braces as a rule; zsh lets a word follow the brace at once.
const List* Parser::function_body() {
  List body;
  Pipeline only;
  Command inner;
  if (at() == '{') {
    skip();
    compound(inner, "{");
  } else {
    inner = command();
  }
  only.commands.push_back(std::move(inner));
  body.pipelines.push_back(std::move(only));
  return keep(std::move(body));
}

/// Behind `function`: NAME [()] { ... }; fish has no braces and closes with `end`.
void Parser::function(Command& out) {
  out.kind = Command::Kind::function;
  blanks();
  Word name = word();
  if (!name.pieces.empty()) out.name = name.pieces.front().text;
  blanks();
  if (at() == '(' && at(1) == ')') skip(2);
  blanks();
  const bool same_line = !is_newline(at());
  while (is_newline(at())) skip();
  blanks();
  if (at() == '{' || at() == '(') {
    out.list = function_body();
    return;
  }
  while (same_line && !ended() && !is_newline(at()) && at() != ';') {  // fish: options of the function
    blanks();
    if (is_meta(at())) break;
    static_cast<void>(word());
  }
  out.list = keep(list(Closer::end));
  take("end");
}

void Parser::after_compound(Command& out) {
  while (!ended()) {
    blanks();
    if (!redirect(out)) return;
  }
}

void Parser::simple(Command& out) {
  while (!ended() && simple_part(out)) {
    if (!budget_.spend(1)) return;
  }
}

/// One word, assignment or redirection; false at the end of the command.
bool Parser::simple_part(Command& out) {
  blanks();
  if (ended()) return false;
  if (redirect(out)) return true;
  const char c = at();
  if (c == '#') {
    while (!ended() && !is_newline(at())) skip();
    return false;
  }
  if (c == '(') {
    if (out.words.size() == 1 && out.assignments.empty()) {
      std::size_t next = 1;
      while (is_blank(at(next))) ++next;
      if (at(next) == ')') {
        skip(next + 1);
        out.kind = Command::Kind::function;
        if (!out.words.front().pieces.empty()) out.name = out.words.front().pieces.front().text;
        out.words.clear();
        gap();
        out.list = function_body();
        return false;
      }
    }
    Word fish;
    substitution(fish.pieces, Piece::Kind::command, false);
    out.words.push_back(std::move(fish));
    return true;
  }
  if (is_meta(c) && !starts("<(") && !starts(">(")) return false;
  if (out.words.empty() && assignment(out)) return true;
  const std::size_t before = here_;
  out.words.push_back(word());
  if (here_ == before) skip();
  return true;
}

/// A redirection with what follows it, if one begins here.
bool Parser::redirect(Command& out) {
  std::size_t p = here_;
  if (at() == '{') {
    while (p < text_.size() && text_[p] != '}' && p - here_ < 32 && !is_meta(text_[p])) ++p;
    if (p >= text_.size() || text_[p] != '}') return false;
    ++p;
  }
  while (p < text_.size() && p - here_ < 40 && text_[p] >= '0' && text_[p] <= '9') ++p;
  if (p < text_.size() && text_[p] == '&' && p == here_ && at(1) == '>') ++p;
  if (p >= text_.size() || (text_[p] != '<' && text_[p] != '>')) return false;
  const std::string_view rest = text_.substr(p, 3);
  if (rest.starts_with("<(") || rest.starts_with(">(")) return false;
  Redirect r;
  std::size_t length = 1;
  const bool shift = arithmetic_ && rest.starts_with("<<");
  if (rest == "<<<") {
    r.kind = Redirect::Kind::here_string;
    length = 3;
  } else if (rest.starts_with("<<") && !shift) {
    r.kind = Redirect::Kind::here_document;
    length = rest == "<<-" ? 3 : 2;
  } else if (rest.starts_with(">>")) {
    r.kind = Redirect::Kind::append;
    length = 2;
  } else if (rest.starts_with(">&") || rest.starts_with("<&")) {
    r.kind = Redirect::Kind::duplicate;
    length = 2;
  } else {
    r.kind = rest[0] == '>' || rest.starts_with("<>") ? Redirect::Kind::write : Redirect::Kind::read;
    length = shift || rest.starts_with(">|") || rest.starts_with("<>") || rest.starts_with(">!") ? 2 : 1;
  }
  here_ = p + length;
  blanks();
  if (ended() || (is_meta(at()) && !starts("<(") && !starts(">("))) return true;
  const std::size_t begin = here_;
  r.target = word();
  if (r.kind == Redirect::Kind::here_document) {
    HereDocument document;
    document.strip_tabs = length == 3;
    for (const auto& piece : r.target.pieces) document.delimiter += piece.text;
    const auto raw = text_.substr(begin, here_ - begin);
    document.quoted = raw.find_first_of("'\"\\") != std::string_view::npos;
    r.document = tree_.documents.size();
    documents_.push_back(r.document);
    tree_.documents.push_back(std::move(document));
  }
  // >& FILE writes both outputs to the file.
  if (r.kind == Redirect::Kind::duplicate && text_[begin] != '-' && (text_[begin] < '0' || text_[begin] > '9')) {
    r.kind = Redirect::Kind::write;
  }
  out.redirects.push_back(std::move(r));
  return true;
}

void Parser::read_documents() {
  const std::vector<std::size_t> begun = std::exchange(documents_, {});
  for (const std::size_t index : begun) {
    HereDocument& document = tree_.documents[index];
    while (here_ < text_.size()) {
      std::size_t end = std::min(text_.find_first_of("\n\r", here_), text_.size());
      std::string_view line = text_.substr(here_, end - here_);
      here_ = std::min(end + 1, text_.size());
      if (document.strip_tabs) {
        while (line.starts_with('\t')) line.remove_prefix(1);
      }
      if (line == document.delimiter) break;
      document.text.append(line).push_back('\n');
    }
    if (document.quoted || !budget_.spend(document.text.size() / 4)) continue;
    if (document.text.find_first_of("$`") == std::string::npos) continue;
    const std::string text = document.text;
    auto pieces = Parser(text, tree_, budget_).document();
    tree_.documents[index].pieces = std::move(pieces);
  }
}

}  // namespace duotty::gate
