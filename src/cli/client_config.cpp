#include "client_config.hpp"

#include <algorithm>
#include <duotty/base/text.hpp>
#include <nlohmann/json.hpp>

namespace duotty::cli {
namespace {

using base::Errc;
using base::Error;
using Ordered = nlohmann::ordered_json;

constexpr const char* kName = "duotty";
constexpr std::size_t kAround = 2;  ///< unchanged lines shown before and after a change

std::string home_of(const Environment& environment) {
  return environment.get("HOME");
}

std::string config_home(const Environment& environment) {
  const std::string set = environment.get("XDG_CONFIG_HOME");
  return set.empty() ? home_of(environment) + "/.config" : set;
}

Ordered json_entry(const ClientFile& file, const std::vector<std::string>& command) {
  Ordered entry;
  // Cursor tells the kinds apart by their members; the others want it said.
  if (file.path.find("/.cursor/") == std::string::npos) entry["type"] = "stdio";
  entry["command"] = command.front();
  entry["args"] = std::vector<std::string>(command.begin() + 1, command.end());
  return entry;
}

/// How far the first indented line is indented: "  ", "    ", or a tab.
std::string indent_of(const std::string& text) {
  for (const auto line : base::split(text, '\n')) {
    const auto end = line.find_first_not_of(" \t");
    if (end != 0 && end != std::string_view::npos) return std::string(line.substr(0, end));
  }
  return "  ";
}

base::Result<std::string> with_json(const ClientFile& file, const std::string& text,
                                    const std::vector<std::string>& command) {
  Ordered root = Ordered::object();
  if (!base::trim(text).empty()) {
    root = Ordered::parse(text, nullptr, false);
    if (root.is_discarded() || !root.is_object()) {
      return Error(Errc::unsupported,
                   file.path +
                       " is not plain JSON (it may have comments): it was left as it is. Add this to "
                       "its \"" +
                       file.section + "\" by hand:\n" + server_entry(file, command));
    }
  }
  Ordered& section = root[file.section];
  if (!section.is_object() && !section.is_null()) {
    return Error(Errc::unsupported,
                 "\"" + file.section + "\" in " + file.path + " is no object: it was left as it is.");
  }
  section[kName] = json_entry(file, command);
  const std::string indent = indent_of(text);
  std::string out = root.dump(static_cast<int>(indent.size()), indent[0], false, Ordered::error_handler_t::replace);
  if (text.empty() || text.back() == '\n') out += '\n';
  return out;
}

std::string toml_text(const std::string& value) {
  return Ordered(value).dump();
}

std::string toml_entry(const std::vector<std::string>& command) {
  std::vector<std::string> args;
  for (std::size_t i = 1; i < command.size(); ++i) args.push_back(toml_text(command[i]));
  return "[mcp_servers." + std::string(kName) + "]\ncommand = " + toml_text(command.front()) + "\nargs = [" +
         base::join(args, ", ") + "]\n";
}

base::Result<std::string> with_toml(const ClientFile& file, const std::string& text,
                                    const std::vector<std::string>& command) {
  const std::string header = "[mcp_servers." + std::string(kName) + "]";
  std::string out;
  bool inside = false;
  bool placed = false;
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto newline = rest.find('\n');
    const std::string_view line = rest.substr(0, newline == std::string_view::npos ? newline : newline + 1);
    rest.remove_prefix(line.size());
    const std::string_view words = base::trim(line);
    if (words.starts_with("mcp_servers") || words.starts_with("\"mcp_servers")) {
      return Error(Errc::unsupported, file.path +
                                          " names its servers in a way that is not understood here: it was left "
                                          "as it is. Add this by hand:\n" +
                                          server_entry(file, command));
    }
    if (words == header) {
      inside = true;
      placed = true;
      out += toml_entry(command);
      continue;
    }
    if (inside && words.starts_with('[')) {
      inside = false;
      out += '\n';
    }
    if (!inside) out += line;
  }
  if (placed) return out;
  if (!out.empty() && out.back() != '\n') out += '\n';
  return out + (out.empty() ? "" : "\n") + toml_entry(command);
}

}  // namespace

const std::vector<std::string>& known_clients() {
  static const std::vector<std::string> names = {"claude", "cursor", "codex", "vscode"};
  return names;
}

base::Result<ClientFile> client_file(const std::string& client, const Environment& environment, bool project) {
  using Format = ClientFile::Format;
  const std::string folder = project ? environment.cwd : home_of(environment);
  if (client == "claude") {
    return ClientFile{folder + (project ? "/.mcp.json" : "/.claude.json"), Format::json, "mcpServers", project};
  }
  if (client == "cursor") return ClientFile{folder + "/.cursor/mcp.json", Format::json, "mcpServers", project};
  if (client == "vscode") {
    const std::string own = config_home(environment) + "/Code/User/mcp.json";
    return ClientFile{project ? folder + "/.vscode/mcp.json" : own, Format::json, "servers", project};
  }
  if (client == "codex" && !project) {
    const std::string set = environment.get("CODEX_HOME");
    return ClientFile{(set.empty() ? folder + "/.codex" : set) + "/config.toml", Format::toml, {}, false};
  }
  return Error(Errc::unsupported, client + " has no configuration of its own for a folder. Leave out --project.");
}

base::Result<std::string> with_server(const ClientFile& file, const std::string& text,
                                      const std::vector<std::string>& command) {
  return file.format == ClientFile::Format::toml ? with_toml(file, text, command) : with_json(file, text, command);
}

std::string server_entry(const ClientFile& file, const std::vector<std::string>& command) {
  if (file.format == ClientFile::Format::toml) return toml_entry(command);
  Ordered servers;
  servers[file.section][kName] = json_entry(file, command);
  return servers.dump(2) + "\n";
}

std::string changed_lines(const std::string& before, const std::string& after) {
  const auto lines_of = [](const std::string& text) {
    auto lines = base::split(text, '\n');
    if (!lines.empty() && lines.back().empty()) lines.pop_back();
    return lines;
  };
  const auto old_lines = lines_of(before);
  const auto new_lines = lines_of(after);
  const std::size_t shorter = std::min(old_lines.size(), new_lines.size());
  std::size_t head = 0;
  while (head < shorter && old_lines[head] == new_lines[head]) ++head;
  std::size_t tail = 0;
  while (tail < shorter - head && old_lines[old_lines.size() - 1 - tail] == new_lines[new_lines.size() - 1 - tail]) {
    ++tail;
  }
  std::string out;
  const auto show = [&out](char mark, std::string_view line) {
    out += std::string(1, mark) + std::string(line) + "\n";
  };
  for (std::size_t i = head - std::min(head, kAround); i < head; ++i) show(' ', old_lines[i]);
  for (std::size_t i = head; i < old_lines.size() - tail; ++i) show('-', old_lines[i]);
  for (std::size_t i = head; i < new_lines.size() - tail; ++i) show('+', new_lines[i]);
  const std::size_t end = new_lines.size() - tail;
  for (std::size_t i = end; i < std::min(new_lines.size(), end + kAround); ++i) show(' ', new_lines[i]);
  return out;
}

}  // namespace duotty::cli
