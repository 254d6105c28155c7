// Reading and writing a terminal: input, exec, snapshot, screen.
#include <duotty/base/text.hpp>
#include <duotty/core/meters.hpp>
#include <duotty/core/offload.hpp>
#include <duotty/digest/echo.hpp>
#include <duotty/digest/grep.hpp>
#include <duotty/digest/plain.hpp>
#include <duotty/exec/input_guard.hpp>
#include <duotty/record/json_text.hpp>
#include <duotty/session/session.hpp>
#include <duotty/term/key_encoder.hpp>

#include "gate.hpp"
#include "jobs.hpp"
#include "methods.hpp"

namespace duotty::api {
namespace {

std::chrono::milliseconds seconds(double value) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::min(value, 1e9) * 1000));
}

Result<std::string> with_base64(const std::string& text, const std::optional<std::string>& encoded, const char* field) {
  if (!encoded || encoded->empty()) return text;
  auto decoded = base::base64_decode(*encoded);
  if (!decoded) return Error(decoded.error().code(), decoded.error().message(), field);
  if (!base::is_utf8(*decoded))
    return Error(Errc::invalid_params, "\"" + std::string(field) + "\" is not UTF-8 text.", field);
  return text + *decoded;
}

/// Keys first, then text. Control characters in text are dropped unless raw; a text that is one control character alone
/// is a key press like any other.
Result<std::string> compose_input(const session::Session& session, const TerminalInput& p) {
  std::string out;
  if (p.keys) {
    for (const auto& key : *p.keys) {
      if (base::trim(key).empty()) continue;
      const auto bytes = term::encode_key(key, session.terminal().modes());
      if (!bytes) {
        return Error(Errc::invalid_params,
                     "Unknown key \"" + base::shorten(key, 40) +
                         "\". Examples: enter, tab, esc, ctrl+c, up, pagedown, f5, alt+x.",
                     "keys");
      }
      out += *bytes;
    }
  }
  auto text = with_base64(p.data, p.data_b64, "data_b64");
  if (!text) return text.error();
  const bool one_key = text->size() == 1 && static_cast<unsigned char>((*text)[0]) < 0x20;
  if (p.raw || one_key) return out + *text;
  auto clean = exec::sanitize_typed(*text, exec::Newlines::keep);
  if (!clean) return clean.error();
  return out + *clean;
}

Task<Result<InputResult>> input(Services& s, Call& call, TerminalInput p) {
  auto found = find_terminal(s, call, p.terminal_id);
  if (!found) co_return found.error();
  const auto session = *found;
  auto payload = compose_input(*session, p);
  if (!payload) co_return payload.error();
  if (!call.caller.is_person()) {
    auto free = co_await session->wait_for_person(std::chrono::steady_clock::now() +
                                                  std::max(seconds(p.timeout), std::chrono::milliseconds(2000)));
    if (!free) co_return free.error();
  }
  const std::string typed = *payload + (p.enter ? "\r" : "");
  const auto admission = admit(
      s, call,
      {.method = "terminal.input", .terminal_id = session->id(), .text = session->submitted(typed), .force = p.force},
      judge_typing(*session, typed));
  if (!admission.allowed) co_return refusal(admission, "data");
  InputResult result;
  result.gate = admission.note;
  const auto since = session->size();
  result.since = static_cast<std::int64_t>(since);
  auto sent = session->write(typed, session::InputBy::agent, command_by(call));
  if (!sent) co_return sent.error();
  if (p.wait) {
    session::WaitFor what;
    what.idle = seconds(p.idle);
    what.need_output = true;
    what.since = since;
    what.max_wait = seconds(p.timeout);
    auto waited = co_await session->wait(std::move(what));
    if (!waited) co_return waited.error();
    result.output =
        p.strip_echo && !payload->empty() ? digest::strip_command_echo(waited->text, *payload) : waited->text;
    result.size = static_cast<std::int64_t>(waited->offset);
    result.alive = waited->alive;
    result.reason = waited->reason;
  }
  Json event = {{"terminal_id", session->id()},
                {"data", short_text(p.data)},
                {"keys", nullptr},
                {"wait", p.wait},
                {"reason", nullptr}};
  if (p.keys) event["keys"] = *p.keys;
  if (result.reason) event["reason"] = *result.reason;
  log_event(s, call, "terminal_input", std::move(event));
  co_return result;
}

