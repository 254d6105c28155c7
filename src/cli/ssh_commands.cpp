#include "ssh_commands.hpp"

#include <duotty/base/text.hpp>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "render.hpp"
#include "ssh_answers.hpp"
#include "terminal_commands.hpp"

namespace duotty::cli {
namespace {

using base::Errc;
using base::Error;

constexpr std::size_t kMostText = std::size_t{1} << 20;

std::string joined(const Json& list) {
  std::string out;
  for (const auto& one : list) {
    if (one.is_string()) out += (out.empty() ? "" : ", ") + one.get<std::string>();
  }
  return out;
}

std::string address_of(const Json& connection) {
  const std::string host = text_of(connection, "host");
  const auto port = record::int_of(connection, "port").value_or(22);
  const std::string shown = host.find(':') == std::string::npos || port == 22 ? host : "[" + host + "]";
  return text_of(connection, "username") + "@" + shown + (port == 22 ? "" : ":" + std::to_string(port));
}

/// A file of this machine, or standard input for "-".
base::Result<std::string> text_of_file(Context& context, const std::string& path) {
  if (path == "-") return context.read_input();
  std::ifstream file(path, std::ios::binary);
  std::string text;
  if (file) text.assign(std::istreambuf_iterator<char>(file), {});
  if (!file) return Error(Errc::io, "Cannot read " + path + ". Name a file, or - for standard input.");
  if (text.size() > kMostText) return Error(Errc::too_large, path + " is longer than 1 MiB.");
  return text;
}

Task<int> list_connections(Context& context, Remote& remote, const SshOptions& options) {
  Json params = {{"q", options.name}};
  if (!options.tags.empty()) params["tag"] = options.tags.front();
  if (options.group) params["group"] = *options.group;
  auto listed = co_await remote.call("ssh.connections.list", std::move(params), {});
  if (!listed) co_return context.fail(listed.error());
  if (context.globals.json) {
    context.print_json(*listed);
    co_return exit_status::ok;
  }
  std::vector<std::vector<Cell>> rows;
  for (const auto& one : record::list_of(*listed, "connections")) {
    rows.push_back({{visible_line(text_of(one, "title")), "1"},
                    {visible_line(address_of(one)), ""},
                    {text_of(one, "auth_type"), ""},
                    {visible_line(text_of(one, "proxy_jump")), ""},
                    {visible_line(text_of(one, "group")), ""},
                    {visible_line(joined(record::list_of(one, "tags"))), ""},
                    {text_of(one, "id"), "2"}});
  }
  if (rows.empty()) {
    context.say("There are no SSH connections" + std::string(options.name.empty() ? "" : " like that") +
                ". Add one with: duotty ssh add NAME USER@HOST, or take yours over with: duotty ssh import");
  } else {
    print_table(context, {"NAME", "ADDRESS", "BY", "THROUGH", "GROUP", "TAGS", "ID"}, rows);
  }
  co_return exit_status::ok;
}

Task<int> show_connection(Context& context, Remote& remote, const SshOptions& options) {
  Json params = {{"conn_id", options.name}, {"secrets", options.secrets}};
  auto got = co_await remote.call("ssh.connections.get", std::move(params), {});
  if (!got) co_return context.fail(got.error());
  if (context.globals.json) {
    context.print_json(*got);
    co_return exit_status::ok;
  }
  const Json& one = record::member_of(*got, "connection");
  const auto line = [&](const std::string& name, const std::string& value) {
    if (!value.empty()) context.console.out_line(name + std::string(18 - name.size(), ' ') + visible_line(value));
  };
  line("name", text_of(one, "title"));
  line("id", text_of(one, "id"));
  line("address", address_of(one));
  line("signs in by", text_of(one, "auth_type"));
  for (const char* secret : {"password", "passphrase", "private_key"}) line(secret, text_of(one, secret));
  line("key file", text_of(one, "private_key_path"));
  line("through", text_of(one, "proxy_jump"));
  line("keepalive", std::to_string(record::integer_of(one, "keepalive_s")) + " s");
  line("agent forwarding", flag_of(one, "agent_forwarding") ? "yes" : "");
  line("unknown host key", text_of(one, "host_key_policy"));
  line("starts in", text_of(one, "start_directory"));
  for (const auto& [variable, value] : record::member_of(one, "env").items()) {
    if (value.is_string()) line("env", variable + "=" + value.get<std::string>());
  }
  line("group", text_of(one, "group"));
  line("colour", text_of(one, "color"));
  line("tags", joined(record::list_of(one, "tags")));
  line("runbook", flag_of(one, "has_runbook") ? "yes" : "");
  line("made", base::replace_all(text_of(one, "created_at").substr(0, 16), "T", " "));
  line("last used", base::replace_all(text_of(one, "last_connected").substr(0, 16), "T", " "));
  co_return exit_status::ok;
}

/// What the options say of a connection, without its secrets.
base::Result<Json> plain_params(Context& context, const SshOptions& options) {
  Json params = Json::object();
  if (!options.what.empty()) {
    auto target = ssh_target(options.what);
    if (!target) return target;
    params = std::move(*target);
  }
  const auto put = [&](const char* name, const auto& value) {
    if (value) params[name] = *value;
  };
  put("title", options.title);
  put("auth_type", options.auth);
  put("private_key_path", options.key);
  put("proxy_jump", options.jump);
  put("group", options.group);
  put("color", options.colour);
  put("host_key_policy", options.host_keys);
  put("start_directory", options.directory);
  put("keepalive_s", options.keepalive);
  put("agent_forwarding", options.forward_agent);
  if (!options.tags.empty()) params["tags"] = options.tags;
  if (!options.forget.empty()) params["remove_secrets"] = options.forget;
  for (const std::string& pair : options.env) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Error(Errc::invalid_params, "\"" + pair + "\" is no variable. Write --env NAME=VALUE.");
    }
    params["env"][pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  if (options.key_file) {
    auto text = text_of_file(context, *options.key_file);
    if (!text) return text.error();
    params["private_key"] = std::move(*text);
  }
  return params;
}

/// Asks for the secrets that the options name.
base::Result<> ask_secrets(const Context& context, const SshOptions& options, Json& params) {
  for (const auto& [wanted, name, prompt] : {std::tuple(options.password, "password", "Password: "),
                                             std::tuple(options.passphrase, "passphrase", "Passphrase of the key: ")}) {
    if (!wanted) continue;
    auto text = context.ask_secret(prompt);
    if (!text) return text.error();
    if (text->empty()) {
      return Error(Errc::invalid_params,
                   std::string("The ") + name + " is empty. Type one, or leave --" + name + " out.");
    }
    params[name] = std::move(*text);
  }
  return {};
}

Task<int> write_connection(Context& context, Remote& remote, const SshOptions& options) {
  const bool add = options.action == "add";
  auto params = plain_params(context, options);
  if (!params) co_return context.fail(params.error());
  if (add && options.what.empty()) {
    co_return context.fail({Errc::invalid_params, "Say where: duotty ssh add NAME [USER@]HOST[:PORT]"});
  }
  if (add) {
    if (!options.title) (*params)["title"] = options.name;
    if (!params->contains("username")) {
      const std::string user = context.environment.get("USER");
      if (user.empty()) co_return context.fail({Errc::invalid_params, "Say who signs in: USER@HOST"});
      (*params)["username"] = user;
    }
    // A password that is asked for is what it signs in with; with nothing of the kind the agent is.
    const bool keyed = options.key || options.key_file;
    if (!options.auth) (*params)["auth_type"] = keyed ? "key" : options.password ? "password" : "agent";
  } else {
    (*params)["conn_id"] = options.name;
    if (params->size() == 1 && !options.password && !options.passphrase) {
      co_return context.fail({Errc::invalid_params, "Say what is to change; duotty ssh --help has the options."});
    }
  }
  if (auto asked = ask_secrets(context, options, *params); !asked) co_return context.fail(asked.error());
  const char* method = add ? "ssh.connections.create" : "ssh.connections.update";
  auto done = co_await remote.call(method, std::move(*params), {});
  if (!done) co_return context.fail(done.error());
  if (context.globals.json) {
    context.print_json(*done);
  } else if (add) {
    context.console.out_line(text_of(*done, "id"));
  } else {
    context.say("Changed.");
  }
  co_return exit_status::ok;
}

Task<int> remove_connection(Context& context, Remote& remote, const SshOptions& options) {
  Json params = {{"conn_id", options.name}};
  auto done = co_await remote.call("ssh.connections.delete", std::move(params), {});
  if (!done) co_return context.fail(done.error());
  if (context.globals.json) {
    context.print_json(*done);
  } else {
    context.say("Deleted.");
  }
  co_return exit_status::ok;
}

void print_import(Context& context, const Json& done) {
  const bool dry = flag_of(done, "dry_run");
  std::vector<std::vector<Cell>> rows;
  for (const auto& one : record::list_of(done, "connections")) {
    rows.push_back({{visible_line(text_of(one, "title")), "1"},
                    {visible_line(address_of(one)), ""},
                    {text_of(one, "auth_type"), ""}});
  }
  if (!rows.empty()) print_table(context, {dry ? "WOULD BE ADDED" : "ADDED", "ADDRESS", "BY"}, rows);
  for (const auto& one : record::list_of(done, "skipped")) {
    context.console.out_line("Skipped " + visible_line(text_of(one, "title")) + ": " +
                             visible_line(text_of(one, "reason")));
  }
  for (const auto& note : record::list_of(done, "notes")) {
    if (note.is_string()) context.console.out_line("Note: " + visible_line(note.get<std::string>()));
  }
  if (rows.empty()) context.say("Nothing new was found.");
}

Task<int> import_connections(Context& context, Remote& remote, const SshOptions& options) {
  Json params = {{"dry_run", options.dry_run}, {"format", options.from.empty() ? "ssh_config" : options.from}};
  if (!options.name.empty()) {
    auto text = text_of_file(context, options.name);
    if (!text) co_return context.fail(text.error());
    const auto begin = base::trim(*text);
    if (options.from.empty() && (begin.starts_with('{') || begin.starts_with('['))) {
      const bool ours = text->find("\"ssh_connections\"") != std::string::npos;
      params["format"] = ours ? "duotty" : "electerm";
    }
    params["text"] = std::move(*text);
  }
  if (!options.only.empty()) params["names"] = options.only;
  if (options.group) params["group"] = *options.group;
  auto done = co_await remote.call("ssh.connections.import", std::move(params), {});
  if (!done) co_return context.fail(done.error());
  if (context.globals.json) {
    context.print_json(*done);
  } else {
    print_import(context, *done);
  }
  co_return exit_status::ok;
}

Task<int> runbook(Context& context, Remote& remote, const SshOptions& options) {
  Json params = {{"conn_id", options.name}};
  if (!options.what.empty()) {
    auto text = text_of_file(context, options.what);
    if (!text) co_return context.fail(text.error());
    params["text"] = std::move(*text);
    auto done = co_await remote.call("ssh.runbook.set", std::move(params), {});
    if (!done) co_return context.fail(done.error());
    if (context.globals.json) {
      context.print_json(*done);
    } else {
      context.say("Stored.");
    }
    co_return exit_status::ok;
  }
  auto got = co_await remote.call("ssh.runbook.get", std::move(params), {});
  if (!got) co_return context.fail(got.error());
  const std::string text = text_of(*got, "text");
  if (context.globals.json) {
    context.print_json(*got);
  } else if (text.empty()) {
    context.say("It has no runbook. Write one with: duotty ssh runbook NAME FILE");
  } else {
    context.console.out(visible(text) + (text.ends_with('\n') ? "" : "\n"));
  }
  co_return exit_status::ok;
}

}  // namespace

base::Result<Json> ssh_target(const std::string& text) {
  Json params = Json::object();
  std::string rest = text;
  if (const auto at = rest.rfind('@'); at != std::string::npos) {
    params["username"] = rest.substr(0, at);
    rest.erase(0, at + 1);
  }
  const auto close = rest.starts_with('[') ? rest.find(']') : std::string::npos;
  const auto colon = rest.find(':', close == std::string::npos ? 0 : close);
  // An address with several colons has a port only behind brackets.
  const bool has_port = colon != std::string::npos && rest.find(':', colon + 1) == std::string::npos;
  if (has_port) {
    const auto port = base::parse_u64(rest.substr(colon + 1));
    if (!port || *port < 1 || *port > 65535) {
      return Error(Errc::invalid_params, "\"" + text + "\" has no port from 1 to 65535. Write [USER@]HOST[:PORT].");
    }
    params["port"] = *port;
    rest.erase(colon);
  }
  if (close != std::string::npos) rest = rest.substr(1, close - 1);
  if (rest.empty()) return Error(Errc::invalid_params, "\"" + text + "\" has no host. Write [USER@]HOST[:PORT].");
  params["host"] = rest;
  return params;
}

Task<int> ssh_command(Context& context, Remote& remote, SshOptions options) {
  if (options.action == "ls") co_return co_await list_connections(context, remote, options);
  if (options.action == "import") co_return co_await import_connections(context, remote, options);
  if (options.action == "forward" && options.words.empty()) co_return co_await ssh_forward(context, remote, options);
  if (options.name.empty()) {
    co_return context.fail(
        {Errc::invalid_params, "Say which: duotty ssh " + options.action + " NAME (duotty ssh ls lists them)"});
  }
  if (!options.words.empty()) options.what = options.words.front();
  const auto& action = options.action;
  const bool takes_one = action == "accept" || action == "add" || action == "edit" || action == "runbook";
  const std::size_t most = takes_one ? 1 : 0;
  if (options.words.size() > most && options.action != "run") {
    co_return context.fail(
        {Errc::invalid_params, "\"" + options.words[most] + "\" is too much; duotty ssh --help has the usage."});
  }
  if (options.action == "run") {
    Answering answering(context, remote);
    co_return co_await ssh_run(context, answering, options);
  }
  if (options.action == "connect") co_return co_await ssh_connect(context, remote, options);
  if (options.action == "test") co_return co_await ssh_test(context, remote, options);
  if (options.action == "accept") co_return co_await ssh_accept(context, remote, options);
  if (options.action == "hangup") co_return co_await ssh_hang_up(context, remote, options);
  if (options.action == "show") co_return co_await show_connection(context, remote, options);
  if (options.action == "rm") co_return co_await remove_connection(context, remote, options);
  if (options.action == "runbook") co_return co_await runbook(context, remote, options);
  co_return co_await write_connection(context, remote, options);
}

}  // namespace duotty::cli
