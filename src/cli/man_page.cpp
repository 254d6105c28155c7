#include "man_page.hpp"

#include <algorithm>
#include <duotty/base/text.hpp>
#include <set>

namespace duotty::cli {
namespace {

/// A term and what it means.
struct Row {
  const char* term;
  const char* about;
};

// Both lists are also in docs/cli.md; tests/server/cli_docs.spec.mjs holds them together.
constexpr Row kStatuses[] = {
    {"0", "done"},
    {"1", "\"read --grep\", \"output --grep\": nothing matches"},
    {"3", "\"status\", \"stop\", \"restart\": no server runs"},
    {"64",
     "the arguments, or the parameters of a method, make no sense: also a program or a folder that cannot be used"},
    {"65", "something is too large or of the wrong type"},
    {"66", "no such terminal or thing, or it has ended"},
    {"69", "the server cannot be reached, or this is not supported"},
    {"70", "a fault of duotty itself"},
    {"71", "the system starts no further program: it lacks memory, processes or terminals"},
    {"74", "the operating system refused"},
    {"75", "not now: busy, a conflict, a limit, a deadline, a lost connection"},
    {"76", "the other side broke its protocol"},
    {"77", "not signed in, or not allowed"},
    {"78", "a setting is missing"},
    {"124", "\"exec\", \"wait\": the time is over, or the command goes on as a job"},
    {"125", "\"exec\": the command's exit code is not known"},
    {"128 + n", "ended by signal n; 130 after Ctrl+C, 141 when nobody reads the output"},
};

constexpr Row kVariables[] = {
    {"DUOTTY_URL", "The server to talk to, when --url does not say it."},
    {"DUOTTY_TOKEN", "The token for it, when --token does not say it."},
    {"DUOTTY_HOME", "One folder for configuration, state and sockets instead of the XDG folders."},
    {"DUOTTY_CA_FILE", "Certificates to trust for an https:// server besides the system's."},
    {"NO_COLOR", "No colours."},
    {"DUOTTY_TERMINAL", "Set inside a terminal: its id. \"attach\" refuses to show a terminal inside itself."},
};

constexpr Row kFiles[] = {
    {"$XDG_CONFIG_HOME/duotty", "Settings, and what \"login\" saved (~/.config/duotty)."},
    {"$XDG_STATE_HOME/duotty", "Terminals, history, certificates and the log (~/.local/state/duotty)."},
    {"$XDG_RUNTIME_DIR/duotty", "The socket of the server, duotty.sock (else /tmp/duotty-UID)."},
};

std::string bold(const std::string& text) {
  return "\\fB" + roff_text(text) + "\\fR";
}

std::string italic(const std::string& text) {
  return "\\fI" + roff_text(text) + "\\fR";
}

/// "SECONDS:FLOAT in [0 - 86400]" as "SECONDS", "TEXT:{a,b}" and "{a,b}" as "a|b".
std::string value_name(const std::string& value) {
  const auto open = value.find('{');
  const auto close = value.rfind('}');
  if (open != std::string::npos && close != std::string::npos && open < close) {
    return base::replace_all(value.substr(open + 1, close - open - 1), ",", "|");
  }
  return value.substr(0, value.find(':'));
}

std::string option_term(const OptionSpec& option) {
  std::string out;
  for (const auto& name : option.names) out += (out.empty() ? "" : ", ") + bold(name);
  if (option.takes_value) out += " " + italic(value_name(option.value));
  return out;
}

std::string rows(const OptionSpec& option) {
  return ".TP\n" + option_term(option) + "\n" + roff_text(option.about) + ".\n";
}

template <std::size_t N>
std::string rows(const Row (&list)[N]) {
  std::string out;
  for (const Row& row : list) out += ".TP\n" + bold(row.term) + "\n" + roff_text(row.about) + "\n";
  return out;
}

/// Indented lines are shown as they are, the others are paragraphs.
std::string footer(const std::string& text) {
  std::string out;
  bool literal = false;
  const auto end = [&] {
    if (literal) out += ".fi\n.RE\n";
    literal = false;
  };
  for (const auto piece : base::split(text, '\n')) {
    const std::string line(piece);
    if (line.starts_with("  ")) {
      if (!literal) out += ".PP\n.RS 4\n.nf\n";
      literal = true;
      out += roff_text(line.substr(2)) + "\n";
    } else if (line.empty()) {
      end();
      out += ".PP\n";
    } else {
      end();
      out += roff_text(line) + "\n";
    }
  }
  end();
  // A paragraph that another begins at once would be empty.
  while (out.ends_with(".PP\n")) out.resize(out.size() - 4);
  return base::replace_all(std::move(out), ".PP\n.PP\n", ".PP\n");
}

std::string synopsis(const CommandSpec& command) {
  std::string out = bold("duotty " + command.name) + " [" + italic("OPTIONS") + "]";
  for (const auto& positional : command.arguments) {
    std::string word = italic(positional.name);
    if (positional.repeats) word += "...";
    out += positional.required ? " " + word : " [" + word + "]";
  }
  if (command.takes_words) out += " [" + bold("--") + "] [" + italic("WORD") + "...]";
  return out;
}

std::string command_section(const CommandSpec& command, const std::set<std::string>& common) {
  std::string out = ".SS " + roff_text(command.name) + "\n" + synopsis(command) + "\n.PP\n";
  out += roff_text(command.about) + ".\n";
  if (!command.aliases.empty()) {
    out += "Another name: " + bold(base::join(command.aliases, ", ")) + ".\n";
  }
  for (const auto& argument : command.arguments) {
    out += ".TP\n" + italic(argument.name) + "\n" + roff_text(argument.about) + ".\n";
  }
  for (const auto& option : command.options) {
    if (!common.contains(option.names.back())) out += rows(option);
  }
  if (!command.footer.empty()) out += ".PP\n" + footer(command.footer);
  return out;
}

}  // namespace

std::string roff_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\\':
        out += "\\e";
        break;
      case '-':
        out += "\\-";
        break;
      case '\'':
        out += "\\(aq";
        break;
      case '`':
        out += "\\(ga";
        break;
      case '^':
        out += "\\(ha";
        break;
      case '~':
        out += "\\(ti";
        break;
      default:
        out.push_back(c);
    }
  }
  return out.starts_with('.') ? "\\&" + out : out;
}