/// An exec that ends with an error is counted like any other.
Error failed_exec(Error error) {
  core::Meters::count(core::meters().execs, "failed");
  return error;
}

Task<Result<ExecResult>> exec_command(Services& s, Call& call, TerminalExec p) {
  auto found = find_terminal(s, call, p.terminal_id);
  if (!found) co_return found.error();
  const auto session = *found;
  auto text = with_base64(p.command, p.command_b64, "command_b64");
  if (!text) co_return text.error();
  session::ExecCommand command;
  command.text = std::move(*text);
  command.cwd = p.cwd;
  if (p.env) command.env = *p.env;
  command.timeout = seconds(p.timeout);
  command.on_timeout = p.on_timeout == "kill"        ? session::ExecCommand::OnTimeout::kill
                       : p.on_timeout == "interrupt" ? session::ExecCommand::OnTimeout::interrupt
                                                     : session::ExecCommand::OnTimeout::nothing;
  command.by = command_by(call);
  const std::string shown = short_text(command.text);
  std::function<void(const std::string&, session::DisplayOffset)> progress;
  if (call.progress) {
    progress = [&call](const std::string& output, session::DisplayOffset size) {
      call.progress(Json{{"output", output}, {"size", size}});
    };
  }
  if (auto set = set_exec_options(command, p); !set) co_return set.error();
  // It is asked when the command's turn comes, and so owns what it needs.
  const auto admission = std::make_shared<Admission>();
  const auto verdict = std::make_shared<std::string>();
  Call asker;
  asker.caller = call.caller;
  command.allow = [&s, asker = std::move(asker), admission, verdict, in = p.cwd, env = p.env, force = p.force,
                   id = session->id(), script = command.text,
                   judged = gate_text(command.text, command.stdin_bytes)](const std::string& cwd) {
    auto context = gate_context(directory_below(cwd, in));
    if (env) context.variables = *env;
    if (const auto home = context.variables.find("HOME"); home != context.variables.end()) context.home = home->second;
    *admission = admit(s, asker, {.method = "terminal.exec", .terminal_id = id, .text = script, .force = force},
                       gate::judge(judged, context));
    if (admission->note) *verdict = record::to_text(record::encode(*admission->note));
    return admission->allowed;
  };
  Result<ExecResult> answer = Error();
  if (runs_as_job(p)) {
    answer = co_await exec_as_job(s, call, p, session, std::move(command), std::move(progress), verdict);
  } else {
    auto outcome = co_await session->exec(std::move(command), std::move(progress));
    if (outcome) {
      answer = exec_result(std::move(*outcome), session->id());
    } else {
      answer = outcome.error();
    }
  }
  if (!answer) {
    if (answer.error().code() == Errc::busy) call.details = co_await busy_details(session);
    co_return failed_exec(answer.error());
  }
  ExecResult& result = *answer;
  core::Meters::count(core::meters().execs, result.status);
  result.gate = admission->note;
  Json event = {
      {"terminal_id", session->id()}, {"command", shown}, {"exit_code", nullptr}, {"ok", result.ok}, {"cwd", nullptr}};
  if (result.exit_code) event["exit_code"] = *result.exit_code;
  if (result.cwd) event["cwd"] = *result.cwd;
  log_event(s, call, "terminal_exec", std::move(event));
  co_return answer;
}

/// Output that begins in the middle of the stream begins with a whole line.
std::string_view from_line_start(const session::OutputRange& range, bool cut) {
  std::string_view bytes = range.bytes;
  if (cut && range.begin != 0) {
    const auto newline = bytes.substr(0, 8192).find('\n');
    if (newline != std::string_view::npos) bytes.remove_prefix(newline + 1);
  }
  return bytes;
}

