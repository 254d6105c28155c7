#include <algorithm>
#include <duotty/base/text.hpp>
#include <duotty/exec/compose.hpp>
#include <duotty/exec/input_guard.hpp>

#include "names.hpp"
#include "script.hpp"

namespace duotty::exec {
namespace {

using base::Errc;
using base::Error;

constexpr std::string_view paste_begin = "\x1b[200~";
constexpr std::string_view paste_end = "\x1b[201~";
/// Without bracketed paste only a short line is typed: a line discipline in canonical mode holds 4095 bytes.
constexpr std::size_t max_typed = 512;
constexpr std::size_t max_line = 4000;
constexpr std::size_t max_announced = 16 * 1024;
/// Longer pastes make a line editor slow; a script is as exact.
constexpr std::size_t max_pasted = 256 * 1024;
/// bash runs its hooks between the commands of a paste, for each line that may be one.
constexpr std::ptrdiff_t max_pasted_lines = 500;

bool is_env_name(std::string_view name) {
  const auto ok = [](char c) { return c == '_' || (is_token_character(c) && c != '-'); };
  return !name.empty() && (name[0] < '0' || name[0] > '9') && std::all_of(name.begin(), name.end(), ok);
}

base::Result<> check(const ExecRequest& request) {
  if (request.command.size() > max_command)
    return Error(Errc::too_large, "The command is longer than 1 MiB; put it into a file and run that.", "command");
  if (base::trim(request.command).empty()) return Error(Errc::invalid_params, "The command is empty.", "command");
  if (request.command.find('\0') != std::string::npos)
    return Error(Errc::invalid_params, "The command has a NUL byte, which no shell can take.", "command");
  if (request.cwd && request.cwd->find('\0') != std::string::npos)
    return Error(Errc::invalid_params, "The directory has a NUL byte.", "cwd");
  for (const auto& [name, value] : request.env) {
    if (!is_env_name(name))
      return Error(Errc::invalid_params,
                   "invalid environment variable name: '" + base::shorten(base::to_valid_utf8(name), 100) +
                       "'; a name is letters, digits and underscores and does not begin with a digit",
                   "env");
    if (value.find('\0') != std::string::npos)
      return Error(Errc::invalid_params, "The value of " + name + " has a NUL byte.", "env." + name);
  }
  return {};
}

/// The command without newlines at its end; Enter ends it. One that continues a line by a backslash keeps them.
std::string_view without_final_newlines(std::string_view command) {
  std::string_view text = command;
  while (text.ends_with('\n')) text.remove_suffix(1);
  return text.ends_with('\\') ? command : text;
}

/// True when an interactive bash might expand history in `text`, so that it must not come in through the line editor:
/// a `!` before anything but a blank, `=` or the end of a line; a line that begins with `^`.
bool may_expand_history(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '^' && (i == 0 || text[i - 1] == '\n')) return true;
    if (text[i] != '!' || i + 1 == text.size()) continue;
    if (std::string_view(" \t\n=").find(text[i + 1]) == std::string_view::npos) return true;
  }
  return false;
}

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

std::string pasted(std::string_view text) {
  std::string out(paste_begin);
  out += text;
  out += paste_end;
  return out + '\r';
}

/// True when `text` may have a comment, which an interactive zsh takes for words unless its user says otherwise.
bool may_comment(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '#' && (i == 0 || std::string_view(" \t\n;&|()").find(text[i - 1]) != std::string_view::npos))
      return true;
  }
  return false;
}

/// True when `text` may have the word `exit` or `logout` where a command begins: an interactive bash says so on the
/// terminal when it ends by that, and not in a script. Those in parentheses end a subshell, which says nothing.
bool may_end_shell(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  constexpr std::string_view kBegins = "\n;&|{!)";
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')' && depth > 0) --depth;
    const auto word = text.substr(i);
    if (depth > 0 || !(word.starts_with("exit") || word.starts_with("logout"))) continue;
    const std::size_t end = i + (text[i] == 'e' ? 4 : 6);
    if (end < text.size() && std::string_view(" \t\n;&|}<>").find(text[end]) == std::string_view::npos) continue;
    std::size_t before = i;
    while (before > 0 && kBlank.find(text[before - 1]) != std::string_view::npos) --before;
    if (before == 0 || kBegins.find(text[before - 1]) != std::string_view::npos) return true;
    // Behind a word of the grammar, or of one that runs another: then, do, else, builtin, an assignment.
    if (before < i && !text.substr(0, before).ends_with('"') && !text.substr(0, before).ends_with('\'')) {
      const auto start = text.find_last_of(" \t\n;&|(", before - 1);
      const auto last = text.substr(start == std::string_view::npos ? 0 : start + 1, before - 1 - start);
      for (const std::string_view one : {"then", "do", "else", "builtin", "command", "time", "if", "while", "eval"}) {
        if (last == one) return true;
      }
      if (last.find('=') != std::string_view::npos) return true;
    }
  }
  return false;
}

