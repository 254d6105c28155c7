#include "completion.hpp"

#include <algorithm>
#include <duotty/base/text.hpp>

namespace duotty::cli {
namespace {

/// What may stand in a place of the command line.
enum class Offer { nothing, terminals, methods, files, directories, words };

struct Place {
  Offer offer = Offer::nothing;
  std::vector<std::string> words;
};

/// "{plain,ansi,html}" (as CLI11 writes a choice, with or without a type before it) as its words.
std::vector<std::string> choices(const std::string& value) {
  const auto open = value.find('{');
  const auto close = value.rfind('}');
  if (open == std::string::npos || close == std::string::npos || close < open) return {};
  std::vector<std::string> out;
  for (const auto word : base::split(std::string_view(value).substr(open + 1, close - open - 1), ',')) {
    out.emplace_back(base::trim(word));
  }
  return out;
}

Place place_of(const std::string& value) {
  if (auto words = choices(value); !words.empty()) return {Offer::words, std::move(words)};
  if (value == "TERM") return {Offer::terminals, {}};
  if (value == "METHOD") return {Offer::methods, {}};
  if (value == "DIR") return {Offer::directories, {}};
  if (value == "FILE") return {Offer::files, {}};
  if (value == "ACTION") return {Offer::words, {"ls", "create", "revoke", "requests", "allow", "deny"}};
  if (value == "SHELL") return {Offer::words, {"bash", "zsh", "fish"}};
  if (value == "KIND") return {Offer::words, {"openapi", "typescript", "markdown"}};
  return {};
}

std::string spaced(const std::vector<std::string>& words) {
  return base::join(words, " ");
}

std::string method_names(const rpc::Table& table) {
  std::vector<std::string> names;
  for (const auto& method : table.methods()) {
    names.push_back(method->name);
  }
  return spaced(names);
}

// --- bash -----------------------------------------------------------------------------------------------------------

std::string bash_reply(const Place& place) {
  switch (place.offer) {
    case Offer::terminals:
      return "COMPREPLY=($(compgen -W \"$(duotty ls --names 2>/dev/null)\" -- \"$cur\"))";
    case Offer::methods:
      return "COMPREPLY=($(compgen -W \"$_duotty_methods\" -- \"$cur\"))";
    case Offer::files:
      return "COMPREPLY=($(compgen -f -- \"$cur\"))";
    case Offer::directories:
      return "COMPREPLY=($(compgen -d -- \"$cur\"))";
    case Offer::words:
      return "COMPREPLY=($(compgen -W \"" + spaced(place.words) + "\" -- \"$cur\"))";
    case Offer::nothing:
      break;
  }
  return "COMPREPLY=()";
}

std::string bash_command(const CommandSpec& command) {
  std::string out = "    " + command.name + ")\n      case \"$prev\" in\n";
  std::vector<std::string> names;
  for (const auto& option : command.options) {
    names.insert(names.end(), option.names.begin(), option.names.end());
    if (!option.takes_value) continue;
    std::string pattern;
    for (const auto& name : option.names) pattern += (pattern.empty() ? "" : "|") + name;
    out += "        " + pattern + ") " + bash_reply(place_of(option.value)) + "; return;;\n";
  }
  out += "      esac\n      if [[ $cur == -* ]]; then\n        COMPREPLY=($(compgen -W \"" + spaced(names) +
         "\" -- \"$cur\"))\n      else\n        " +
         bash_reply(command.positionals.empty() ? Place{} : place_of(command.positionals.front())) + "\n      fi;;\n";
  return out;
}

std::string bash_script(const std::vector<CommandSpec>& commands, const rpc::Table& table) {
  std::vector<std::string> names;
  names.reserve(commands.size());
  for (const auto& command : commands) names.push_back(command.name);
  std::string out =
      "# bash completion for duotty. Use it with: source <(duotty completion bash)\n"
      "_duotty_methods=\"" +
      method_names(table) +
      "\"\n"
      "_duotty() {\n"
      "  local cur=${COMP_WORDS[COMP_CWORD]} prev= command= i\n"
      "  ((COMP_CWORD > 0)) && prev=${COMP_WORDS[COMP_CWORD-1]}\n"
      "  COMPREPLY=()\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case \"${COMP_WORDS[i]}\" in\n"
      "      --) return;;\n"
      "      --url|--token|--home|--ca-file) ((i++));;\n"
      "      -*) ;;\n"
      "      *) [[ $command ]] || command=${COMP_WORDS[i]};;\n"
      "    esac\n"
      "  done\n"
      "  case \"$command\" in\n"
      "    '') COMPREPLY=($(compgen -W \"" +
      spaced(names) + " --help --version\" -- \"$cur\"));;\n";
  for (const auto& command : commands) out += bash_command(command);
  return out + "  esac\n}\ncomplete -F _duotty duotty\n";
}

// --- zsh ------------------------------------------------------------------------------------------------------------

/// Text inside an _arguments specification: quotes, brackets and colons have a meaning there.
std::string zsh_text(std::string text) {
  text = base::replace_all(std::move(text), "\\", "\\\\");
  for (const char* special : {"[", "]", ":"})
    text = base::replace_all(std::move(text), special, std::string("\\") + special);
  return base::replace_all(std::move(text), "'", "'\\''");
}

std::string zsh_action(const Place& place) {
  switch (place.offer) {
    case Offer::terminals:
      return "_duotty_terminals";
    case Offer::methods:
      return "_duotty_methods";
    case Offer::files:
      return "_files";
    case Offer::directories:
      return "_files -/";
    case Offer::words:
      return "(" + spaced(place.words) + ")";
    case Offer::nothing:
      break;
  }
  return " ";
}

std::string zsh_command(const CommandSpec& command) {
  std::string out = "    " + command.name + ")\n      _arguments -S \\\n";
  for (const auto& option : command.options) {
    for (const auto& name : option.names) {
      out += "        '*" + name + "[" + zsh_text(option.about) + "]";
      if (option.takes_value) out += ":value:" + zsh_action(place_of(option.value));
      out += "' \\\n";
    }
  }
  int position = 1;
  for (const auto& positional : command.positionals) {
    out += "        '" + std::to_string(position++) + ":" + base::to_lower(positional) + ":" +
           zsh_action(place_of(positional)) + "' \\\n";
  }
  return out + "        '*::words: ';;\n";
}

std::string zsh_script(const std::vector<CommandSpec>& commands, const rpc::Table& table) {
  std::string out =
      "#compdef duotty\n"
      "# zsh completion for duotty: a file _duotty in a folder of $fpath, or: source <(duotty completion zsh)\n"
      "_duotty_terminals() {\n"
      "  local -a names\n"
      "  names=(${(f)\"$(duotty ls --names 2>/dev/null)\"})\n"
      "  compadd -a names\n"
      "}\n"
      "_duotty_methods() {\n"
      "  compadd " +
      method_names(table) +
      "\n}\n"
      "_duotty_commands() {\n"
      "  local -a commands\n"
      "  commands=(\n";
  for (const auto& command : commands) out += "    '" + command.name + ":" + zsh_text(command.about) + "'\n";
  out +=
      "  )\n"
      "  _describe -t commands 'command' commands\n"
      "}\n"
      "_duotty() {\n"
      "  local curcontext=$curcontext state line\n"
      "  _arguments -C '1: :_duotty_commands' '*:: :->rest'\n"
      "  [[ $state == rest ]] || return\n"
      "  case $line[1] in\n";
  for (const auto& command : commands) out += zsh_command(command);
  return out +
         "  esac\n"
         "}\n"
         "if [[ ${funcstack[1]} == _duotty ]]; then\n"
         "  _duotty \"$@\"\n"
         "else\n"
         "  compdef _duotty duotty\n"
         "fi\n";
}

// --- fish -----------------------------------------------------------------------------------------------------------

std::string fish_quoted(std::string text) {
  text = base::replace_all(std::move(text), "\\", "\\\\");
  return "'" + base::replace_all(std::move(text), "'", "\\'") + "'";
}

std::string fish_arguments(const Place& place) {
  switch (place.offer) {
    case Offer::terminals:
      return " -xa '(duotty ls --names 2>/dev/null)'";
    case Offer::methods:
      return " -xa \"$__duotty_methods\"";
    case Offer::files:
      return " -r -F";
    case Offer::directories:
      return " -xa '(__fish_complete_directories)'";
    case Offer::words:
      return " -xa " + fish_quoted(spaced(place.words));
    case Offer::nothing:
      break;
  }
  return " -x";
}

std::string fish_script(const std::vector<CommandSpec>& commands, const rpc::Table& table) {
  std::string out =
      "# fish completion for duotty: ~/.config/fish/completions/duotty.fish\n"
      "set -g __duotty_methods " +
      fish_quoted(method_names(table)) + "\ncomplete -c duotty -f\n";
  for (const auto& command : commands) {
    out +=
        "complete -c duotty -n __fish_use_subcommand -a " + command.name + " -d " + fish_quoted(command.about) + "\n";
    const std::string condition = "complete -c duotty -n '__fish_seen_subcommand_from " + command.name + "'";
    for (const auto& option : command.options) {
      out += condition;
      for (const auto& name : option.names) {
        out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      }
      if (option.takes_value) out += fish_arguments(place_of(option.value));
      out += " -d " + fish_quoted(option.about) + "\n";
    }
    if (!command.positionals.empty()) {
      const Place place = place_of(command.positionals.front());
      if (place.offer != Offer::nothing) out += condition + fish_arguments(place) + "\n";
    }
  }
  return out;
}

}  // namespace

std::string completion_script(const std::string& shell, const std::vector<CommandSpec>& commands,
                              const rpc::Table& table) {
  if (shell == "zsh") return zsh_script(commands, table);
  if (shell == "fish") return fish_script(commands, table);
  return bash_script(commands, table);
}

}  // namespace duotty::cli
