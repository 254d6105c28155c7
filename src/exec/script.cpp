#include "script.hpp"

#include <duotty/base/text.hpp>

namespace duotty::exec {
namespace {

using base::shell_quote;

/// `word` as one fish word: single quotes, in which only \ and ' are special.
std::string fish_quote(std::string_view word) {
  std::string out = "'";
  for (const char c : word) {
    if (c == '\\' || c == '\'') out += '\\';
    out += c;
  }
  return out + "'";
}

/// A directory as the operand of cd: `-` and `+1` are names here, not abbreviations.
std::string cd_operand(const std::string& cwd) {
  return cwd.starts_with('-') || cwd.starts_with('+') ? "./" + cwd : cwd;
}

std::string_view cd_command(ShellKind kind) {
  switch (kind) {
    case ShellKind::bash:
      return "CDPATH= builtin cd -- ";
    case ShellKind::zsh:
      return "CDPATH= \\builtin cd -q -- ";
    default:
      return "CDPATH= \\command cd -- ";
  }
}

std::string posix_command(const ExecRequest& request, ShellKind kind) {
  std::string out = "( ";
  if (request.cwd) {
    out += cd_command(kind);
    out += shell_quote(cd_operand(*request.cwd)) + " || exit\n";
  }
  for (const auto& [name, value] : request.env) out += "export " + name + "=" + shell_quote(value) + " || exit\n";
  return out + request.command + "\n)";
}

/// A statement of fish that leaves $status as `__duotty_s` has it; by another program only where our hooks are not
/// there.
constexpr std::string_view fish_restore =
    "if builtin functions -q __duotty_status; __duotty_status $__duotty_s; "
    "else if builtin test $__duotty_s -ne 0; command sh -c \"exit $__duotty_s\"; end";

// fish has no subshell: variables are local to the block, and the directory is put back.
std::string fish_command(const ExecRequest& request) {
  std::string out = "set -l __duotty_d $PWD\n";
  out += request.cwd ? "builtin cd " + fish_quote(cd_operand(*request.cwd)) + "; and begin\n" : "begin\n";
  for (const auto& [name, value] : request.env) out += "set -lx " + name + " " + fish_quote(value) + "\n";
  out += request.command;
  out += "\nend\nset -l __duotty_s $status\nbuiltin cd $__duotty_d\n";
  return out + std::string(fish_restore);
}

bool is_ksh(std::string_view name) {
  return name.find("ksh") != std::string_view::npos;
}

/// True for what may be ksh93, where a signal is a status above 256, and `.` makes another one of it.
bool may_be_ksh93(std::string_view name) {
  return name == "ksh" || name == "ksh93";
}

/// printf, whatever functions and aliases there are of that name.
std::string_view printf_command(ShellKind kind) {
  return kind == ShellKind::posix ? "\\command printf" : "\\builtin printf";
}

/// A statement that prints `mark` on the terminal and leaves $? as `__duotty_s` has it.
std::string posix_mark(const ShellProfile& profile, std::string_view mark) {
  // A shell that would end on a failing command (`set -e`) keeps 0 instead. What is not last in a list of `&&` runs no
  // trap on ERR.
  static constexpr std::string_view restore =
      R"(eval "\unset __duotty_s; case \$- in *e*) ;; *) (exit $__duotty_s) && : ;; esac" && :)";
  std::string out = "{ __duotty_s=$?; ";
  if (may_be_ksh93(profile.name))
    out +=
        "__duotty_s=${__duotty_e:-$__duotty_s}; \\unset __duotty_e; "
        "__duotty_s=$((__duotty_s > 256 ? __duotty_s - 128 : __duotty_s)); ";
  // mksh shows what `set -x` shows whatever becomes of descriptor 2: the nonce must not be in it.
  const bool traces = is_ksh(profile.name);
  if (traces) out += "case $- in *x*) set +x; __duotty_x=x ;; *) __duotty_x= ;; esac; ";
  out += is_ksh(profile.name) ? "\\command print -n '" : std::string(printf_command(profile.kind)) + " '";
  out += mark;
  out += "' >/dev/tty; ";
  if (traces) out += "case $__duotty_x in x) \\unset __duotty_x; set -x ;; *) \\unset __duotty_x ;; esac; ";
  out += restore;
  return out + "; } 2>/dev/null\n";
}

/// Takes our own line out of bash's history, where only `ignorespace` would keep it from going.
std::string forget_line(const ShellProfile& profile, const ScriptPlace& place) {
  if (profile.kind != ShellKind::bash) return {};
  std::string out = "{ __duotty_s=$?; case $(HISTTIMEFORMAT= builtin history 1) in *'/";
  out += place.token;
  return out + "'*) builtin history -d -1 ;; esac; " +
         R"(eval "\unset __duotty_s; case \$- in *e*) ;; *) (exit $__duotty_s) && : ;; esac" && :; } 2>/dev/null)" +
         "\n";
}

/// A statement that reads the script `operand`. In busybox, which has FUNCNAME everywhere, a subshell that ends by an
/// error under `command` goes on with what is behind that, as a second shell. Without `command` an error ends our
/// script too, before its end mark: the prompt's mark tells the end then, where there is one.
std::string read_script(const ShellProfile& profile, const std::string& operand, bool hooks) {
  if (profile.kind == ShellKind::zsh) return "\\builtin . " + operand;
  if (profile.kind == ShellKind::bash || is_ksh(profile.name) || !hooks) return "\\command . " + operand;
  return "case ${FUNCNAME-none} in none) \\command . " + operand + " ;; *) \\. " + operand + " ;; esac";
}

