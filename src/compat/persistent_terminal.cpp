// persistent-terminal-api. Its `userId` keeps assistants apart that share one server: a label of the terminal here,
// held against every request. Tokens with an owner keep them apart for certain.
#include <cmath>
#include <duotty/base/text.hpp>
#include <duotty/base/utc_time.hpp>

#include "contract.hpp"

namespace duotty::compat {
namespace {

constexpr std::int64_t kMaxLines = 100'000;
constexpr std::int64_t kDefaultLines = 1000;
constexpr std::int64_t kPreviewLines = 50;
constexpr std::int64_t kMostText = 1'000'000;
constexpr double kSessionSeconds = 86400;

std::string user_of(const Foreign& f) {
  const std::string said = f.said("userId");
  return said.empty() ? f.asked("userId") : said;
}

std::string label_of(const std::string& user) {
  return "user:" + user;
}

Result<std::string> need_user(const Foreign& f) {
  std::string user = user_of(f);
  if (user.empty() || user.size() > 64) {
    return Error(Errc::invalid_params, "Send userId: it keeps the terminals of different users apart.", "userId");
  }
  return user;
}

bool belongs_to(const Json& terminal, const std::string& user) {
  for (const auto& tag : terminal.value("tags", Json::array())) {
    if (tag == label_of(user)) return true;
  }
  return false;
}

/// The first step of every request that names a terminal.
Params look(const Foreign& f, const Results&) {
  auto user = need_user(f);
  if (!user) return user.error();
  return Json{{"terminal_id", f.path.at("id")}};
}

Result<std::string> own_terminal(const Foreign& f, const Results& r) {
  if (!belongs_to(r[0], user_of(f))) {
    return Error(Errc::denied, "Terminal " + f.path.at("id") + " belongs to another user.", "userId");
  }
  return text_of(r[0], "id");
}

Answer data(Json value, int status = 200) {
  Json body = {{"success", true}, {"data", std::move(value)}};
  return {status, std::move(body)};
}

Answer failure(const Error& error) {
  Answer answer = plain_failure(error);
  answer.body["success"] = false;
  answer.body["message"] = error.message();
  return answer;
}

Json terminal_of(const Json& info, double now) {
  const double idle = info.value("idle_seconds", 0.0);
  return {{"id", text_of(info, "id")},
          {"terminalId", text_of(info, "id")},
          {"pid", integer_of(info, "pid")},
          {"shell", text_of(info, "shell")},
          {"cwd", text_of(info, "cwd")},
          {"cols", integer_of(info, "cols")},
          {"rows", integer_of(info, "rows")},
          {"created", text_of(info, "created_at")},
          {"lastActivity", base::utc_time(std::llround((now - idle) * 1000))},
          {"status", record::flag_of(info, "alive") ? "active" : "terminated"}};
}

Params create(const Foreign& f, const Results&) {
  auto user = need_user(f);
  if (!user) return user.error();
  const std::string cwd = f.said("cwd");
  if (cwd.empty()) return Error(Errc::invalid_params, "Send cwd: the directory to start in.", "cwd");
  Json params = {{"cwd", cwd},
                 {"cols", integer_of(f.body, "cols", 80)},
                 {"rows", integer_of(f.body, "rows", 24)},
                 {"ttl_seconds", kSessionSeconds},
                 {"created_by", "agent:" + *user},
                 {"tags", Json::array({label_of(*user)})}};
  if (const std::string shell = f.said("shell"); !shell.empty()) params["shell"] = shell;
  if (f.body.contains("env")) params["env"] = f.body["env"];
  return params;
}

Result<Answer> created(const Foreign& f, const Results& r) {
  Json value = terminal_of(r[0], f.now);
  value["userId"] = user_of(f);
  return data(std::move(value), 201);
}

Params list(const Foreign& f, const Results&) {
  auto user = need_user(f);
  if (!user) return user.error();
  return Json::object();
}

Result<Answer> listed(const Foreign& f, const Results& r) {
  Json terminals = Json::array();
  for (const auto& info : r[0].at("terminals")) {
    if (belongs_to(info, user_of(f))) terminals.push_back(terminal_of(info, f.now));
  }
  const std::size_t count = terminals.size();
  return data(Json{{"terminals", std::move(terminals)}, {"count", count}});
}

Result<Answer> looked(const Foreign& f, const Results& r) {
  auto own = own_terminal(f, r);
  if (!own) return own.error();
  return data(terminal_of(r[0], f.now));
}

bool only_controls(const std::string& text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x20) return false;
  }
  return !text.empty();
}

