// terminal.read: what stands in a terminal, made short for models.
#include <algorithm>
#include <duotty/api/block_service.hpp>
#include <duotty/base/text.hpp>
#include <duotty/core/offload.hpp>
#include <duotty/digest/reduce.hpp>
#include <duotty/session/session.hpp>
#include <optional>

#include "methods.hpp"
#include "read_rows.hpp"
#include "read_types.hpp"

namespace duotty::api {
namespace {

/// What was read, before it is reduced.
struct Source {
  std::string text;
  std::string command;
  std::optional<int> exit_code;
  std::vector<term::RowId> rows;  ///< of each line of `text`; empty for the output of a command
};

std::int64_t line_count(const std::string& text) {
  return text.empty() ? 0 : static_cast<std::int64_t>(std::count(text.begin(), text.end(), '\n')) + 1;
}

std::string gap_note(std::size_t lines) {
  return "[… " + std::to_string(lines) + " lines]";
}

Source source_of(const ReadLines& read) {
  Source source;
  for (std::size_t i = 0; i < read.lines.size(); ++i) {
    if (read.gap_lines > 0 && i == read.gap_at) {
      source.text += gap_note(read.gap_lines) + "\n";
      source.rows.push_back(read.lines[i].row);
    }
    source.text += read.lines[i].text + "\n";
    source.rows.push_back(read.lines[i].row);
  }
  if (!source.text.empty()) source.text.pop_back();
  return source;
}

/// How a caller gets what is not in the answer.
std::optional<std::string> way_back(const TerminalRead& p, const ReadResult& result) {
  const bool hidden = result.lines_omitted > 0 || !result.omitted.empty() || result.tokens < result.raw_tokens;
  if (!hidden) return std::nullopt;
  if (p.mode == "block") {
    const std::string ref = result.output_ref ? " with output_ref \"" + *result.output_ref + "\"" : "";
    return "All of it: terminal.read with reduce off and a larger max_chars. Parts, or lines by pattern, without "
           "running the command again: terminal.output" +
           ref + ".";
  }
  return "All of it: terminal.read with reduce off and a larger max_chars. A place: terminal.scrollback with its line. "
         "By pattern: terminal.search.";
}

void add_places(ReadResult& result, const std::vector<digest::Omission>& omitted, const Source& source,
                std::int64_t end) {
  for (const auto& each : omitted) {
    LeftOut place;
    place.first = static_cast<std::int64_t>(each.first);
    place.last = static_cast<std::int64_t>(each.last);
    place.what = each.what;
    if (each.first >= 1 && each.last <= source.rows.size()) {
      place.line = static_cast<std::int64_t>(source.rows[each.first - 1]);
      place.next_line = each.last < source.rows.size() ? static_cast<std::int64_t>(source.rows[each.last]) : end;
    }
    result.omitted.push_back(std::move(place));
  }
}

/// Pure: for any thread.
Result<ReadResult> reduced(const TerminalRead& p, const Source& source, ReadResult result) {
  digest::ReduceInput input;
  input.text = source.text;
  input.command = source.command;
  input.exit_code = source.exit_code;
  // A screen is a picture: what stands where matters.
  input.reducer = p.mode == "screen" && p.reduce == "auto" ? std::string_view("off") : std::string_view(p.reduce);
  input.max_chars = static_cast<std::size_t>(p.max_chars);
  auto short_form = digest::reduce(input);
  if (!short_form) return short_form.error();
  result.text = std::move(short_form->text);
  result.reducer = std::move(short_form->reducer);
  result.lines_omitted += static_cast<std::int64_t>(short_form->lines_omitted);
  result.errors = static_cast<std::int64_t>(short_form->errors);
  result.errors_omitted = static_cast<std::int64_t>(short_form->errors_omitted);
  result.raw_tokens = static_cast<std::int64_t>(short_form->raw_tokens);
  result.tokens = static_cast<std::int64_t>(short_form->tokens);
  add_places(result, short_form->omitted, source, result.next_read_from);
  result.more = way_back(p, result);
  return result;
}

/// The command that an `output_ref` names, or the last one.
Task<Result<store::BlockKey>> command_key(Services& s, Call& call, const session::Session& session,
                                          std::optional<std::string> ref) {
  if (ref) {
    auto key = parse_output_ref(*ref);
    if (!key) co_return key.error();
    if (key->terminal == session.id()) co_return *key;
    co_return Error(Errc::not_found,
                    "Terminal \"" + session.id() + "\" has no output \"" + base::shorten(*ref, 100) +
                        "\". Leave `output_ref` out for its last command, or ask the terminal that it names.",
                    "output_ref");
  }
  store::BlockQuery query;
  query.terminal = session.id();
  query.limit = 1;
  auto rows = co_await s.blocks->find(std::move(query), call.caller.owner);
  if (!rows) co_return rows.error();
  if (rows->empty()) {
    co_return Error(
        Errc::not_found,
        "Terminal \"" + session.id() + "\" has run no command that its shell told of. Read it with mode tail.", "mode");
  }
  co_return rows->front().key;
}

Task<Result<Source>> command_source(Services& s, Call& call, const session::Session& session,
                                    std::optional<std::string> ref, ReadResult& result) {
  auto key = co_await command_key(s, call, session, std::move(ref));
  if (!key) co_return key.error();
  result.output_ref = output_ref(*key);
  auto block = co_await s.blocks->text(std::move(*key), call.caller.owner);
  if (!block) co_return block.error();
  Source source;
  source.text = *block->text;
  source.command = block->row.command;
  source.exit_code = block->row.exit_code;
  result.truncated = block->omitted_bytes > 0;
  co_return source;
}

/// The bytes as they came, escape sequences included.
ReadResult unclean(const TerminalRead& p, const session::Session& session, ReadResult result) {
  auto range = session.output(std::nullopt);
  const std::string whole = base::to_valid_utf8(range.bytes);
  const auto limit = static_cast<std::size_t>(p.max_chars);
  result.total_lines = result.lines_read = line_count(whole);
  const bool head = p.mode == "head";
  std::size_t begin = head || whole.size() <= limit ? 0 : whole.size() - limit;
  while (begin > 0 && begin < whole.size() && (static_cast<unsigned char>(whole[begin]) & 0xc0) == 0x80) ++begin;
  result.text = head ? base::shorten(whole, limit) : whole.substr(begin);
  result.reducer = "off";
  result.truncated = range.begin > 0 || result.text.size() < whole.size();
  result.has_more = head && whole.size() > limit;
  return result;
}

Task<Result<bool>> settle(std::shared_ptr<session::Session> session, const TerminalRead& p) {
  session::WaitFor what;
  what.idle = std::chrono::milliseconds(static_cast<std::int64_t>(p.stable_ms));
  what.max_wait = std::chrono::milliseconds(static_cast<std::int64_t>(p.max_wait_ms));
  auto waited = co_await session->wait(std::move(what));
  if (!waited) co_return waited.error();
  co_return waited->reason != "timeout";
}

Result<TerminalRead> checked(TerminalRead p) {
  if (p.since && p.mode == "full") p.mode = "since";
  if (p.output_ref && p.mode == "full") p.mode = "block";
  if (p.mode == "since" && !p.since)
    return Error(Errc::invalid_params, "Mode since needs `since`: the next_read_from of an earlier answer.", "since");
  if (p.since && p.mode != "since")
    return Error(Errc::invalid_params, "`since` goes with mode since, not with " + p.mode + ".", "since");
  if (p.output_ref && p.mode != "block")
    return Error(Errc::invalid_params, "`output_ref` goes with mode block, not with " + p.mode + ".", "output_ref");
  if (!p.clean && p.mode != "full" && p.mode != "head" && p.mode != "tail")
    return Error(Errc::invalid_params,
                 "Bytes that are not cleaned have no lines: use mode full, head or tail, or leave `clean` on.",
                 "clean");
  return p;
}

Task<Result<ReadResult>> read(Services& s, Call& call, TerminalRead params) {
  auto found = find_terminal(s, call, params.terminal_id);
  if (!found) co_return found.error();
  const auto session = *found;
  auto valid = checked(std::move(params));
  if (!valid) co_return valid.error();
  const TerminalRead p = std::move(*valid);
  ReadResult result;
  if (p.stable_ms > 0) {
    auto settled = co_await settle(session, p);
    if (!settled) co_return settled.error();
    result.stable = *settled;
  }
  session->touch();
  result.mode = p.mode;
  result.alive = session->alive();
  result.generation = static_cast<std::int64_t>(session->generation());
  const auto& terminal = session->terminal();
  const ReadLines lines = read_lines(terminal, p.mode, static_cast<std::size_t>(p.lines), p.since.value_or(0));
  result.next_read_from = lines.next;
  result.line = lines.lines.empty() ? lines.next : static_cast<std::int64_t>(lines.lines.front().row);
  if (!p.clean) co_return unclean(p, *session, std::move(result));
  result.total_lines = lines.total;
  result.lines_read = static_cast<std::int64_t>(lines.lines.size());
  result.has_more = lines.has_more;
  result.truncated = lines.truncated;
  Source source = source_of(lines);
  if (p.mode == "block") {
    auto block = co_await command_source(s, call, *session, p.output_ref, result);
    if (!block) co_return block.error();
    source = std::move(*block);
    result.command = source.command;
    result.exit_code = source.exit_code;
    while (source.text.ends_with('\n')) source.text.pop_back();
    result.total_lines = result.lines_read = line_count(source.text);
  }
  if (!p.command.empty()) source.command = p.command;
  const std::size_t bytes = source.text.size();
  auto work = [p, source = std::move(source), result = std::move(result)]() mutable {
    return reduced(p, source, std::move(result));
  };
  co_return co_await s.offload->run_if_long(bytes, std::move(work));
}

}  // namespace

void add_read_methods(Registrar& table) {
  table.call("terminal.read", read,
             {.http = {"GET", "/api/agent/terminals/{terminal_id}/read"},
              .scope = Scope::read,
              .about = "What stands in a terminal, made short for models: repaints folded, wrapped lines joined, the "
                       "output of known programs reduced to what it says. Errors and failing lines stay. The answer "
                       "tells what was left out and how to get it without running anything again.",
              .example = R"({"terminal_id": "k3x9w2m8q1zz", "mode": "block"})"});
}

}  // namespace duotty::api
