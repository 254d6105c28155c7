#include "aiterm_text.hpp"

#include <algorithm>
#include <array>
#include <duotty/base/text.hpp>
#include <duotty/record/json_text.hpp>

namespace duotty::compat {
namespace {

/// Tools in aiterm's words: types, defaults and what must be given.
constexpr const char* kTools = R"([
  {"name": "pty_open",
   "description": "Opens one persistent terminal and answers with its session_id. It outlives this client. For another machine or a container, send ssh or docker exec into it.",
   "inputSchema": {"type": "object", "properties": {
     "name": {"type": ["string", "null"], "description": "Name of the session; t1, t2, ... without one."},
     "shell": {"type": "string", "default": "bash", "description": "Shell to start."}}}},
  {"name": "pty_send",
   "description": "Types text into a session. Read what it prints with pty_read.",
   "inputSchema": {"type": "object", "required": ["session_id", "text"], "properties": {
     "session_id": {"type": "string"},
     "text": {"type": "string", "description": "What to type, at most 64 KiB."},
     "enter": {"type": "boolean", "default": true, "description": "Press Enter at the end."},
     "mark": {"type": "boolean", "default": false, "description": "End the command with a mark that carries its exit code; pty_read with wait finds it, also within ssh or a container."},
     "force": {"type": "boolean", "default": false, "description": "Send it even if it is destructive; the token needs the scope force."},
     "rtk": {"type": "boolean", "default": false, "description": "Taken for older clients; use rtk of pty_read."},
     "raw": {"type": "boolean", "default": false, "description": "Send control characters as they are."}}},
   "outputSchema": {"type": "object", "required": ["schema", "mode", "session_id"], "properties": {
     "schema": {"type": "string", "const": "aiterm.pty-send-result.v1"},
     "mode": {"type": "string", "enum": ["sent", "agent_dispatch"]},
     "session_id": {"type": "string"},
     "event_cursor": {"type": ["integer", "null"]},
     "launch_id": {"type": ["string", "null"]},
     "vendor": {"type": ["string", "null"]},
     "submit_residue": {"type": ["boolean", "null"]}}}},
  {"name": "pty_read",
   "description": "Reads a session, made short for models: by default what came since the last read. With wait it answers once the command has ended, a text appears, the program ends, or the time is over, and says which.",
   "inputSchema": {"type": "object", "required": ["session_id"], "properties": {
     "session_id": {"type": "string"},
     "wait": {"type": "boolean", "default": false, "description": "Wait for the end first."},
     "until": {"type": ["string", "null"], "description": "Text whose appearance is the end."},
     "until_regex": {"type": "boolean", "default": false, "description": "until is a regular expression (RE2)."},
     "timeout": {"type": "number", "default": 10, "description": "Longest wait in seconds."},
     "screen": {"type": "boolean", "default": false, "description": "The screen as it stands, for full-screen programs."},
     "full": {"type": "boolean", "default": false, "description": "Everything instead of what is new."},
     "lines": {"type": ["integer", "null"], "description": "Only the last lines."},
     "line_range": {"type": ["string", "null"], "description": "Lines A:B of everything, from 0, without B."},
     "raw": {"type": "boolean", "default": false, "description": "Not made short."},
     "rtk": {"type": "boolean", "default": false, "description": "Reduced by what the last command's output is."},
     "agent_transcript": {"type": "boolean", "default": false, "description": "Not available: there are no agent sessions."},
     "operation_id": {"type": ["string", "null"], "description": "Not available either."}}}},
  {"name": "pty_key",
   "description": "Presses a key: C-c, C-d, Enter, Tab, Up, Down, Escape, ...",
   "inputSchema": {"type": "object", "required": ["session_id", "key"], "properties": {
     "session_id": {"type": "string"},
     "key": {"type": "string", "description": "Name of the key."}}}},
  {"name": "pty_close",
   "description": "Closes a session. Asking again is safe: the answer says closed or already_closed.",
   "inputSchema": {"type": "object", "required": ["session_id"], "properties": {"session_id": {"type": "string"}}},
   "outputSchema": {"type": "object", "required": ["schema", "session_id", "outcome"], "properties": {
     "schema": {"type": "string", "const": "aiterm.pty-close-result.v1"},
     "session_id": {"type": "string"},
     "outcome": {"type": "string", "enum": ["closed", "already_closed"]}}}},
  {"name": "pty_list",
   "description": "Lists the sessions: name, what runs in front, attached or not, size.",
   "inputSchema": {"type": "object", "properties": {}}}
])";