/// The bytes that bring `text` to the shell's own line editor unchanged, or nothing when it must go through a script.
/// Only a shell that marks the start of a command may have it typed.
std::optional<std::string> typed_input(std::string_view text, const ShellState& state) {
  if (!is_plain_text(text) || may_expand_history(text)) return std::nullopt;
  if (state.profile.kind == ShellKind::zsh) {
    // Keys may be bound to anything. A paste is taken as it is, unless a widget of the user's has to do with it; its
    // brackets are known to the line editor before the terminal is asked for them, which comes after the prompt.
    if (!state.pastes || text.size() > max_pasted || may_comment(text)) return std::nullopt;
    return pasted(text);
  }
  if (state.files && may_end_shell(text)) return std::nullopt;
  if (state.profile.kind != ShellKind::bash || !state.pastes ||
      std::count(text.begin(), text.end(), '\n') > max_pasted_lines)
    return std::nullopt;
  if (state.bracketed_paste && text.size() <= max_pasted) return pasted(text);
  if (!state.bracketed_paste && text.size() <= max_typed && is_printable_ascii(text)) return std::string(text) + '\r';
  return std::nullopt;
}

/// Tells bash in advance which line is ours and what it says, which spares it two forks to find out.
std::vector<FileToWrite> announce(std::string_view text, const ShellState& state, std::string_view script_dir) {
  if (state.profile.kind != ShellKind::bash || state.line == 0 || text.size() > max_announced) return {};
  // After any other line bash looks whether its keys are still bound as we need them.
  for (const std::string_view word : {"bind", "source", ". ", "histchars"}) {
    if (text.find(word) != std::string_view::npos) return {};
  }
  const std::string dir(script_dir);
  return {{dir + "/text", base::base64_encode(text), 0600}, {dir + "/next", std::to_string(state.line), 0600}};
}

base::Result<Composed> compose_unknown(const ExecRequest& request, const ShellState& state, Composed composed) {
  if (request.stdin_bytes)
    return Error(Errc::unsupported, "stdin_b64 needs a shell whose syntax is known; this program's is not.",
                 "stdin_b64");
  if (request.cwd || !request.env.empty())
    return Error(Errc::unsupported, "cwd and env need a shell whose syntax is known; this program's is not.", "cwd");
  if (!is_plain_text(request.command))
    return Error(Errc::unsupported, "The command has control characters, which can only be sent as raw input here.",
                 "command");
  composed.completion = Completion::none;
  if (state.bracketed_paste) {
    composed.input = pasted(request.command);
  } else {
    composed.input = request.command + '\r';
    std::replace(composed.input.begin(), composed.input.end(), '\n', '\r');
  }
  return composed;
}

/// `text` as one word of printable ASCII, in the quotes that bash and zsh have for that.
std::string ansi_quoted(std::string_view text) {
  std::string out = "$'";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c >= ' ' && c <= '~' && c != '\\' && c != '\'' && c != '!') {
      out += c;
    } else {
      constexpr std::string_view kDigits = "01234567";
      out += '\\';
      for (const int shift : {6, 3, 0}) out += kDigits[byte >> shift & 7];
    }
  }
  return out + "'";
}

/// The same for fish, which has them outside of quotes.
std::string fish_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_token_character(c)) {
      out += c;
      continue;
    }
    constexpr std::string_view kDigits = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    out += {'\\', 'X', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return out;
}

