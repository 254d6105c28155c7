// wsh's core verbs: sessions, input, screen, scrollback, idle. A session's name is a terminal's name, or its id.
#include <algorithm>
#include <duotty/base/text.hpp>

#include "contract.hpp"
#include "wsh_lines.hpp"

namespace duotty::compat {
namespace {

constexpr std::int64_t kLongestWait = 300'000;
constexpr std::int64_t kDefaultWait = 30'000;
constexpr std::int64_t kMostRows = 5000;

Answer refusal(int status, const char* code, const std::string& message) {
  Json body = {{"error", {{"code", code}, {"message", message}}}};
  return {status, std::move(body)};
}

Answer failure(const Error& error) {
  switch (error.code()) {
    case Errc::terminal_not_found:
      return refusal(404, "session_not_found", error.message());
    case Errc::conflict:
      return refusal(409, "session_name_conflict", error.message());
    case Errc::limit_reached:
      return refusal(503, "max_sessions_reached", error.message());
    case Errc::spawn_failed:
      return refusal(500, "session_create_failed", error.message());
    case Errc::timeout:
      return refusal(408, "idle_timeout", error.message());
    case Errc::invalid_params:
    case Errc::invalid_json: {
      const char* code = error.field() == "tags"     ? "invalid_tag"
                         : error.field() == "format" ? "invalid_format"
                                                     : "invalid_request";
      return refusal(400, code, error.message());
    }
    case Errc::unauthenticated:
      return refusal(401, "auth_required", error.message());
    case Errc::internal:
      return refusal(500, "internal_error", error.message());
    default:
      return refusal(error.http_status(), error.name(), error.message());
  }
}

Json named(const Foreign& f) {
  return {{"terminal_id", f.path.at("name")}};
}

std::string name_of(const Json& info) {
  const std::string name = text_of(info, "name");
  return name.empty() ? text_of(info, "id") : name;
}

Json session_of(const Json& info, const Foreign& f) {
  Json tags = info.value("tags", Json::array());
  std::sort(tags.begin(), tags.end());
  const double quiet = info.value("idle_seconds", 0.0);
  return {{"name", name_of(info)},
          {"server", f.host},
          {"pid", integer_of(info, "pid")},
          {"command", text_of(info, "shell")},
          {"rows", integer_of(info, "rows")},
          {"cols", integer_of(info, "cols")},
          {"clients", integer_of(info, "viewers")},
          {"tags", std::move(tags)},
          {"last_activity_ms", static_cast<std::int64_t>(quiet * 1000)}};
}

bool has_one_of(const Json& info, const std::string& words) {
  if (words.empty()) return true;
  for (const auto word : base::split(words, ',')) {
    for (const auto& tag : info.value("tags", Json::array())) {
      if (tag == std::string(base::trim(word))) return true;
    }
  }
  return false;
}

// --- sessions -------------------------------------------------------------------------------------------------------

Result<Json> checked_tags(const Json& tags) {
  if (!tags.is_array()) return Error(Errc::invalid_params, "Tags must be a list of texts.", "tags");
  for (const auto& tag : tags) {
    const std::string text = tag.is_string() ? tag.get<std::string>() : std::string();
    const bool good = text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
                      std::string::npos;
    if (text.empty() || text.size() > 64 || !good) {
      return Error(Errc::invalid_params,
                   "Invalid tag \"" + base::shorten(text, 80) + "\": 1 to 64 letters, digits, '-', '_', '.'.", "tags");
    }
  }
  return tags;
}

Params create(const Foreign& f, const Results&) {
  auto tags = checked_tags(f.body.value("tags", Json::array()));
  if (!tags) return tags.error();
  Json params = {{"rows", std::clamp<std::int64_t>(integer_of(f.body, "rows", 24), 1, 1000)},
                 {"cols", std::clamp<std::int64_t>(integer_of(f.body, "cols", 80), 1, 1000)},
                 {"ttl_seconds", 0},
                 {"created_by", "agent:wsh"},
                 {"tags", std::move(*tags)}};
  for (const char* name : {"name", "cwd", "env"}) {
    if (f.body.contains(name) && !f.body[name].is_null()) params[name] = f.body[name];
  }
  if (const std::string command = f.said("command"); !command.empty()) {
    params["command"] = Json::array({"/bin/sh", "-c", command});
  }
  return params;
}

Result<Answer> created(const Foreign& f, const Results& r) {
  Json session = session_of(r[0], f);
  if (const std::string command = f.said("command"); !command.empty()) session["command"] = command;
  return Answer{201, std::move(session)};
}

Params everything(const Foreign&, const Results&) {
  return Json::object();
}

Result<Answer> listed(const Foreign& f, const Results& r) {
  Json sessions = Json::array();
  for (const auto& info : r[0].at("terminals")) {
    if (record::flag_of(info, "alive") && has_one_of(info, f.asked("tag"))) sessions.push_back(session_of(info, f));
  }
  return Answer{200, std::move(sessions)};
}

Params get(const Foreign& f, const Results&) {
  return named(f);
}

Result<Answer> got(const Foreign& f, const Results& r) {
  return Answer{200, session_of(r.back(), f)};
}

Params update(const Foreign& f, const Results& r) {
  Json params = {{"terminal_id", text_of(r[0], "id")}};
  if (f.body.contains("name") && !f.body["name"].is_null()) params["name"] = f.body["name"];
  auto added = checked_tags(f.body.value("add_tags", Json::array()));
  if (!added) return added.error();
  auto removed = checked_tags(f.body.value("remove_tags", Json::array()));
  if (!removed) return removed.error();
  if (added->empty() && removed->empty()) return params;
  Json tags = Json::array();
  for (const auto& tag : r[0].value("tags", Json::array())) {
    if (std::find(removed->begin(), removed->end(), tag) == removed->end()) tags.push_back(tag);
  }
  for (const auto& tag : *added) {
    if (std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(tag);
  }
  params["tags"] = std::move(tags);
  return params;
}

Result<Answer> nothing(const Foreign&, const Results&) {
  return Answer{204, Json()};
}

// --- input and output -----------------------------------------------------------------------------------------------

Params type(const Foreign& f, const Results&) {
  Json params = named(f);
  params["data_b64"] = base::base64_encode(f.raw);
  params["enter"] = false;
  params["raw"] = true;
  return params;
}

Result<std::string> format_of(const Foreign& f) {
  std::string format = f.asked("format");
  if (format.empty()) format = "styled";
  if (format != "plain" && format != "styled") {
    return Error(Errc::invalid_params, "Invalid format: plain or styled.", "format");
  }
  return format;
}

/// Plain texts, or lists of spans where a row has looks.
Json lines_of(const Json& rows, const std::string& format) {
  if (format == "plain" || !rows.contains("styled")) return rows.at("lines");
  Json lines = Json::array();
  for (const auto& row : rows["styled"]) lines.push_back(styled_line(row));
  return lines;
}

Params screen(const Foreign& f, const Results&) {
  auto format = format_of(f);
  if (!format) return format.error();
  Json params = named(f);
  params["format"] = *format;
  return params;
}

/// Of the rows above, only how many there are.
Params rows_kept(const Foreign& f, const Results&) {
  Json params = named(f);
  params["limit"] = 1;
  return params;
}

Json screen_of(const Json& screen, const Json& rows, const std::string& format) {
  return {{"epoch", integer_of(screen, "generation")},
          {"first_line_index", integer_of(rows, "top_line") - integer_of(rows, "first_line")},
          {"total_lines", integer_of(rows, "total_lines")},
          {"lines", lines_of(screen, format)},
          {"cursor",
           {{"row", integer_of(screen, "cursor_row")},
            {"col", integer_of(screen, "cursor_col")},
            {"visible", record::flag_of(screen, "cursor_visible")}}},
          {"cols", integer_of(screen, "cols")},
          {"rows", integer_of(screen, "rows")},
          {"alternate_active", record::flag_of(screen, "alternate_screen")}};
}

Result<Answer> screened(const Foreign& f, const Results& r) {
  return Answer{200, screen_of(r[0], r[1], format_of(f).value())};
}

Params scrollback(const Foreign& f, const Results&) {
  auto format = format_of(f);
  if (!format) return format.error();
  Json params = named(f);
  params["offset"] = f.number("offset", 0, 0, std::int64_t{1} << 40);
  params["limit"] = f.number("limit", 100, 1, kMostRows);
  params["format"] = *format;
  return params;
}

Params look(const Foreign& f, const Results&) {
  return named(f);
}

Result<Answer> scrolled(const Foreign& f, const Results& r) {
  const std::int64_t offset = f.number("offset", 0, 0, std::int64_t{1} << 40);
  Json body = {{"epoch", integer_of(r[1], "generation")},
               {"lines", lines_of(r[0], format_of(f).value())},
               {"total_lines", integer_of(r[0], "total_lines")},
               {"offset", offset}};
  if (offset >= integer_of(r[0], "total_lines")) body["lines"] = Json::array();
  return Answer{200, std::move(body)};
}

// --- idle -----------------------------------------------------------------------------------------------------------

Result<Json> idle_params(const Foreign& f) {
  if (!base::parse_u64(f.asked("timeout_ms"))) {
    return Error(Errc::invalid_params, "Send timeout_ms: how long the terminal must be quiet.", "timeout_ms");
  }
  return Json{{"idle_ms", f.number("timeout_ms", 0, 0, kLongestWait)},
              {"max_wait_ms", f.number("max_wait_ms", kDefaultWait, 0, kLongestWait)}};
}

/// `fresh` asks to watch the silence itself, however long it has been quiet already.
Params watch(const Foreign& f, const Results&) {
  auto params = idle_params(f);
  if (!params) return params.error();
  if (!f.flag("fresh")) return std::optional<Json>();
  Json wait = named(f);
  wait["exit"] = true;
  wait["max_wait_ms"] = (*params)["idle_ms"];
  return wait;
}

Params idle(const Foreign& f, const Results&) {
  auto params = idle_params(f);
  if (!params) return params.error();
  auto format = format_of(f);
  if (!format) return format.error();
  params->update(named(f));
  (*params)["format"] = *format;
  if (!f.flag("fresh") && base::parse_u64(f.asked("last_generation"))) {
    (*params)["last_generation"] = f.number("last_generation", 0, 0, std::int64_t{1} << 52);
  }
  return *params;
}

Result<Answer> idled(const Foreign& f, const Results& r) {
  if (text_of(r[1], "reason") == "timeout") {
    return Error(Errc::timeout, "The terminal did not become idle within max_wait_ms.");
  }
  return Answer{200, Json{{"screen", screen_of(r[1].at("screen"), r[2], format_of(f).value())},
                          {"scrollback_lines", integer_of(r[2], "total_lines")},
                          {"generation", integer_of(r[1], "generation")}}};
}

/// The sessions that race: those with a tag that is asked for.
Result<Json> racers(const Foreign& f, const Results& r) {
  Json ids = Json::array();
  for (const auto& info : r[0].at("terminals")) {
    if (record::flag_of(info, "alive") && has_one_of(info, f.asked("tag"))) ids.push_back(info.at("id"));
  }
  if (ids.empty()) return Error(Errc::not_found, "No sessions exist.", "no_sessions");
  return ids;
}

Params watch_all(const Foreign& f, const Results& r) {
  auto params = idle_params(f);
  if (!params) return params.error();
  if (!f.flag("fresh")) return std::optional<Json>();
  auto ids = racers(f, r);
  if (!ids) return ids.error();
  return Json{{"terminal_ids", std::move(*ids)}, {"exit", true}, {"max_wait_ms", (*params)["idle_ms"]}};
}

/// The one that won last time counts only once something has happened in it.
Params race(const Foreign& f, const Results& r) {
  auto params = idle_params(f);
  if (!params) return params.error();
  auto format = format_of(f);
  if (!format) return format.error();
  auto ids = racers(f, r);
  if (!ids) return ids.error();
  (*params)["terminal_ids"] = std::move(*ids);
  const std::string last = f.asked("last_session");
  if (f.flag("fresh") || last.empty() || !base::parse_u64(f.asked("last_generation"))) return *params;
  for (const auto& info : r[0].at("terminals")) {
    if (name_of(info) != last && text_of(info, "id") != last) continue;
    (*params)["last_generation"][text_of(info, "id")] = f.number("last_generation", 0, 0, std::int64_t{1} << 52);
  }
  return *params;
}

Json winner(const Results& r) {
  return {{"terminal_id", text_of(r[2], "terminal_id")}};
}

Params settled(const Foreign& f, const Results& r) {
  if (text_of(r[2], "reason") == "timeout") {
    return Error(Errc::timeout, "No session became idle within max_wait_ms.");
  }
  Json params = winner(r);
  params["format"] = format_of(f).value();
  return params;
}

Params settled_rows(const Foreign&, const Results& r) {
  Json params = winner(r);
  params["limit"] = 1;
  return params;
}

Result<Answer> raced(const Foreign& f, const Results& r) {
  std::string name = text_of(r[2], "terminal_id");
  for (const auto& info : r[0].at("terminals")) {
    if (text_of(info, "id") != name) continue;
    name = name_of(info);
    break;
  }
  return Answer{200, Json{{"session", name},
                          {"screen", screen_of(r[3], r[4], format_of(f).value())},
                          {"scrollback_lines", integer_of(r[4], "total_lines")},
                          {"generation", integer_of(r[2], "generation")}}};
}

Answer idle_failure(const Error& error) {
  return error.field() == "no_sessions" ? refusal(404, "no_sessions", error.message()) : failure(error);
}

constexpr Row kRows[] = {
    {"GET", "/sessions", {{{"terminal.list", everything}}}, listed},
    {"POST", "/sessions", {{{"terminal.create", create}}}, created},
    {"GET", "/sessions/{name}", {{{"terminal.get", get}}}, got},
    {"PATCH", "/sessions/{name}", {{{"terminal.get", get}, {"terminal.update", update}}}, got},
    {"DELETE", "/sessions/{name}", {{{"terminal.delete", get}}}, nothing},
    {"POST", "/sessions/{name}/input", {{{"terminal.input", type}}}, nothing},
    {"GET", "/sessions/{name}/screen", {{{"terminal.screen", screen}, {"terminal.scrollback", rows_kept}}}, screened},
    {"GET", "/sessions/{name}/scrollback", {{{"terminal.scrollback", scrollback}, {"terminal.get", look}}}, scrolled},
    {"GET",
     "/sessions/{name}/idle",
     {{{"terminal.wait", watch}, {"terminal.idle", idle}, {"terminal.scrollback", rows_kept}}},
     idled},
    {"GET",
     "/idle",
     {{{"terminal.list", everything},
       {"wait_any", watch_all},
       {"wait_any", race},
       {"terminal.screen", settled},
       {"terminal.scrollback", settled_rows}}},
     raced},
};

constexpr Contract kContract{kRows, idle_failure, true};

}  // namespace

const Contract& wsh() {
  return kContract;
}

}  // namespace duotty::compat
