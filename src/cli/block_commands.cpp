#include "block_commands.hpp"

#include <duotty/base/text.hpp>
#include <nlohmann/json.hpp>

#include "render.hpp"
#include "terminal_commands.hpp"

namespace duotty::cli {
namespace {

std::string result_of(const Json& command) {
  if (text_of(command, "status") != "completed") return text_of(command, "status");
  const auto code = record::int_of(command, "exit_code");
  return code ? std::to_string(*code) : "?";
}

const char* result_style(const Json& command) {
  if (text_of(command, "status") == "running") return "33";
  const auto code = record::int_of(command, "exit_code");
  return !code ? "2" : *code == 0 ? "32" : "31";
}

std::vector<Cell> command_row(const Json& command) {
  const bool timed = command.contains("duration_ms") && command["duration_ms"].is_number();
  std::string started = text_of(command, "started_at").substr(0, 19);
  if (started.size() > 10) started[10] = ' ';
  return {{visible_line(text_of(command, "output_ref")), ""},
          {visible_line(started), "2"},
          {visible_line(result_of(command)), result_style(command)},
          {timed ? short_duration(number_of(command, "duration_ms") / 1000) : "", ""},
          {visible_line(text_of(command, "by")), ""},
          {visible_line(text_of(command, "command")), "1"}};
}

}  // namespace

std::string grep_text(const Json& grep) {
  std::string out;
  for (const auto& row : grep.value("matches", Json::array())) {
    const bool context_only = row.contains("match") && row["match"].is_boolean() && !row["match"].get<bool>();
    const auto number = static_cast<long long>(number_of(row, "line_no"));
    out += std::to_string(number) + (context_only ? "-" : ":") + text_of(row, "line") + "\n";
  }
  return out;
}

Task<int> commands_command(Context& context, Remote& remote, CommandsOptions options) {
  Json params = Json::object();
  if (!options.terminal.empty()) params["terminal_id"] = options.terminal;
  if (!options.words.empty()) params["q"] = options.words;
  if (!options.by.empty()) params["by"] = options.by;
  if (options.failed) params["failed"] = true;
  if (options.limit) params["limit"] = *options.limit;
  const char* method = options.terminal.empty() ? "commands.search" : "terminal.commands";
  auto listed = co_await remote.call(method, std::move(params), {});
  if (!listed) co_return context.fail(listed.error());
  if (context.globals.json) {
    context.print_json(*listed);
    co_return exit_status::ok;
  }
  const Json commands = listed->is_object() ? listed->value("commands", Json::array()) : Json::array();
  if (commands.empty()) {
    if (!context.globals.quiet) context.console.note("No commands.");
    co_return exit_status::ok;
  }
  std::vector<std::vector<Cell>> rows;
  // The newest stands nearest to the next prompt.
  for (auto it = commands.rbegin(); it != commands.rend(); ++it) rows.push_back(command_row(*it));
  print_table(context, {"OUTPUT", "STARTED", "EXIT", "TIME", "BY", "COMMAND"}, rows);
  co_return exit_status::ok;
}

Task<int> output_command(Context& context, Remote& remote, OutputOptions options) {
  Json params = {{"terminal_id", options.name}, {"limit", 4194304}};
  const auto colon = options.name.rfind(':');
  const auto seq = colon == std::string::npos ? std::nullopt : base::parse_u64(options.name.substr(colon + 1));
  if (seq) {
    params["terminal_id"] = options.name.substr(0, colon);
    params["seq"] = *seq;
  }
  if (options.head) params["head"] = *options.head;
  if (options.tail) params["tail"] = *options.tail;
  if (!options.pattern.empty()) {
    params["pattern"] = options.pattern;
    params["context"] = options.around;
    params["case_insensitive"] = options.ignore_case;
  }
  while (true) {
    Json asked = params;
    auto read = co_await remote.call("terminal.output", std::move(asked), {});
    if (!read) co_return context.fail(read.error());
    if (context.globals.json) {
      context.print_json(*read);
      co_return exit_status::ok;
    }
    if (!options.pattern.empty()) {
      const Json grep = read->value("grep", Json::object());
      context.console.out(grep_text(grep));
      co_return number_of(grep, "match_count") > 0 ? exit_status::ok : 1;
    }
    const std::string text = text_of(*read, "text");
    context.console.out(text);
    if (!read->contains("next_offset")) {
      if (!text.empty() && text.back() != '\n') context.console.out("\n");
      co_return exit_status::ok;
    }
    params["offset"] = (*read)["next_offset"];
  }
}

}  // namespace duotty::cli
