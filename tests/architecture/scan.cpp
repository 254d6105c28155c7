// A reading of C++ that is just deep enough to know comments, literals and the braces of functions.
#include <algorithm>
#include <cctype>
#include <regex>

#include "tree.hpp"

namespace duotty::architecture {

namespace {

void blank(std::string& out, std::string_view text) {
  for (const char c : text) out += c == '\n' ? '\n' : ' ';
}

/// Length of the comment or literal that begins at `i`, or 0 when none does.
std::size_t literal_at(std::string_view text, std::size_t i) {
  const auto rest = text.substr(i);
  const auto until = [&](std::string_view end, std::size_t from) {
    const auto at = rest.find(end, from);
    return at == std::string_view::npos ? rest.size() : at + end.size();
  };
  if (rest.starts_with("//")) return std::min(rest.find('\n'), rest.size());
  if (rest.starts_with("/*")) return until("*/", 2);
  if (rest.starts_with("R\"")) {
    const auto paren = rest.find('(');
    if (paren == std::string_view::npos) return rest.size();
    return until(")" + std::string(rest.substr(2, paren - 2)) + "\"", paren);
  }
  const char quote = rest[0];
  if (quote != '"' && quote != '\'') return 0;
  if (quote == '\'' && i > 0 && std::isalnum(static_cast<unsigned char>(text[i - 1])) != 0) return 1;  // 1'000
  std::size_t end = 1;
  while (end < rest.size() && rest[end] != quote && rest[end] != '\n') end += rest[end] == '\\' ? 2U : 1U;
  return std::min(end + 1, rest.size());
}

std::string blank_preprocessor(std::string text) {
  bool directive = false;
  bool fresh = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      directive = directive && i > 0 && text[i - 1] == '\\';
      fresh = true;
      continue;
    }
    if (fresh && c == '#') directive = true;
    if (c != ' ' && c != '\t') fresh = false;
    if (directive && c != '\\') text[i] = ' ';
  }
  return text;
}

/// What a `{` after `head` opens, seen from a namespace or a class.
enum class Opens { scope, value, body };

Opens opened_by(const std::string& head) {
  static const std::regex parameters("template\\s*<[^;{}]*?>(?=\\s*(?:class|struct|union|requires|[A-Za-z_:\\[]))");
  static const std::regex scope_word("\\b(namespace|class|struct|union|enum|extern)\\b");
  static const std::regex parens("\\([^()]*\\)");
  std::string text = std::regex_replace(head, parameters, " ");
  for (std::string before; before != text;) {
    before = text;
    text = std::regex_replace(text, parens, "@");
  }
  if (std::regex_search(text, scope_word) && text.find('@') == std::string::npos) return Opens::scope;
  const auto last = text.find_last_not_of(" \n\t");
  if (text.find('@') != std::string::npos && text.find('=') == std::string::npos) return Opens::body;
  if (last != std::string::npos && (text[last] == '=' || std::isalnum(static_cast<unsigned char>(text[last])) != 0 ||
                                    text[last] == '_' || text[last] == '>')) {
    return text.find('@') != std::string::npos ? Opens::body : Opens::value;
  }
  return Opens::body;
}

}  // namespace

std::string without_literals(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = literal_at(text, i);
    if (length == 0) {
      out += text[i++];
      continue;
    }
    blank(out, text.substr(i, length));
    i += length;
  }
  return out;
}

std::vector<Function> functions_of(std::string_view cpp) {
  std::vector<Function> found;
  const std::string text = blank_preprocessor(without_literals(cpp));
  std::string head;
  int line = 1;
  int inside = 0;  // depth of braces below the body or value being skipped
  Function open{};
  bool is_body = false;
  for (const char c : text) {
    if (c == '\n') ++line;
    if (inside > 0) {
      inside += c == '{' ? 1 : c == '}' ? -1 : 0;
      if (inside == 0 && is_body) {
        open.length = line - open.line + 1;
        found.push_back(open);
      }
      continue;
    }
    if (c == '{') {
      const Opens what = opened_by(head);
      if (what != Opens::scope) {
        inside = 1;
        is_body = what == Opens::body;
        open = {line, 0, std::regex_replace(head, std::regex("\\s+"), " ")};
      }
      head.clear();
    } else if (c == '}' || c == ';') {
      head.clear();
    } else {
      head += c;
    }
  }
  return found;
}

}  // namespace duotty::architecture