std::string man_page(const std::vector<CommandSpec>& commands, const std::string& version) {
  std::set<std::string> common = {"--help"};
  std::string options =
      ".TP\n" + bold("-h") + ", " + bold("--help") + "\nExplain all commands, or the one before it.\n";
  options += ".TP\n" + bold("--version") + "\nPrint the version.\n";
  if (!commands.empty()) {
    for (const auto& option : commands.front().options) {
      if (!option.common || option.names.back() == "--help") continue;
      common.insert(option.names.back());
      options += rows(option);
    }
  }
  std::string out =
      ".\\\" Made by \"duotty man\" from the program's own help.\n"
      ".TH DUOTTY 1 \"\" \"duotty " +
      version +
      "\" \"User Commands\"\n.nh\n.ad l\n"
      ".SH NAME\nduotty \\- terminals that people and programs share\n"
      ".SH SYNOPSIS\n" +
      bold("duotty") + " [" + italic("OPTIONS") + "] " + italic("COMMAND") + " [" + italic("ARGUMENT") +
      "...]\n"
      ".SH DESCRIPTION\n"
      "A server owns the terminals: shells and other programs that go on when whoever looked at them has left. People "
      "use\n"
      "them in the browser and with " +
      bold("duotty attach") +
      ", programs over HTTP, WebSocket, the Model Context\n"
      "Protocol and with the commands below. " +
      bold("duotty serve") +
      " runs the server; every other command talks\n"
      "to it.\n.PP\n"
      "Options stand before free words: everything from the first word of a command or text on is taken as it is, and "
      "so\n"
      "is everything behind " +
      bold("--") + ". " + italic("TERM") +
      " is the id or the name of a terminal.\n"
      ".SH OPTIONS\nEvery command takes these.\n" +
      options + ".SH COMMANDS\n";
  for (const auto& command : commands) out += command_section(command, common);
  out += ".SH EXIT STATUS\n" + rows(kStatuses) + ".PP\n" + bold("duotty exec") +
         " exits with the command's own status, and " + bold("duotty attach") +
         " with the program's when it ends.\n"
         ".SH ENVIRONMENT\n" +
         rows(kVariables) + ".SH FILES\n" + rows(kFiles) + ".SH SEE ALSO\n.BR tmux (1),\n.BR ssh (1)\n";
  return out;
}

}  // namespace duotty::cli