Task<Result<SnapshotResult>> snapshot(Services& s, Call& call, TerminalSnapshot p) {
  auto found = find_terminal(s, call, p.terminal_id);
  if (!found) co_return found.error();
  auto& session = **found;
  session.touch();
  std::optional<session::DisplayOffset> since;
  if (p.since) since = static_cast<session::DisplayOffset>(std::max<std::int64_t>(0, *p.since));
  auto range = session.output(since);
  const std::size_t tail = base::incomplete_utf8_tail(range.bytes);
  range.bytes.resize(range.bytes.size() - tail);
  const auto bytes = from_line_start(range, !since || range.truncated);
  const auto size = session.terminal().size();
  SnapshotResult result;
  result.size = static_cast<std::int64_t>(range.end - tail);
  result.truncated = range.truncated;
  result.alive = session.alive();
  auto work = [raw = std::string(bytes), size, p, result = std::move(result)]() mutable -> Result<SnapshotResult> {
    result.output = p.strip_ansi ? digest::shown_text(raw, size.cols, size.rows) : base::to_valid_utf8(raw);
    if (!p.pattern || p.pattern->empty()) return result;
    auto grep = digest::grep_lines(result.output, *p.pattern, static_cast<std::size_t>(p.context),
                                   p.case_insensitive ? digest::Case::insensitive : digest::Case::sensitive);
    if (!grep) return Error(grep.error().code(), grep.error().message(), "pattern");
    result.grep = grep_json(*grep);
    return result;
  };
  co_return co_await s.offload->run_if_long(range.bytes.size(), std::move(work));
}

Task<Result<ScreenResult>> screen(Services& s, Call& call, TerminalScreen p) {
  auto found = find_terminal(s, call, p.terminal_id);
  if (!found) co_return found.error();
  auto& session = **found;
  session.touch();
  co_return screen_of(session, p.format);
}

}  // namespace

Json grep_json(const digest::GrepResult& grep) {
  Json matches = Json::array();
  for (const auto& line : grep.matches) {
    Json one = {{"line_no", line.line_no}, {"line", line.line}};
    if (line.match) one["match"] = *line.match;
    matches.push_back(std::move(one));
  }
  return {{"matches", std::move(matches)}, {"match_count", grep.match_count}, {"total_lines", grep.total_lines}};
}

ScreenResult screen_of(const session::Session& session, std::string_view format) {
  const auto& terminal = session.terminal();
  ScreenResult result;
  auto rendered = render_rows(terminal, terminal.top_row(), terminal.end_row(), format);
  result.lines = std::move(rendered.lines);
  result.styled = std::move(rendered.styled);
  result.text = base::join(result.lines, "\n");
  result.cols = terminal.size().cols;
  result.rows = terminal.size().rows;
  result.cursor_row = static_cast<int>(terminal.cursor().row - terminal.top_row());
  result.cursor_col = terminal.cursor().col;
  result.cursor_visible = terminal.cursor_visible();
  result.alternate_screen = terminal.alternate_screen();
  result.title = terminal.title();
  result.generation = static_cast<std::int64_t>(session.generation());
  result.size = static_cast<std::int64_t>(session.size());
  return result;
}

void add_io_methods(Registrar& table) {
  using rpc::Extra;
  table.call("terminal.input", input,
             {.http = {"POST", "/api/agent/terminals/{terminal_id}/input"},
              .scope = Scope::type,
              .extra = Extra::ignore,
              .about = "Types text and presses keys. With `wait` it answers when the output has settled.",
              .example = R"({"terminal_id": "k3x9w2m8q1zz", "data": "ls", "wait": true})",
              .mutates = true});
  table.call(
      "terminal.exec", exec_command,
      {.http = {"POST", "/api/agent/terminals/{terminal_id}/exec"},
       .scope = Scope::exec,
       .extra = Extra::ignore,
       .about = "Runs one command in the terminal's shell and answers with its clean output and true exit code. A busy "
                "terminal answers `busy`, one in which a person types `busy_user`. At the timeout the command keeps "
                "running unless `on_timeout` says otherwise; with `background_after` it becomes a job.",
       .example = R"({"terminal_id": "k3x9w2m8q1zz", "command": "make test", "timeout": 600})",
       .mutates = true});
  table.call("terminal.snapshot", snapshot,
             {.http = {"GET", "/api/agent/terminals/{terminal_id}/snapshot"},
              .scope = Scope::read,
              .extra = Extra::ignore,
              .about = "The retained output as a stream of text, or what came after `since`, optionally searched.",
              .example = R"({"terminal_id": "k3x9w2m8q1zz", "since": 0, "pattern": "error"})"});
  table.call("terminal.screen", screen,
             {.http = {"GET", "/api/agent/terminals/{terminal_id}/screen"},
              .scope = Scope::read,
              .about = "The visible screen as it stands now, with the cursor: what a person would see.",
              .example = R"({"terminal_id": "k3x9w2m8q1zz"})"});
}

}  // namespace duotty::api
