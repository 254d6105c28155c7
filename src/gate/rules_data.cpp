// Databases: statements that clients are given as arguments or on standard input.
#include <algorithm>

#include "programs.hpp"

namespace duotty::gate {
namespace {

/// Words of one statement in capitals, strings and comments left out.
std::vector<std::string> words_of(std::string_view statement) {
  std::vector<std::string> words;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty() && words.size() < 64) words.push_back(word);
    word.clear();
  };
  for (const char c : statement) {
    const bool letter =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
    if (!letter) {
      end_word();
      continue;
    }
    word += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  end_word();
  return words;
}

bool has(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

void judge_statement(Judge& judge, std::string_view statement) {
  auto words = words_of(statement);
  // EXPLAIN does not carry out; BEGIN and a CTE come first and change nothing.
  while (!words.empty() && (words.front() == "BEGIN" || words.front() == "TRANSACTION")) words.erase(words.begin());
  if (words.size() < 2) return;
  const std::string shown_text = std::string(base::trim(statement));
  const auto& verb = words[0];
  if (verb == "DROP" && one_of(words[1], "DATABASE SCHEMA TABLE TABLESPACE OWNED KEYSPACE COLLECTION")) {
    judge.report("sql-drop", shown_text);
  }
  if (verb == "DROP" && one_of(words[1], "USER ROLE VIEW INDEX FUNCTION")) judge.report("sql-drop-lesser", shown_text);
  if (verb == "TRUNCATE") judge.report("sql-drop", shown_text);
  if (verb == "ALTER" && words[1] == "TABLE" && has(words, "DROP") && !has(words, "CONSTRAINT")) {
    judge.report("sql-drop-lesser", shown_text);
  }
  const bool bounded = has(words, "WHERE") || has(words, "LIMIT") || has(words, "USING");
  if (verb == "DELETE" && words[1] == "FROM" && !bounded) judge.report("sql-all-rows", shown_text);
  if (verb == "UPDATE" && has(words, "SET") && !bounded) judge.report("sql-all-rows", shown_text);
}

void judge_redis(const Call& call) {
  const auto check = [&](std::string_view text) {
    for (const auto& word : words_of(text)) {
      if (word == "FLUSHALL" || word == "FLUSHDB") call.report("flush-store", word);
    }
  };
  auto args = call.rest();
  take_known_options(args, "hpsanriu", " user pass ");
  if (!args.empty()) check(args.front().value);
  if (args.empty() && call.in.text) check(*call.in.text);
}

void judge_mongo(const Call& call) {
  auto text = option_value(call.rest(), "eval", '\0');
  if (!text) text = call.in.text;
  if (!text) return;
  for (const char* method : {"dropDatabase(", ".drop(", "deleteMany({})", "remove({})", "dropAllUsers("}) {
    if (text->find(method) != std::string::npos) return call.report("sql-drop", *text);
  }
}

}  // namespace

void judge_sql(Judge& judge, std::string_view sql) {
  std::string statement;
  for (std::size_t i = 0; i < sql.size(); ++i) {
    if (!judge.budget().spend(1)) return;
    const char c = sql[i];
    const bool line_comment = (c == '-' && i + 1 < sql.size() && sql[i + 1] == '-');
    if (line_comment) {
      while (i < sql.size() && sql[i] != '\n') ++i;
      statement += ' ';
    } else if (c == '/' && i + 1 < sql.size() && sql[i + 1] == '*') {
      i = std::min(sql.find("*/", i), sql.size());
      ++i;
      statement += ' ';
    } else if (c == '\'' || c == '"' || c == '`') {
      const auto end = sql.find(c, i + 1);
      if (c != '\'') statement.append(sql.substr(i, end == sql.npos ? sql.npos : end + 1 - i));
      if (c == '\'') statement += "''";
      i = end == std::string_view::npos ? sql.size() : end;
    } else if (c == ';') {
      judge_statement(judge, statement);
      statement.clear();
    } else {
      statement += c;
    }
  }
  judge_statement(judge, statement);
}

void judge_databases(const Call& call) {
  const auto args = call.rest();
  const auto name = call.name;
  if (one_of(name, "redis-cli valkey-cli")) return judge_redis(call);
  if (one_of(name, "mongosh mongo")) return judge_mongo(call);
  if (one_of(name, "dropdb dropuser")) {
    if (!operands(args).empty()) call.report(name == "dropdb" ? "sql-drop" : "sql-drop-lesser", call.args.back().shown);
    return;
  }
  if (name == "mysqladmin") {
    for (const auto& word : operands(args)) {
      if (word.value == "drop") call.report("sql-drop", word.shown);
    }
    return;
  }
  bool given = false;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const std::string_view word = args[i].value;
    const auto equals = word.find('=');
    if (one_of(word.substr(0, equals), "--command --execute --query --init-command --sql") &&
        equals != std::string_view::npos) {
      judge_sql(call.judge, word.substr(equals + 1));
      given = true;
      continue;
    }
    const bool long_option = one_of(word, "--command --execute --query --init-command --sql -cmd");
    const bool letter = word.size() >= 2 && word[0] == '-' && word[1] != '-' &&
                        std::string_view("ceqQ").find(word.back()) != std::string_view::npos;
    if ((long_option || letter) && i + 1 < args.size()) {
      judge_sql(call.judge, args[++i].value);
      given = true;
    } else if (word.size() > 2 && (word.starts_with("-e") || word.starts_with("-c"))) {
      judge_sql(call.judge, word.substr(2));
      given = true;
    }
  }
  if (one_of(name, "sqlite3 sqlite duckdb bq")) {
    const auto words = operands(args);
    for (std::size_t i = 1; i < words.size(); ++i) judge_sql(call.judge, words[i].value);
    given = given || words.size() > 1;
  }
  if (!given && call.in.text) judge_sql(call.judge, *call.in.text);
}

}  // namespace duotty::gate