/// The nonce within single quotes: by the integration's own variables where there are any, so that a shell that shows
/// what it reads (`set -v`, fish_trace) does not show it.
std::string quoted_nonce(const ShellProfile& profile, const ScriptPlace& place) {
  if (!place.hooks) return std::string(place.nonce);
  switch (profile.kind) {
    case ShellKind::bash:
      return R"('"${__duotty_k[1]}${__duotty_k[0]}"')";
    case ShellKind::zsh:
      return R"('"${__duotty_k[-1]}${__duotty_k[-2]}"')";
    default:
      return R"('"$__duotty_b$__duotty_a"')";
  }
}

/// The statements that print a script's marks.
struct PosixMarks {
  PosixMarks(const ShellProfile& profile, const ScriptPlace& place) {
    const std::string head = "\\033]7717;" + quoted_nonce(profile, place);
    const std::string id = ";id=" + std::string(place.token);
    const std::string print =
        is_ksh(profile.name) ? "\\command print -rn -- " : std::string(printf_command(profile.kind)) + " %s ";
    const std::string cwd = "'\"$(" + print + "\"$PWD\" | command -p base64 | command -p tr -d '\\n')\"'";
    begin = posix_mark(profile, head + ";S" + id + "\\033\\\\");
    // A function of zsh can return 300; to others that is 44.
    const std::string code = profile.kind == ShellKind::zsh ? "$((__duotty_s & 255))" : "$__duotty_s";
    end = posix_mark(profile, head + ";E" + id + ";code='\"" + code + "\"';cwd=" + cwd + "\\033\\\\");
  }
  std::string begin;
  std::string end;
};

std::vector<FileToWrite> posix_script(const ShellProfile& profile, std::string_view text, const ScriptPlace& place) {
  const std::string path = std::string(place.dir) + "/" + std::string(place.token);
  const PosixMarks marks(profile, place);
  std::string run = forget_line(profile, place);
  const std::string operand = shell_quote(path + ".cmd") + (place.stdin_file ? " <" + shell_quote(path + ".in") : "");
  run += read_script(profile, operand, place.hooks) + "\n";
  run += marks.end;
  // ksh93 reads the whole of a file before it runs any of it: with a mistake in it, it would not begin.
  if (may_be_ksh93(profile.name)) run.insert(0, marks.begin);
  std::string command = may_be_ksh93(profile.name) ? std::string() : marks.begin;
  command += text;
  command += '\n';
  if (may_be_ksh93(profile.name)) command += "{ __duotty_e=$?; } 2>/dev/null\n";
  return {{path, std::move(run), 0600}, {path + ".cmd", std::move(command), 0600}};
}

/// A file's text as a word of fish. It is evaluated: in a file that fish sources, `exit` would only end the file.
std::string fish_text(std::string_view path) {
  return "(builtin string collect <'" + std::string(path) + "')";
}

// fish reads the whole of a text before it runs any of it, so the start mark stands outside the command's file. The
// typed line has begun a block in which `__duotty_s` is the status before it.
std::vector<FileToWrite> fish_script(std::string_view text, const ScriptPlace& place) {
  const std::string path = std::string(place.dir) + "/" + std::string(place.token);
  const std::string nonce = place.hooks ? "'$__duotty_k[2]$__duotty_k[1]'" : std::string(place.nonce);
  const std::string head = "set -l fish_trace\nbuiltin printf '\\e]7717;" + nonce;
  const std::string id = ";id=" + std::string(place.token);
  const std::string restore = std::string(fish_restore) + "\n";
  std::string run = head + ";S" + id + "\\e\\\\' >/dev/tty\nset -e fish_trace\n";
  run += "eval " + fish_text(path + ".cmd") + (place.stdin_file ? " <'" + path + ".in'" : "") + "\n";
  run += "set __duotty_s $status\n";
  run += head + ";E" + id + ";code=%s;ucwd=%s\\e\\\\' $__duotty_s ";
  run += "(builtin string escape --style=url -- $PWD) >/dev/tty\n";
  run += restore + "end\n";
  return {{path, std::move(run), 0600}, {path + ".cmd", restore + std::string(text) + "\n", 0600}};
}

}  // namespace

std::string command_text(const ExecRequest& request, ShellKind kind) {
  if (!request.cwd && request.env.empty()) return request.command;
  return kind == ShellKind::fish ? fish_command(request) : posix_command(request, kind);
}

std::vector<FileToWrite> script_files(const ShellProfile& profile, std::string_view text, const ScriptPlace& place) {
  return profile.kind == ShellKind::fish ? fish_script(text, place) : posix_script(profile, text, place);
}

std::string inline_script(const ShellProfile& profile, std::string_view text, const ScriptPlace& place) {
  const PosixMarks marks(profile, place);
  return marks.begin + std::string(text) + "\n" + marks.end;
}

std::string script_line(const ShellProfile& profile, std::string_view path) {
  if (profile.kind == ShellKind::fish) return " eval 'begin; set -l __duotty_s '$status';' " + fish_text(path) + "\r";
  // A newline ends a line also where the terminal was left without its translation of Enter.
  return " \\. '" + std::string(path) + (profile.kind == ShellKind::posix ? "'\n" : "'\r");
}

}  // namespace duotty::exec
