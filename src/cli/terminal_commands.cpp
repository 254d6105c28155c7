#include "terminal_commands.hpp"

#include <duotty/base/text.hpp>
#include <nlohmann/json.hpp>

#include "block_commands.hpp"
#include "render.hpp"

namespace duotty::cli {

using base::Errc;
using base::Error;

void print_table(Context& context, const std::vector<std::string>& header, const std::vector<std::vector<Cell>>& rows) {
  const int columns = context.environment.out_is_tty ? context.environment.columns : 0;
  const Colour colour = context.environment.wants_colour() ? Colour::on : Colour::off;
  context.console.out(table(header, rows, columns, colour));
}

base::Result<Json> env_object(const std::vector<std::string>& entries) {
  Json out = Json::object();
  for (const auto& entry : entries) {
    const auto equals = entry.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Error(Errc::invalid_params, "\"" + entry + "\" is no variable. Write --env NAME=VALUE.", "env");
    }
    out[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  return out;
}

base::Result<Json> create_params(const NewOptions& options, const Context& context) {
  Json params = {{"created_by", "cli"}, {"ttl_seconds", options.ttl}};
  if (options.type != "local") params["type"] = options.type;
  if (!options.connection.empty()) params["connection_id"] = options.connection;
  if (!options.name.empty()) params["name"] = options.name;
  if (!options.shell.empty()) params["shell"] = options.shell;
  if (!options.command.empty()) params["command"] = options.command;
  if (!options.tags.empty()) params["tags"] = options.tags;
  if (options.cols) params["cols"] = *options.cols;
  if (options.rows) params["rows"] = *options.rows;
  if (options.force) params["force"] = true;
  if (options.hidden) params["user_visible"] = false;
  if (!options.integration) params["integration"] = false;
  if (!options.cwd.empty()) {
    params["cwd"] = options.cwd;
  } else if (context.endpoint.local() && options.type == "local" && options.connection.empty() &&
             !context.environment.cwd.empty()) {
    params["cwd"] = context.environment.cwd;
  }
  if (!options.env.empty()) {
    auto env = env_object(options.env);
    if (!env) return env.error();
    params["env"] = std::move(*env);
  }
  return params;
}

Task<int> new_command(Context& context, Remote& remote, NewOptions options) {
  auto params = create_params(options, context);
  if (!params) co_return context.fail(params.error());
  auto made = co_await remote.call("terminal.create", std::move(*params), {});
  if (!made) co_return context.fail(made.error());
  if (context.globals.json) {
    context.print_json(*made);
  } else {
    context.console.out_line(visible_line(text_of(*made, "id")));
  }
  co_return exit_status::ok;
}

namespace {

const char* state_style(const std::string& state) {
  if (state == "running") return "33";
  if (state == "prompt") return "32";
  return state == "exited" ? "2" : "";
}

std::vector<Cell> list_row(const Json& terminal, const Environment& environment) {
  std::string state = text_of(terminal, "state");
  if (const auto code = record::int_of(terminal, "exit_code"); state == "exited" && code) {
    state += " " + std::to_string(*code);
  }
  std::string place = text_of(terminal, "title");
  if (place.empty()) {
    place = text_of(terminal, "cwd");
    const std::string home = environment.get("HOME");
    if (!home.empty() && (place == home || place.starts_with(home + "/"))) place.replace(0, home.size(), "~");
  }
  const auto whole = [&](const char* key) { return std::to_string(static_cast<int>(number_of(terminal, key))); };
  return {{visible_line(text_of(terminal, "id")), ""},
          {visible_line(text_of(terminal, "name")), "1"},
          {visible_line(state), state_style(text_of(terminal, "state"))},
          {whole("cols") + "x" + whole("rows"), ""},
          {short_duration(number_of(terminal, "idle_seconds")), ""},
          {visible_line(place), ""}};
}

}  // namespace

Task<int> list_command(Context& context, Remote& remote, ListOptions options) {
  Json params = Json::object();
  auto listed = co_await remote.call("terminal.list", std::move(params), {});
  if (!listed) co_return context.fail(listed.error());
  if (context.globals.json) {
    context.print_json(*listed);
    co_return exit_status::ok;
  }
  const Json terminals = listed->is_object() ? listed->value("terminals", Json::array()) : Json::array();
  if (options.names) {
    for (const auto& terminal : terminals) {
      const std::string name = text_of(terminal, "name");
      context.console.out_line(visible_line(name.empty() ? text_of(terminal, "id") : name));
    }
    co_return exit_status::ok;
  }
  if (terminals.empty()) {
    if (!context.globals.quiet) context.console.note("No terminals. Make one with: duotty new");
    co_return exit_status::ok;
  }
  std::vector<std::vector<Cell>> rows;
  for (const auto& terminal : terminals) rows.push_back(list_row(terminal, context.environment));
  print_table(context, {"ID", "NAME", "STATE", "SIZE", "IDLE", "TITLE/CWD"}, rows);
  co_return exit_status::ok;
}

Task<int> send_command(Context& context, Remote& remote, SendOptions options) {
  std::string text = base::join(options.words, " ");
  const bool from_input = options.words.size() == 1 && text == "-";
  if (from_input) {
    auto input = context.read_input();
    if (!input) co_return context.fail(input.error());
    text = std::move(*input);
  }
  if (text.empty() && options.keys.empty() && !options.enter) {
    co_return context.fail({Errc::invalid_params, "There is nothing to send. Give a text, --keys or --enter."});
  }
  // Keys alone are pressed alone; text is followed by Enter as if a person had typed a line.
  const bool enter = options.enter || (!options.no_enter && !options.words.empty() && !from_input);
  Json params = {{"terminal_id", options.terminal}, {"data", text}, {"enter", enter}};
  if (!options.keys.empty()) params["keys"] = options.keys;
  if (options.raw) params["raw"] = true;
  if (options.wait) params["wait"] = true;
  if (options.force) params["force"] = true;
  if (options.timeout) params["timeout"] = *options.timeout;
  if (options.idle) params["idle"] = *options.idle;
  auto sent = co_await remote.call("terminal.input", std::move(params), {});
  if (!sent) co_return context.fail(sent.error());
  if (context.globals.json) {
    context.print_json(*sent);
  } else if (options.wait) {
    const std::string output = text_of(*sent, "output");
    context.console.out(output);
    if (!output.empty() && output.back() != '\n') context.console.out("\n");
  }
  co_return exit_status::ok;
}

std::string last_lines(const std::string& text, std::size_t lines) {
  std::size_t end = text.size();
  if (end > 0 && text[end - 1] == '\n') --end;
  std::size_t at = end;
  for (std::size_t count = 0; at > 0; --at) {
    if (text[at - 1] == '\n' && ++count == lines) break;
  }
  return lines == 0 ? std::string() : text.substr(at);
}

namespace {

Task<int> follow(Context& context, Remote& remote, const ReadOptions& options, std::int64_t since) {
  const auto print = [&context](const Json& item) {
    if (context.globals.json) {
      context.console.out_line(item.dump(-1, ' ', false, Json::error_handler_t::replace));
    } else if (text_of(item, "event") == "output") {
      context.console.out(text_of(item, "text"));
    }
  };
  Json params = {{"terminal_id", options.terminal}, {"since", since}, {"strip_ansi", !options.raw}};
  auto ended = co_await remote.call("terminal.stream", std::move(params), print);
  co_return ended ? exit_status::ok : context.fail(ended.error());
}

/// Whether the text is wanted short: by terminal.read.
bool wants_short(const ReadOptions& options) {
  return !options.mode.empty() || !options.reduce.empty() || !options.output_ref.empty() || options.lines ||
         options.max_chars;
}

Task<int> short_read(Context& context, Remote& remote, const ReadOptions& options) {
  if (options.tail || !options.pattern.empty() || options.raw || options.follow) {
    co_return context.fail({Errc::invalid_params,
                            "--mode, --lines, --reduce, --max-chars and --output-ref do not go with --tail, --grep, "
                            "--raw or --follow."});
  }
  Json params = {{"terminal_id", options.terminal}};
  if (!options.mode.empty()) params["mode"] = options.mode;
  if (options.mode.empty() && options.lines) params["mode"] = "tail";
  if (options.lines) params["lines"] = *options.lines;
  if (options.since) params["since"] = *options.since;
  if (!options.reduce.empty()) params["reduce"] = options.reduce;
  if (!options.output_ref.empty()) params["output_ref"] = options.output_ref;
  if (options.max_chars) params["max_chars"] = *options.max_chars;
  auto read = co_await remote.call("terminal.read", std::move(params), {});
  if (!read) co_return context.fail(read.error());
  if (context.globals.json) {
    context.print_json(*read);
  } else if (const std::string text = text_of(*read, "text"); !text.empty()) {
    context.console.out(text + "\n");
  }
  co_return exit_status::ok;
}

}  // namespace

Task<int> read_command(Context& context, Remote& remote, ReadOptions options) {
  if (wants_short(options)) co_return co_await short_read(context, remote, options);
  Json params = {{"terminal_id", options.terminal}};
  if (options.since) params["since"] = *options.since;
  if (options.raw) params["strip_ansi"] = false;
  if (!options.pattern.empty()) {
    params["pattern"] = options.pattern;
    params["context"] = options.around;
    params["case_insensitive"] = options.ignore_case;
  }
  auto read = co_await remote.call("terminal.snapshot", std::move(params), {});
  if (!read) co_return context.fail(read.error());
  if (context.globals.json && !options.follow) {
    context.print_json(*read);
  } else if (!options.pattern.empty()) {
    const Json grep = read->value("grep", Json::object());
    context.console.out(grep_text(grep));
    co_return number_of(grep, "match_count") > 0 ? exit_status::ok : 1;
  } else if (!context.globals.json) {
    std::string output = text_of(*read, "output");
    if (options.tail) output = last_lines(output, *options.tail);
    if (!output.empty() && output.back() != '\n' && !options.follow) output += "\n";
    context.console.out(output);
  } else {
    context.console.out_line(read->dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  if (!options.follow) co_return exit_status::ok;
  co_return co_await follow(context, remote, options, static_cast<std::int64_t>(number_of(*read, "size")));
}

Task<int> wait_command(Context& context, Remote& remote, WaitOptions options) {
  if (!options.idle_ms && options.pattern.empty() && !options.prompt && !options.exit) {
    co_return context.fail({Errc::invalid_params, "Say what to wait for: --idle MS, --pattern P, --prompt or --exit."});
  }
  Json params = {{"terminal_id", options.terminal}, {"max_wait_ms", options.timeout_ms}};
  if (options.idle_ms) params["idle_ms"] = *options.idle_ms;
  if (!options.pattern.empty()) params["pattern"] = options.pattern;
  if (options.prompt) params["prompt"] = true;
  if (options.exit) params["exit"] = true;
  if (options.since) params["since"] = *options.since;
  auto waited = co_await remote.call("terminal.wait", std::move(params), {});
  if (!waited) co_return context.fail(waited.error());
  const std::string reason = text_of(*waited, "reason");
  const int status = reason == "timeout" ? exit_status::timed_out : exit_status::ok;
  if (context.globals.json) {
    context.print_json(*waited);
    co_return status;
  }
  if (reason == "timeout") {
    if (!context.globals.quiet) {
      context.console.note("Nothing of that happened in " + long_duration(options.timeout_ms / 1000) + ".");
    }
    co_return status;
  }
  const auto code = record::int_of(*waited, "exit_code");
  std::string line = reason;
  if (reason == "pattern") line += ": " + text_of(*waited, "match");
  if (code) line += " (exit code " + std::to_string(*code) + ")";
  context.say(visible_line(line));
  co_return status;
}

Task<int> screen_command(Context& context, Remote& remote, ScreenOptions options) {
  Json params = {{"terminal_id", options.terminal}, {"format", options.format}};
  auto screen = co_await remote.call("terminal.screen", std::move(params), {});
  if (!screen) co_return context.fail(screen.error());
  if (context.globals.json) {
    context.print_json(*screen);
    co_return exit_status::ok;
  }
  // The empty rows below the last text are of no use to a reader.
  std::string text = text_of(*screen, "text");
  while (!text.empty() && text.back() == '\n') text.pop_back();
  context.console.out_line(text);
  co_return exit_status::ok;
}

Task<int> close_command(Context& context, Remote& remote, CloseOptions options) {
  int status = exit_status::ok;
  Json results = Json::array();
  for (const auto& terminal : options.terminals) {
    Json params = {{"terminal_id", terminal}};
    auto closed = co_await remote.call("terminal.delete", std::move(params), {});
    if (!closed) {
      const int failed = context.fail(closed.error());
      if (status == exit_status::ok) status = failed;
      continue;
    }
    context.say("closed " + visible_line(terminal));
    results.push_back(std::move(*closed));
  }
  if (context.globals.json && !results.empty()) {
    context.print_json(options.terminals.size() == 1 ? results.front() : results);
  }
  co_return status;
}

}  // namespace duotty::cli