bool is_of(const Json& value, const std::string& type) {
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "number") return value.is_number();
  if (type == "integer") return value.is_number_integer();
  return type == "null" && value.is_null();
}

bool is_of_any(const Json& value, const Json& types) {
  if (types.is_string()) return is_of(value, types.get<std::string>());
  return std::any_of(types.begin(), types.end(),
                     [&](const Json& type) { return is_of(value, type.get<std::string>()); });
}

std::string kinds(const Json& types) {
  return types.is_string() ? types.get<std::string>() : types.front().get<std::string>();
}

struct KeyName {
  std::string_view word;  ///< in small letters
  const char* ours;
  const char* theirs;
};

constexpr std::array kKeys = {
    KeyName{"enter", "enter", "Enter"},
    KeyName{"tab", "tab", "Tab"},
    KeyName{"esc", "esc", "Escape"},
    KeyName{"escape", "esc", "Escape"},
    KeyName{"up", "up", "Up"},
    KeyName{"down", "down", "Down"},
    KeyName{"left", "left", "Left"},
    KeyName{"right", "right", "Right"},
    KeyName{"space", "space", "Space"},
    KeyName{"bspace", "backspace", "BSpace"},
    KeyName{"backspace", "backspace", "BSpace"},
    KeyName{"home", "home", "Home"},
    KeyName{"end", "end", "End"},
    KeyName{"pageup", "pageup", "PageUp"},
    KeyName{"pgup", "pageup", "PgUp"},
    KeyName{"ppage", "pageup", "PPage"},
    KeyName{"pagedown", "pagedown", "PageDown"},
    KeyName{"pgdn", "pagedown", "PgDn"},
    KeyName{"npage", "pagedown", "NPage"},
    KeyName{"ic", "insert", "IC"},
    KeyName{"insert", "insert", "Insert"},
    KeyName{"dc", "delete", "DC"},
    KeyName{"delete", "delete", "Delete"},
    KeyName{"btab", "shift+tab", "BTab"},
};

bool is_function_key(const std::string& word) {
  if (word.size() < 2 || word.front() != 'f') return false;
  const auto number = base::parse_u64(std::string_view(word).substr(1));
  return number && *number >= 1 && *number <= 12;
}

std::string literal_pattern(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\.+*?()|[]{}^$").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

constexpr const char* kMarkPattern = "<<<AITERM_DONE rc=[0-9]+>>>";

}  // namespace

Json tool_list() {
  static const Json tools = Json::parse(kTools);
  return tools;
}

std::optional<Error> check_arguments(std::string_view tool, const Json& arguments) {
  const Json tools = tool_list();
  const auto found = std::find_if(tools.begin(), tools.end(), [&](const Json& one) { return one.at("name") == tool; });
  if (found == tools.end()) return Error(Errc::not_found, "");
  const Json& schema = found->at("inputSchema");
  const Json& properties = schema.at("properties");
  for (const auto& name : schema.value("required", Json::array())) {
    if (!arguments.contains(name.get<std::string>())) {
      return Error(Errc::invalid_params, "\"" + name.get<std::string>() + "\" is missing.", name.get<std::string>());
    }
  }
  for (const auto& [name, value] : arguments.items()) {
    const auto property = properties.find(name);
    if (property == properties.end() || is_of_any(value, property->at("type"))) continue;
    return Error(Errc::invalid_params, "\"" + name + "\" must be a " + kinds(property->at("type")) + ".", name);
  }
  return std::nullopt;
}

bool is_session_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
             std::string_view::npos;
}

