#include "block_search.hpp"

#include <algorithm>
#include <duotty/base/text.hpp>

namespace duotty::store {
namespace {

/// `text` as a pattern of LIKE that matches it anywhere, with `\` as the escape character.
std::string like_anywhere(const std::string& text) {
  std::string pattern = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + "%";
}

std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\n') {
      if (!words.back().empty()) words.emplace_back();
    } else if (c != '\0') {
      words.back() += c;
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

/// The words that an index of runs of three characters can know, as a query for it; empty when there are none.
std::string phrases(const std::vector<std::string>& words) {
  std::string indexed;
  for (const std::string& word : words) {
    if (characters(word) < 3) continue;
    indexed += indexed.empty() ? "\"" : " \"";
    for (const char c : word) indexed += c == '"' ? std::string("\"\"") : std::string(1, c);
    indexed += '"';
  }
  return indexed;
}

/// Index of the first byte of the character that `at` is in.
std::size_t character_begin(const std::string& text, std::size_t at) {
  while (at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) --at;
  return at;
}

/// Longest excerpt in bytes, and how much of it stands before the word at most.
constexpr std::size_t kExcerpt = 200;
constexpr std::size_t kBefore = 60;

}  // namespace

bool has_all_words(const std::string& text, const std::string& words) {
  const std::string lower = base::to_lower(text);
  const auto wanted = words_of(base::to_lower(words));
  return std::all_of(wanted.begin(), wanted.end(),
                     [&](const std::string& word) { return lower.find(word) != std::string::npos; });
}

std::string excerpt(const std::string& text, const std::string& words) {
  const std::string lower = base::to_lower(text);
  std::size_t found = std::string::npos;
  for (const std::string& word : words_of(base::to_lower(words))) {
    found = lower.find(word);
    if (found != std::string::npos) break;
  }
  if (found == std::string::npos) found = 0;
  const auto before = text.rfind('\n', found);
  std::size_t begin = before == std::string::npos || found == 0 ? 0 : before + 1;
  if (found - std::min(begin, found) > kBefore) begin = character_begin(text, found - kBefore);
  const std::size_t line_end = std::min(text.find('\n', found), text.size());
  const std::size_t end = line_end - begin > kExcerpt ? character_begin(text, begin + kExcerpt) : line_end;
  std::string out = text.substr(begin, end - begin);
  if (end < line_end) out += "...";
  if (begin > 0 && text[begin - 1] != '\n') out.insert(0, "...");
  return std::string(base::trim(out));
}

Search::Search(const BlockQuery& query) {
  if (!query.terminal.empty()) also("terminal = ?", query.terminal);
  if (!query.owner.empty()) also("owner = ?", query.owner);
  if (!query.status.empty()) also("status = ?", query.status);
  if (!query.by.empty()) {
    also("(by_whom = ? OR substr(by_whom, 1, ?) = ?)", query.by);
    value(static_cast<std::int64_t>(characters(query.by) + 1));
    value(query.by + ":");
  }
  if (!query.cwd.empty()) {
    const std::string below = query.cwd == "/" ? "/" : query.cwd + "/";
    also("(cwd = ? OR substr(cwd, 1, ?) = ?)", query.cwd);
    value(static_cast<std::int64_t>(characters(below)));
    value(below);
  }
  if (query.failed) also("exit_code <> 0");
  if (query.incomplete) {
    also(
        "status <> 'running' AND output_end - output_begin >"
        " (SELECT coalesce(max(begin + length(bytes)), 0) FROM block_output WHERE block = block.id)");
  }
  if (query.since) also("started_at >= ?", *query.since);
  if (query.until) also("started_at < ?", *query.until);
  if (query.before_id) also("id < ?", *query.before_id);
  if (query.before_seq) also("seq < ?", static_cast<std::int64_t>(*query.before_seq));
  if (query.seq) also("seq = ?", static_cast<std::int64_t>(*query.seq));
  add_text(query);
}

void Search::add_text(const BlockQuery& query) {
  const auto words = words_of(query.text);
  if (words.empty()) return;
  std::string any;
  if (query.in_command) any = command_words(words);
  if (query.in_output) any += (any.empty() ? "" : " OR ") + output_words(words);
  also(any.empty() ? "0" : "(" + any + ")");
}

std::string Search::command_words(const std::vector<std::string>& words) {
  std::string sql;
  // The index knows runs of three characters; shorter words are looked for in the rows.
  for (const std::string& word : words) {
    if (characters(word) >= 3) continue;
    sql += (sql.empty() ? "" : " AND ") + std::string("command LIKE ? ESCAPE '\\'");
    value(like_anywhere(word));
  }
  if (const std::string indexed = phrases(words); !indexed.empty()) {
    sql += (sql.empty() ? "" : " AND ") + std::string("id IN (SELECT rowid FROM block_text WHERE block_text MATCH ?)");
    value(indexed);
  }
  return "(" + sql + ")";
}

std::string Search::output_words(const std::vector<std::string>& words) {
  std::string sql;
  if (const std::string indexed = phrases(words); !indexed.empty()) {
    sql = "id IN (SELECT rowid FROM output_text WHERE output_text MATCH ?)";
    value(indexed);
  }
  // Row by row from the newest on, so that the first page does not read everything.
  for (const std::string& word : words) {
    if (characters(word) >= 3) continue;
    sql += (sql.empty() ? "" : " AND ") +
           std::string("EXISTS (SELECT 1 FROM output_text WHERE rowid = block.id AND text LIKE ? ESCAPE '\\')");
    value(like_anywhere(word));
  }
  return "(" + sql + ")";
}

}  // namespace duotty::store
