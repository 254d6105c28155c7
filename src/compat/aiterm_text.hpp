#pragma once
// aiterm's words: its tools as models see them, keys, patterns, ranges, and the line behind what was read. Pure.
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "contract.hpp"

namespace duotty::compat {

/// What is sent behind a command so that its end and exit code can be seen whatever runs in front.
inline constexpr const char* kMarkCommand = "; printf '\\n<<<AITERM_DONE rc=%d>>>\\n' \"$?\"";

/// The tools as `tools/list` gives them.
Json tool_list();
/// What is wrong with the arguments of a tool; an error without a message: there is no such tool.
std::optional<Error> check_arguments(std::string_view tool, const Json& arguments);

bool is_session_name(std::string_view name);
/// Characters, not bytes.
std::size_t count_characters(std::string_view utf8);

/// A key by both names.
struct Key {
  std::string ours;
  std::string theirs;
};
/// tmux's key names and aiterm's aliases: C-c, M-x, Enter, Up, BSpace, PageUp, F5, a single character.
Result<Key> key_of(const std::string& name);

/// RE2 for `until` and the mark; empty when nothing was asked for.
std::string wanted_pattern(const std::string& until, bool regex, bool marked);
bool is_mark(std::string_view line);

/// "A:B" as the first line and the one after the last; without B to the end.
Result<std::pair<std::int64_t, std::optional<std::int64_t>>> line_range(const std::string& text);
std::string lines_between(const std::string& text, std::int64_t first, std::optional<std::int64_t> end);
std::string last_lines(const std::string& text, std::int64_t count);

/// "[aiterm t1: 3 lines / ~12 tok (raw 40 lines / ~300 tok)]"
std::string meta_words(const std::string& session, const std::string& body, const Json& read);
/// " [is_complete=True via quiescent]"; empty without a status.
std::string status_words(const std::string& status);

}  // namespace duotty::compat