/// The same for printf's %b, which every POSIX shell has, in single quotes. A percent is none in an argument.
std::string printf_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c >= ' ' && c <= '~' && c != '\\' && c != '\'' && c != '!') {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += "\\0";
    for (const int shift : {6, 3, 0}) out += static_cast<char>('0' + (byte >> shift & 7));
  }
  return out;
}

/// The line editor of busybox takes no more than 1023 characters (FEATURE_EDITING_MAX_LEN), and drops the rest.
bool has_short_lines(const ShellProfile& profile) {
  return profile.name == "ash" || profile.name == "busybox";
}
constexpr std::size_t max_short_line = 1000;

/// For a shell that cannot read our scripts: what cannot be typed as it is, is evaluated. The blank keeps it out of the
/// history of those who want that.
base::Result<Composed> compose_without_files(const ExecRequest& request, std::string_view text, const ShellState& state,
                                             const ScriptPlace& place, Composed composed) {
  if (request.stdin_bytes)
    return Error(Errc::unsupported,
                 "stdin_b64 needs a shell on the server's own machine. ssh.run takes it for a command on a host.",
                 "stdin_b64");
  const ShellKind kind = state.profile.kind;
  if (!composed.prompt_follows) return compose_unknown(request, state, std::move(composed));
  if (kind == ShellKind::posix) {
    const std::string script = printf_escaped(inline_script(state.profile, text, place));
    composed.input = " eval \"$(printf %b '" + script + "')\"\n";
    composed.completion = Completion::script_marks;
    composed.as_written = false;
    if (composed.input.size() <= (has_short_lines(state.profile) ? max_short_line : max_line)) return composed;
    return Error(Errc::too_large, "The command is too long for a line of this shell. Use ssh.run.", "command");
  }
  const std::string line = " eval " + (kind == ShellKind::fish ? fish_escaped(text) : ansi_quoted(text));
  if (line.size() > max_pasted)
    return Error(Errc::too_large,
                 "The command is too long to be typed. Put it into a file on the host, or use ssh.run.", "command");
  const bool paste = kind == ShellKind::zsh || (kind == ShellKind::bash && state.bracketed_paste);
  composed.input = paste ? pasted(line) : line + '\r';
  if (kind == ShellKind::zsh) composed.line = line;
  composed.completion = Completion::shell_marks;
  composed.as_written = false;
  return composed;
}

}  // namespace

base::Result<Composed> compose(const ExecRequest& original, const ShellState& state, std::string_view nonce,
                               std::string_view token, std::string_view script_dir) {
  if (auto ok = check(original); !ok) return ok.error();
  if (!is_token(token) || !is_token(nonce) || !is_plain_path(script_dir))
    return Error(Errc::internal, "The exec's nonce, token or script directory cannot stand in a script.");
  const bool hooks = state.integrated && state.profile.integration;
  if (hooks && !state.at_prompt)
    return Error(Errc::busy, "The shell is not at its prompt: a command is running or input is unfinished.");

  ExecRequest request = original;
  request.command = without_final_newlines(original.command);
  if (request.cwd && request.cwd->empty()) request.cwd.reset();
  Composed composed;
  composed.token = token;
  composed.prompt_follows = hooks;
  if (!state.profile.scripts) return compose_unknown(request, state, std::move(composed));

  const std::string text = command_text(request, state.profile.kind);
  composed.as_written = text == request.command && !request.stdin_bytes;
  if (hooks && !request.stdin_bytes) {
    if (auto input = typed_input(text, state)) {
      composed.input = std::move(*input);
      composed.completion = Completion::shell_marks;
      if (state.profile.kind == ShellKind::zsh) composed.line = text;
      if (state.files) composed.notes = announce(text, state, script_dir);
      return composed;
    }
  }
  if (!state.files)
    return compose_without_files(request, text, state, {nonce, token, script_dir, false, hooks}, std::move(composed));
  composed.files =
      script_files(state.profile, text, {nonce, token, script_dir, request.stdin_bytes.has_value(), hooks});
  composed.input = script_line(state.profile, composed.files.front().path);
  composed.as_written = false;
  if (request.stdin_bytes) composed.files.push_back({composed.files.front().path + ".in", *request.stdin_bytes, 0600});
  composed.completion = Completion::script_marks;
  return composed;
}

}  // namespace duotty::exec