/// A line feed is appended where the input has none: here Enter is pressed instead, which every program understands.
Params type(const Foreign& f, const Results& r) {
  auto own = own_terminal(f, r);
  if (!own) return own.error();
  const bool enter_only = record::flag_of(f.body, "sendEnter");
  if (!f.body.contains("input") && !enter_only) {
    return Error(Errc::invalid_params, "Send input: the text to type.", "input");
  }
  if (f.body.contains("input") && !f.body["input"].is_string()) {
    return Error(Errc::invalid_params, "\"input\" must be a text.", "input");
  }
  std::string input = f.said("input");
  const bool ended = input.ends_with('\n') || input.ends_with('\r');
  const bool enter = ended || enter_only || record::flag_of(f.body, "appendNewline", !only_controls(input));
  while (ended && (input.ends_with('\n') || input.ends_with('\r'))) input.pop_back();
  return Json{{"terminal_id", *own}, {"data", input}, {"enter", enter}, {"raw", true}};
}

Result<Answer> typed(const Foreign&, const Results&) {
  return data(Json{{"message", "Input sent."}});
}

Json reading(const std::string& terminal, const Foreign& f, const char* mode, std::int64_t lines) {
  return {{"terminal_id", terminal}, {"mode", mode},    {"lines", lines},
          {"clean", true},           {"reduce", "off"}, {"max_chars", f.number("maxChars", kMostText, 200, kMostText)}};
}

std::string mode_of(const Foreign& f) {
  if (f.query.contains("since")) return "since";
  const std::string mode = f.asked("mode");
  return mode.empty() ? "full" : mode;
}

/// Where there are two ends to read, this is the first of them.
Params read_first(const Foreign& f, const Results& r) {
  auto own = own_terminal(f, r);
  if (!own) return own.error();
  const std::string mode = mode_of(f);
  if (mode == "since") {
    Json params = reading(*own, f, "since", kDefaultLines);
    params["since"] = f.number("since", 0, 0, std::int64_t{1} << 52);
    return params;
  }
  if (mode == "tail") return reading(*own, f, "tail", f.number("tailLines", kPreviewLines, 1, kMaxLines));
  if (mode == "head" || mode == "head-tail") {
    return reading(*own, f, "head", f.number("headLines", kPreviewLines, 1, kMaxLines));
  }
  if (mode == "full") return reading(*own, f, "head", f.number("maxLines", kDefaultLines, 1, kMaxLines));
  return Error(Errc::invalid_params, "\"mode\" must be one of: full, head, tail, head-tail.", "mode");
}

Params read_last(const Foreign& f, const Results& r) {
  if (mode_of(f) != "head-tail") return std::optional<Json>();
  const std::int64_t unread = integer_of(r[1], "total_lines") - integer_of(r[1], "lines_read");
  const std::int64_t wanted = std::min(unread, f.number("tailLines", kPreviewLines, 1, kMaxLines));
  if (wanted <= 0) return std::optional<Json>();
  return reading(text_of(r[0], "id"), f, "tail", wanted);
}

/// Without `clean` the rows are wanted with their colours.
Params read_coloured(const Foreign& f, const Results& r) {
  constexpr std::int64_t kMostRows = 5000;
  const std::string mode = mode_of(f);
  if (f.flag("clean") || mode == "head-tail" || text_of(r[1], "text").empty()) return std::optional<Json>();
  const std::int64_t from = integer_of(r[1], "line");
  const bool to_the_end = mode == "since" || mode == "tail" || !record::flag_of(r[1], "has_more");
  const std::int64_t rows = to_the_end ? kMostRows : integer_of(r[1], "next_read_from") - from;
  if (rows < 1) return std::optional<Json>();
  return Json{
      {"terminal_id", text_of(r[0], "id")}, {"line", from}, {"limit", std::min(rows, kMostRows)}, {"format", "ansi"}};
}

std::string rows_of(const Json& scrollback) {
  std::string text;
  for (const auto& line : scrollback.at("lines")) text += line.get<std::string>() + "\n";
  while (text.ends_with("\n")) text.pop_back();
  return text;
}