std::size_t count_characters(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

Result<Key> key_of(const std::string& name) {
  const std::string word = base::to_lower(name);
  const auto known = std::find_if(kKeys.begin(), kKeys.end(), [&](const KeyName& key) { return key.word == word; });
  if (known != kKeys.end()) return Key{known->ours, known->theirs};
  if (is_function_key(word)) return Key{word, "F" + word.substr(1)};
  const bool spelt = word.starts_with("ctrl-") || word.starts_with("ctrl+");
  if (spelt || word.starts_with("c-")) {
    const std::string letter = word.substr(spelt ? 5 : 2);
    if (letter == "space" || letter == "@") return Key{"ctrl+space", "C-" + letter};
    if (letter.size() == 1) return Key{"ctrl+" + letter, "C-" + letter};
  }
  if (word.starts_with("m-") && name.size() > 2) {
    auto plain = key_of(name.substr(2));
    if (!plain) return plain.error();
    return Key{"alt+" + plain->ours, "M-" + plain->theirs};
  }
  if (count_characters(name) == 1) return Key{name, name};
  return Error(Errc::invalid_params,
               "There is no key \"" + base::shorten(name, 40) +
                   "\". C-c, Enter, Tab, Escape, Up, "
                   "Down, BSpace, PageUp, F5 and single characters are known.",
               "key");
}

std::string wanted_pattern(const std::string& until, bool regex, bool marked) {
  std::string pattern = until.empty() ? std::string() : regex ? "(?:" + until + ")" : literal_pattern(until);
  if (!marked) return pattern;
  return pattern.empty() ? kMarkPattern : std::string(kMarkPattern) + "|" + pattern;
}

bool is_mark(std::string_view line) {
  constexpr std::string_view kBegin = "<<<AITERM_DONE rc=";
  const auto at = line.find(kBegin);
  return at != std::string_view::npos && at + kBegin.size() < line.size() && line[at + kBegin.size()] >= '0' &&
         line[at + kBegin.size()] <= '9';
}

Result<std::pair<std::int64_t, std::optional<std::int64_t>>> line_range(const std::string& text) {
  const auto colon = text.find(':');
  const std::string low = text.substr(0, colon);
  const std::string high = colon == std::string::npos ? std::string() : text.substr(colon + 1);
  const auto first = static_cast<std::int64_t>(std::min<std::uint64_t>(base::parse_u64(low).value_or(0), 1U << 30));
  std::optional<std::int64_t> end;
  if (const auto value = base::parse_u64(high))
    end = static_cast<std::int64_t>(std::min<std::uint64_t>(*value, 1U << 30));
  if (end && *end < first) {
    return Error(Errc::invalid_params, "line_range \"" + base::shorten(text, 40) + "\" ends before it begins.",
                 "line_range");
  }
  return std::pair(first, end);
}

std::string lines_between(const std::string& text, std::int64_t first, std::optional<std::int64_t> end) {
  const auto lines = base::split(text, '\n');
  const auto count = static_cast<std::int64_t>(lines.size());
  std::string out;
  for (std::int64_t i = first; i < std::min(count, end.value_or(count)); ++i) {
    if (i > first) out += '\n';
    out += lines[static_cast<std::size_t>(i)];
  }
  return out;
}

std::string last_lines(const std::string& text, std::int64_t count) {
  const auto lines = static_cast<std::int64_t>(base::split(text, '\n').size());
  return lines_between(text, std::max<std::int64_t>(0, lines - count), std::nullopt);
}

std::string meta_words(const std::string& session, const std::string& body, const Json& read) {
  const std::int64_t lines = body.empty() ? 0 : 1 + std::count(body.begin(), body.end(), '\n');
  const std::int64_t hidden = integer_of(read, "lines_omitted");
  std::string text = "[aiterm " + session + ": " + std::to_string(lines) + " lines / ~" +
                     std::to_string(integer_of(read, "tokens")) + " tok (raw " +
                     std::to_string(integer_of(read, "lines_read")) + " lines / ~" +
                     std::to_string(integer_of(read, "raw_tokens")) + " tok)";
  if (hidden > 0) text += "; " + std::to_string(hidden) + " lines hidden";
  return text + "]";
}

std::string status_words(const std::string& status) {
  if (status.empty()) return {};
  const bool complete = status == "mark" || status == "until" || status == "dead" || status == "quiescent";
  std::string text = std::string(" [is_complete=") + (complete ? "True" : "False") + " via " + status + "]";
  if (status == "nested") {
    text +=
        " A program is in front (ssh, a container, an interpreter): silence does not say that it has ended. Give "
        "until, or send with mark:true.";
  }
  return text;
}

}  // namespace duotty::compat
