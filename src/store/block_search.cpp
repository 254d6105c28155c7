#include "block_search.hpp"

#include <algorithm>

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

}  // namespace

Search::Search(const BlockQuery& query) {
  if (!query.terminal.empty()) also("terminal = ?", query.terminal);
  if (!query.owner.empty()) also("owner = ?", query.owner);
  if (!query.status.empty()) also("status = ?", query.status);
  if (!query.by.empty()) {
    also("(by_whom = ?", query.by);
    where_ += " OR substr(by_whom, 1, ?) = ?)";
    values_.emplace_back(static_cast<std::int64_t>(characters(query.by) + 1));
    values_.emplace_back(query.by + ":");
  }
  if (!query.cwd.empty()) {
    const std::string below = query.cwd == "/" ? "/" : query.cwd + "/";
    also("(cwd = ?", query.cwd);
    where_ += " OR substr(cwd, 1, ?) = ?)";
    values_.emplace_back(static_cast<std::int64_t>(characters(below)));
    values_.emplace_back(below);
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
  add_text(query.text);
}

void Search::add_text(const std::string& text) {
  std::string indexed;
  for (const std::string& word : words_of(text)) {
    // The index knows runs of three characters; shorter words are looked for in the rows.
    if (characters(word) < 3) {
      also("command LIKE ? ESCAPE '\\'", like_anywhere(word));
      continue;
    }
    indexed += indexed.empty() ? "\"" : " \"";
    for (const char c : word) indexed += c == '"' ? std::string("\"\"") : std::string(1, c);
    indexed += '"';
  }
  if (!indexed.empty()) also("id IN (SELECT rowid FROM block_text WHERE block_text MATCH ?)", indexed);
}

void Search::also(const std::string& condition) {
  where_ += (where_.empty() ? " WHERE " : " AND ") + condition;
}

void Search::also(const std::string& condition, std::variant<std::string, std::int64_t> value) {
  also(condition);
  values_.push_back(std::move(value));
}

void Search::bind(Statement& statement) const {
  int at = 0;
  for (const auto& value : values_) {
    ++at;
    if (const auto* text = std::get_if<std::string>(&value)) {
      statement.bind(at, *text);
    } else {
      statement.bind(at, std::get<std::int64_t>(value));
    }
  }
}

}  // namespace duotty::store