Result<Answer> read(const Foreign& f, const Results& r) {
  const Json& first = r[1];
  const Json& last = r[2];
  std::string text = text_of(first, "text");
  const std::int64_t total = integer_of(first, "total_lines");
  std::int64_t shown = integer_of(first, "lines_read") - integer_of(first, "lines_omitted");
  const Json& end = last.is_null() ? first : last;
  if (!last.is_null()) {
    shown += integer_of(last, "lines_read") - integer_of(last, "lines_omitted");
    const std::int64_t between = total - shown;
    if (between > 0) text += "\n... [" + std::to_string(between) + " lines omitted] ...";
    text += "\n" + text_of(last, "text");
  }
  if (r[3].is_object()) text = rows_of(r[3]);
  const bool since = mode_of(f) == "since";
  const std::int64_t next = integer_of(end, "next_read_from");
  const std::int64_t omitted = since ? integer_of(first, "lines_omitted") : std::max<std::int64_t>(0, total - shown);
  Json stats = {{"totalBytes", integer_of(r[0], "size")},
                {"estimatedTokens", integer_of(first, "tokens") + integer_of(last, "tokens")},
                {"linesShown", shown},
                {"linesOmitted", omitted}};
  return data(Json{{"terminalId", text_of(r[0], "id")},
                   {"output", std::move(text)},
                   {"totalLines", total},
                   {"hasMore", record::flag_of(end, "has_more")},
                   {"since", since ? f.number("since", 0, 0, std::int64_t{1} << 52) : integer_of(first, "line")},
                   {"nextReadFrom", next},
                   {"cursor", next},
                   {"truncated", omitted > 0 || record::flag_of(first, "truncated")},
                   {"stats", std::move(stats)}});
}

Params own_id(const Foreign& f, const Results& r) {
  auto own = own_terminal(f, r);
  if (!own) return own.error();
  return Json{{"terminal_id", *own}};
}

Result<Answer> counted(const Foreign&, const Results& r) {
  const Json& stats = r[1];
  return data(Json{{"terminalId", text_of(r[0], "id")},
                   {"totalLines", integer_of(stats, "lines")},
                   {"totalBytes", integer_of(stats, "bytes")},
                   {"estimatedTokens", integer_of(stats, "tokens")},
                   {"bufferSize", integer_of(stats, "kept_lines")},
                   {"oldestLine", integer_of(stats, "first_line")},
                   {"newestLine", integer_of(stats, "end_line")},
                   {"isActive", record::flag_of(stats, "alive")}});
}

Params end(const Foreign& f, const Results& r) {
  auto own = own_terminal(f, r);
  if (!own) return own.error();
  std::string signal = f.said("signal").empty() ? f.asked("signal") : f.said("signal");
  if (signal.empty()) signal = "SIGTERM";
  return Json{{"terminal_id", *own}, {"signal", signal}};
}

Result<Answer> ended(const Foreign& f, const Results&) {
  return data(Json{{"terminalId", f.path.at("id")}, {"message", "Terminal terminated."}});
}

Params resize(const Foreign& f, const Results& r) {
  auto own = own_terminal(f, r);
  if (!own) return own.error();
  return Json{{"terminal_id", *own}, {"cols", f.body.value("cols", Json())}, {"rows", f.body.value("rows", Json())}};
}

Result<Answer> resized(const Foreign& f, const Results& r) {
  return data(terminal_of(r[1], f.now));
}

constexpr Step kLook{"terminal.get", look};

constexpr Row kRows[] = {
    {"POST", "/api/terminals", {{{"terminal.create", create}}}, created},
    {"GET", "/api/terminals", {{{"terminal.list", list}}}, listed},
    {"GET", "/api/terminals/{id}", {{kLook}}, looked},
    {"POST", "/api/terminals/{id}/input", {{kLook, {"terminal.input", type}}}, typed},
    {"GET",
     "/api/terminals/{id}/output",
     {{kLook, {"terminal.read", read_first}, {"terminal.read", read_last}, {"terminal.scrollback", read_coloured}}},
     read},
    {"GET", "/api/terminals/{id}/stats", {{kLook, {"terminal.stats", own_id}}}, counted},
    {"DELETE", "/api/terminals/{id}", {{kLook, {"terminal.delete", end}}}, ended},
    {"PUT", "/api/terminals/{id}/resize", {{kLook, {"terminal.resize", resize}}}, resized},
};

constexpr Contract kContract{kRows, failure};

}  // namespace

const Contract& persistent_terminal() {
  return kContract;
}

}  // namespace duotty::compat
