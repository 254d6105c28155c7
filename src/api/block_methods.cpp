// Commands as things: those of one terminal, of all of them, and the output of each.
#include <algorithm>
#include <duotty/api/block_service.hpp>
#include <duotty/base/text.hpp>
#include <duotty/core/offload.hpp>
#include <duotty/digest/grep.hpp>
#include <duotty/session/registry.hpp>

#include "block_types.hpp"
#include "host_jobs.hpp"
#include "methods.hpp"

namespace duotty::api {
namespace {

/// Matching lines of one answer.
constexpr std::size_t kMostMatches = 1000;

CommandInfo info_of(Services& s, const store::BlockRow& row) {
  CommandInfo info;
  info.output_ref = output_ref(row.key);
  info.terminal_id = row.key.terminal;
  info.terminal_name = row.terminal_name;
  info.seq = static_cast<std::int64_t>(row.key.seq);
  info.command = row.command;
  info.cwd = row.cwd;
  info.user = row.user;
  info.host = row.host;
  info.shell = row.shell;
  info.by = row.by;
  info.started = static_cast<double>(row.started_at) / 1000;
  info.started_at = iso_time(info.started);
  if (row.ended_at) info.duration_ms = std::max<std::int64_t>(0, *row.ended_at - row.started_at);
  info.exit_code = row.exit_code;
  if (!row.signal.empty()) info.signal = row.signal;
  info.status = row.status;
  info.output_bytes = static_cast<std::int64_t>(std::max(row.output_end, row.output_begin) - row.output_begin);
  info.alive = s.registry->find(row.key.terminal).has_value();
  return info;
}

CommandInfo info_of(Services& s, const store::FoundBlock& found, const std::string& words) {
  CommandInfo info = info_of(s, static_cast<const store::BlockRow&>(found));
  if (words.empty()) return info;
  info.found_in = found.found_in == store::FoundIn::output ? "output" : "command";
  if (!found.excerpt.empty()) info.excerpt = found.excerpt;
  return info;
}

void set_words(store::BlockQuery& query, const std::string& words, const std::string& in) {
  query.text = words;
  query.in_command = in != "output";
  query.in_output = in != "command";
}

std::int64_t milliseconds(double seconds) {
  return static_cast<std::int64_t>(seconds * 1000);
}

Task<Result<CommandList>> commands(Services& s, Call& call, TerminalCommands p) {
  const auto session = find_terminal(s, call, p.terminal_id);
  if (!session && session.error().code() != Errc::terminal_not_found) co_return session.error();
  store::BlockQuery query;
  query.terminal = session ? (*session)->id() : p.terminal_id;
  set_words(query, p.q, p.in);
  query.status = p.status;
  query.failed = p.failed;
  query.by = p.by;
  if (p.before) query.before_seq = static_cast<std::uint64_t>(*p.before);
  query.limit = static_cast<std::size_t>(p.limit);
  auto rows = co_await s.blocks->find(std::move(query), call.caller.owner);
  if (!rows) co_return rows.error();
  if (!session && rows->empty()) {
    // Only a terminal that left commands behind is one.
    store::BlockQuery any;
    any.terminal = p.terminal_id;
    any.limit = 1;
    auto left = co_await s.blocks->find(std::move(any), call.caller.owner);
    if (!left || left->empty()) co_return session.error();
  }
  CommandList out;
  for (const auto& row : *rows) out.commands.push_back(info_of(s, row, p.q));
  if (rows->size() == static_cast<std::size_t>(p.limit)) out.next_before = out.commands.back().seq;
  co_return out;
}

Task<Result<CommandList>> search(Services& s, Call& call, CommandsSearch p) {
  store::BlockQuery query;
  set_words(query, p.q, p.in);
  query.status = p.status;
  query.failed = p.failed;
  query.by = p.by;
  query.cwd = p.cwd;
  if (p.since) query.since = milliseconds(*p.since);
  if (p.until) query.until = milliseconds(*p.until);
  query.before_id = p.before;
  query.limit = static_cast<std::size_t>(p.limit);
  auto rows = co_await s.blocks->find(std::move(query), call.caller.owner);
  if (!rows) co_return rows.error();
  CommandList out;
  for (const auto& row : *rows) out.commands.push_back(info_of(s, row, p.q));
  if (rows->size() == static_cast<std::size_t>(p.limit) && rows->back().id > 0) out.next_before = rows->back().id;
  co_return out;
}

Task<Result<Deleted>> remove(Services& s, Call& call, CommandsDelete p) {
  store::BlockQuery query;
  query.owner = call.caller.owner;
  query.text = p.q;
  query.terminal = p.terminal_id;
  if (p.until) query.until = milliseconds(*p.until);
  if (p.output_ref) {
    auto key = parse_output_ref(*p.output_ref);
    if (!key) co_return key.error();
    query.terminal = key->terminal;
    query.seq = key->seq;
  }
  const bool some = !base::trim(p.q).empty() || !query.terminal.empty() || query.until;
  if (!some && !p.all) {
    co_return Error(Errc::invalid_params, "Say which commands: q, terminal_id, output_ref, until, or all.", "all");
  }
  const std::string terminal = query.terminal;
  auto removed = co_await s.blocks->remove(std::move(query));
  if (!removed) co_return removed.error();
  // What should not be kept is not to stand beside it either.
  s.events->forget_commands(terminal);
  if (auto forgotten = co_await forget_unstored(s); !forgotten) co_return forgotten.error();
  Deleted out;
  out.deleted = *removed;
  log_event(s, call, "commands_delete", {{"deleted", out.deleted}});
  co_return out;
}

/// The number of the last command of a terminal, the one that runs included; 0 when there is none.
std::uint64_t last_seq(const session::Session& session) {
  if (const auto* running = session.blocks().running()) return running->seq;
  return session.blocks().ended().empty() ? 0 : session.blocks().ended().back().seq;
}

Task<Result<store::BlockKey>> key_of(Services& s, Call& call, TerminalOutput p) {
  if (p.output_ref) co_return parse_output_ref(*p.output_ref);
  if (p.terminal_id.empty()) {
    co_return Error(Errc::invalid_params, "Say which output: output_ref, or terminal_id and seq.", "output_ref");
  }
  store::BlockKey key;
  const auto session = find_terminal(s, call, p.terminal_id);
  if (!session && session.error().code() != Errc::terminal_not_found) co_return session.error();
  key.terminal = session ? (*session)->id() : p.terminal_id;
  if (p.seq) {
    key.seq = static_cast<std::uint64_t>(*p.seq);
  } else if (session) {
    key.seq = last_seq(**session);
  }
  if (key.seq == 0) {
    store::BlockQuery query;
    query.terminal = key.terminal;
    query.limit = 1;
    auto rows = co_await s.blocks->find(std::move(query), call.caller.owner);
    if (!rows) co_return rows.error();
    if (rows->empty() && !session) co_return session.error();
    if (rows->empty()) co_return Error(Errc::not_found, "No command has run in that terminal yet.", "seq");
    key = rows->front().key;
  }
  co_return key;
}

std::size_t line_count(std::string_view text) {
  if (text.empty()) return 0;
  const auto breaks = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  return breaks + (text.back() == '\n' ? 0 : 1);
}

/// Index behind the first `lines` lines.
std::size_t after_lines(std::string_view text, std::size_t lines) {
  std::size_t at = 0;
  for (; lines > 0 && at < text.size(); --lines) {
    const auto end = text.find('\n', at);
    at = end == std::string_view::npos ? text.size() : end + 1;
  }
  return at;
}

/// Index of the first of the last `lines` lines.
std::size_t last_lines_begin(std::string_view text, std::size_t lines) {
  std::size_t at = text.size();
  if (at > 0 && text.back() == '\n') --at;
  if (lines == 0) return text.size();
  for (; lines > 0 && at > 0; --lines) {
    const auto end = text.rfind('\n', at - 1);
    if (end == std::string_view::npos) return 0;
    at = end;
  }
  return at == 0 ? 0 : at + 1;
}

void take_lines(OutputResult& out, std::string_view text, const TerminalOutput& p) {
  const std::size_t head = p.head ? after_lines(text, static_cast<std::size_t>(*p.head)) : 0;
  const std::size_t tail = p.tail ? last_lines_begin(text, static_cast<std::size_t>(*p.tail)) : text.size();
  if (head >= tail) {
    out.text = text;
    return;
  }
  const std::string_view between = text.substr(head, tail - head);
  out.omitted_lines = static_cast<std::int64_t>(line_count(between));
  out.truncated = true;
  out.text = text.substr(0, head);
  if (p.head && p.tail) out.text += "[" + std::to_string(out.omitted_lines) + " lines left out]\n";
  out.text += text.substr(tail);
  if (!p.head) out.offset = static_cast<std::int64_t>(tail);
}

void take_bytes(OutputResult& out, std::string_view text, const TerminalOutput& p) {
  std::size_t begin = std::min(static_cast<std::size_t>(p.offset), text.size());
  const auto inside = [&](std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
  };
  while (inside(begin)) ++begin;
  std::size_t end = std::min(text.size(), begin + static_cast<std::size_t>(p.limit));
  while (end > begin && inside(end)) --end;
  if (end == begin) {
    end = std::min(text.size(), begin + 1);
    while (inside(end)) ++end;  // a single character that is longer than the limit
  }
  out.offset = static_cast<std::int64_t>(begin);
  out.text = text.substr(begin, end - begin);
  if (end < text.size()) out.next_offset = static_cast<std::int64_t>(end);
  if (begin > 0 || end < text.size()) out.truncated = true;
}

Result<> take_matches(OutputResult& out, std::string_view text, const TerminalOutput& p) {
  if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  auto grep = digest::grep_lines(text, *p.pattern, static_cast<std::size_t>(p.context),
                                 p.case_insensitive ? digest::Case::insensitive : digest::Case::sensitive);
  if (!grep) return Error(grep.error().code(), grep.error().message(), "pattern");
  out.truncated = true;
  if (grep->matches.size() > kMostMatches) grep->matches.resize(kMostMatches);
  out.grep = grep_json(*grep);
  return {};
}

Task<Result<OutputResult>> output(Services& s, Call& call, TerminalOutput p) {
  auto key = co_await key_of(s, call, p);
  if (!key) co_return key.error();
  auto block = co_await s.blocks->text(std::move(*key), call.caller.owner);
  if (!block) co_return block.error();
  const std::string_view text = *block->text;
  OutputResult out;
  out.command = info_of(s, block->row);
  out.total_bytes = static_cast<std::int64_t>(text.size());
  out.total_lines = static_cast<std::int64_t>(line_count(text));
  out.omitted_bytes = static_cast<std::int64_t>(block->omitted_bytes);
  out.truncated = block->omitted_bytes > 0;
  if (p.pattern) {
    auto work = [out = std::move(out), p, whole = block->text]() mutable -> Result<OutputResult> {
      if (auto taken = take_matches(out, *whole, p); !taken) return taken.error();
      return std::move(out);
    };
    co_return co_await s.offload->run_if_long(text.size(), std::move(work));
  }
  if (p.head || p.tail) {
    take_lines(out, text, p);
  } else {
    take_bytes(out, text, p);
  }
  co_return out;
}

}  // namespace

void add_block_methods(Registrar& table) {
  table.call(
      "terminal.commands", commands,
      {.http = {"GET", "/api/agent/terminals/{terminal_id}/commands"},
       .scope = Scope::read,
       .about = "The commands that ran in one terminal, newest first, with exit code, duration, directory and who "
                "ran them. Needs a shell with our hooks; other shells list what terminal.exec ran.",
       .example = R"({"terminal_id": "k3x9w2m8q1zz", "failed": true, "limit": 10})"});
  table.call(
      "commands.search", search,
      {.http = {"GET", "/api/agent/commands"},
       .scope = Scope::read,
       .about = "Looks through the commands of all terminals, closed ones included, and their outputs, newest first. "
                "Commands that begin with a space are not stored and not found, nor are outputs of commands that "
                "read something without an echo.",
       .example = R"({"q": "docker build", "failed": true})"});
  table.call("commands.delete", remove,
             {.http = {"DELETE", "/api/agent/commands"},
              .scope = Scope::admin,
              .about = "Removes commands and their output from the database; what a living terminal shows stays.",
              .example = R"({"output_ref": "k3x9w2m8q1zz:17"})",
              .mutates = true});
  table.call("terminal.output", output,
             {.http = {"GET", "/api/agent/output"},
              .scope = Scope::read,
              .about = "The output of one command as clean text: a range of bytes, lines from both ends, or the lines "
                       "that match a pattern. Of a running command, what it has printed so far.",
              .example = R"({"output_ref": "k3x9w2m8q1zz:17", "tail": 50})"});
}

}  // namespace duotty::api
