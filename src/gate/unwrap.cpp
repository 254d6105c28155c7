// Programs that run other programs: what they would run is judged, not they.
#include <algorithm>
#include <array>
#include <duotty/base/text.hpp>

#include "judge.hpp"
#include "programs.hpp"

namespace duotty::gate {
namespace {

/// How the command is found among the words of a wrapper.
enum class Form : std::uint8_t {
  words,       ///< options, `skip` words, then program and arguments
  remote,      ///< the same; what comes is joined and read by a shell
  after_dash,  ///< behind `--` only (kubectl exec POD -- CMD)
  shell,       ///< -c TEXT, a script file, or text on standard input
  with_c,      ///< -c TEXT or --command=TEXT among the options
  text,        ///< all words joined are shell text
};

struct Wrapper {
  std::string_view name;
  Form form;
  int skip;                     ///< words before the command
  std::string_view letters;     ///< one-letter options that take a word
  std::string_view long_names;  ///< long options that take a word, between blanks
};

constexpr std::array wrappers = {
    Wrapper{"sudo", Form::words, 0, "ugpCrtTRDhU", " user group prompt close-from role type host chdir chroot "},
    Wrapper{"doas", Form::words, 0, "uCa", ""},
    Wrapper{"pkexec", Form::words, 0, "u", " user "},
    Wrapper{"env", Form::words, 0, "uC", " unset chdir "},
    Wrapper{"nohup", Form::words, 0, "", ""},
    Wrapper{"time", Form::words, 0, "fo", " format output "},
    Wrapper{"nice", Form::words, 0, "n", " adjustment "},
    Wrapper{"ionice", Form::words, 0, "cnp", " class classdata "},
    Wrapper{"timeout", Form::words, 1, "ks", " kill-after signal "},
    Wrapper{"gtimeout", Form::words, 1, "ks", " kill-after signal "},
    Wrapper{"setsid", Form::words, 0, "", ""},
    Wrapper{"stdbuf", Form::words, 0, "ioe", " input output error "},
    Wrapper{"unbuffer", Form::words, 0, "", ""},
    Wrapper{"exec", Form::words, 0, "a", ""},
    Wrapper{"command", Form::words, 0, "", ""},
    Wrapper{"builtin", Form::words, 0, "", ""},
    Wrapper{"noglob", Form::words, 0, "", ""},
    Wrapper{"nocorrect", Form::words, 0, "", ""},
    Wrapper{"chroot", Form::words, 1, "", " userspec groups "},
    Wrapper{"nsenter", Form::words, 0, "tSGr", " target setuid setgid "},
    Wrapper{"unshare", Form::words, 0, "SGRw", " setuid setgid root wd "},
    Wrapper{"taskset", Form::words, 1, "", ""},
    Wrapper{"chrt", Form::words, 1, "TPD", ""},
    Wrapper{"strace", Form::words, 0, "eopuaEsP", ""},
    Wrapper{"ltrace", Form::words, 0, "eopuans", ""},
    Wrapper{"busybox", Form::words, 0, "", ""},
    Wrapper{"toybox", Form::words, 0, "", ""},
    Wrapper{"fakeroot", Form::words, 0, "lsib", ""},
    Wrapper{"systemd-run", Form::words, 0, "pEtuGHM", " property setenv unit slice uid gid nice description machine "},
    Wrapper{"systemd-inhibit", Form::words, 0, "", ""},
    Wrapper{"dbus-run-session", Form::words, 0, "", ""},
    Wrapper{"xvfb-run", Form::words, 0, "enspfw", ""},
    Wrapper{"eatmydata", Form::words, 0, "", ""},
    Wrapper{"proxychains", Form::words, 0, "f", ""},
    Wrapper{"proxychains4", Form::words, 0, "f", ""},
    Wrapper{"torsocks", Form::words, 0, "", ""},
    Wrapper{"caffeinate", Form::words, 0, "tw", ""},
    Wrapper{"prlimit", Form::words, 0, "", ""},
    Wrapper{"setpriv", Form::words, 0, "", " reuid regid groups inh-caps bounding-set ambient-caps securebits "},
    Wrapper{"gosu", Form::words, 1, "", ""},
    Wrapper{"su-exec", Form::words, 1, "", ""},
    Wrapper{"faketime", Form::words, 1, "", ""},
    Wrapper{"valgrind", Form::words, 0, "", ""},
    Wrapper{"rlwrap", Form::words, 0, "", ""},
    Wrapper{"firejail", Form::words, 0, "", ""},
    Wrapper{"flock", Form::words, 1, "wE", " timeout wait conflict-exit-code "},
    Wrapper{"watch", Form::remote, 0, "nq", " interval equexit "},
    Wrapper{"ssh", Form::remote, 1, "bcDEeFIiJLlmOopQRSWw", ""},
    Wrapper{"mosh", Form::remote, 1, "p", " port ssh "},
    Wrapper{"sshpass", Form::words, 0, "pfd", ""},
    Wrapper{"docker", Form::words, 0, "", ""},
    Wrapper{"podman", Form::words, 0, "", ""},
    Wrapper{"nerdctl", Form::words, 0, "", ""},
    Wrapper{"kubectl", Form::after_dash, 0, "", ""},
    Wrapper{"oc", Form::after_dash, 0, "", ""},
    Wrapper{"lxc", Form::after_dash, 0, "", ""},
    Wrapper{"incus", Form::after_dash, 0, "", ""},
    Wrapper{"adb", Form::remote, 1, "s", ""},
    Wrapper{"wsl", Form::words, 0, "du", " distribution user "},
    Wrapper{"sh", Form::shell, 0, "oO", " rcfile init-file "},
    Wrapper{"bash", Form::shell, 0, "oO", " rcfile init-file "},
    Wrapper{"rbash", Form::shell, 0, "oO", ""},
    Wrapper{"dash", Form::shell, 0, "o", ""},
    Wrapper{"ash", Form::shell, 0, "o", ""},
    Wrapper{"zsh", Form::shell, 0, "o", ""},
    Wrapper{"ksh", Form::shell, 0, "o", ""},
    Wrapper{"mksh", Form::shell, 0, "o", ""},
    Wrapper{"fish", Form::shell, 0, "Cdo", " init-command "},
    Wrapper{"su", Form::with_c, 0, "gGsw", ""},
    Wrapper{"runuser", Form::with_c, 0, "gGsw", ""},
    Wrapper{"sg", Form::with_c, 0, "", ""},
    Wrapper{"script", Form::with_c, 0, "EIOBTmo", ""},
    Wrapper{"vagrant", Form::with_c, 0, "", ""},
    Wrapper{"eval", Form::text, 0, "", ""},
    Wrapper{"trap", Form::text, 0, "", ""},
    Wrapper{"parallel", Form::remote, 0, "jNnLSa", " jobs arg-file sshlogin max-args colsep "},
};

const Wrapper* wrapper_of(std::string_view name) {
  if (name.size() > 16) return nullptr;
  const auto found = std::find_if(wrappers.begin(), wrappers.end(), [&](const Wrapper& w) { return w.name == name; });
  return found == wrappers.end() ? nullptr : &*found;
}

bool is_assignment(std::string_view word) {
  const auto equals = word.find('=');
  return equals != std::string_view::npos && equals > 0 && word[0] != '-' && word[0] != '/';
}

/// Takes one option off; false when the first word is none.
bool take_option(const Wrapper& wrapper, std::span<const Arg>& args) {
  const std::string_view word = args.front().value;
  if (word.size() < 2 || (word[0] != '-' && !(word[0] == '+' && wrapper.form == Form::shell))) return false;
  bool value = false;
  if (word.starts_with("--")) {
    const auto name = word.substr(2);
    value = !name.empty() && wrapper.long_names.find(" " + std::string(name) + " ") != std::string_view::npos;
  } else {
    const auto letter = word.find_first_of(wrapper.letters, 1);
    value = !wrapper.letters.empty() && letter == word.size() - 1;
  }
  args = args.subspan(std::min<std::size_t>(value ? 2 : 1, args.size()));
  return word != "--" || !args.empty();
}

void take_options(const Wrapper& wrapper, std::span<const Arg>& args) {
  while (!args.empty()) {
    const bool last = args.front().value == "--";
    if (!take_option(wrapper, args) || last) return;
  }
}

std::string joined(std::span<const Arg> args) {
  std::string out;
  for (const auto& arg : args) out.append(out.empty() ? "" : " ").append(arg.value);
  return out;
}

/// -c TEXT, -xc TEXT, --command TEXT or --command=TEXT.
std::optional<std::string> text_of_c(std::span<const Arg> args) {
  for (std::size_t i = 1; i < args.size(); ++i) {
    const std::string_view word = args[i].value;
    if (word.starts_with("--command=")) return std::string(word.substr(10));
    const bool cluster = word.size() >= 2 && word[0] == '-' && word[1] != '-' && word.back() == 'c';
    if ((cluster || word == "--command") && i + 1 < args.size()) return args[i + 1].value;
    const bool attached = word.starts_with("-c") && word.size() > 2 && word.find(' ') != std::string_view::npos;
    if (attached) return std::string(word.substr(2));
  }
  return std::nullopt;
}

/// docker [global] exec|run [options] NAME CMD...; empty when it runs nothing.
std::span<const Arg> in_container(std::span<const Arg> args) {
  static const Wrapper global{"", Form::words, 0, "Hlc", " host context config log-level "};
  static const Wrapper inner{
      "", Form::words, 0, "uwevphlmac",
      " user workdir env volume publish name network entrypoint label mount memory cpus hostname "
      "add-host env-file platform restart user workdir ulimit device cap-add cap-drop "};
  args = args.subspan(1);
  take_options(global, args);
  while (!args.empty() && (args.front().value == "compose" || args.front().value == "container")) {
    args = args.subspan(1);
    static const Wrapper compose{"", Form::words, 0, "fp", " file project-name profile env-file "};
    take_options(compose, args);
  }
  if (args.empty() || (args.front().value != "exec" && args.front().value != "run")) return {};
  args = args.subspan(1);
  take_options(inner, args);
  return args.empty() ? args : args.subspan(1);
}

}  // namespace

void take_known_options(std::span<const Arg>& args, std::string_view letters, std::string_view long_names) {
  take_options(Wrapper{"", Form::words, 0, letters, long_names}, args);
}

bool is_shell(std::string_view name) {
  const auto* wrapper = wrapper_of(name);
  return wrapper && wrapper->form == Form::shell;
}

void judge_shell(const Call& call) {
  if (!call.judge.budget().spend(call.state.weight())) return;
  State inner = call.state;
  if (const auto text = text_of_c(call.args)) {
    auto rest = call.args.subspan(1);
    while (!rest.empty() && rest.front().value != *text) rest = rest.subspan(1);
    for (std::size_t i = 1; i < rest.size() && i < 11; ++i) inner.variables[std::to_string(i - 1)] = rest[i].value;
    return call.judge.script(*text, inner, call.in);
  }
  auto rest = call.rest();
  take_known_options(rest, "oO", " rcfile init-file ");
  const bool reads = rest.empty() || has_option(call.rest(), "", 's') || rest.front().value == "-" ||
                     rest.front().value == "/dev/stdin";
  if (reads && call.in.text) call.judge.script(*call.in.text, inner, {});
  const bool substituted =
      !rest.empty() && rest.front().shown.starts_with("<(") &&
      (rest.front().shown.find("curl") != std::string::npos || rest.front().shown.find("wget") != std::string::npos);
  if ((reads && call.in.fetched) || substituted) call.report("fetched-script", call.args.front().shown);
}

/// True when the program was a wrapper, or ran something besides; `out` is then what it prints.
bool Judge::unwrap(std::span<const Arg> args, State& state, const Stream& in, Stream& out) {
  const std::string_view name = base_name(args.front().value);
  const Wrapper* wrapper = wrapper_of(name);
  if (!wrapper) return false;
  auto rest = args.subspan(1);
  const Call call{.name = name, .args = args, .state = state, .in = in, .judge = *this};
  switch (wrapper->form) {
    case Form::shell:
      judge_shell(call);
      return true;
    case Form::with_c:
      if (const auto text = text_of_c(args)) script(*text, state, in);
      if (name == "runuser" && !text_of_c(args) && has_option(args, "user", 'u')) {
        take_known_options(rest, "ugGsw", " user group supp-group shell whitelist-environment ");
        break;
      }
      if (!text_of_c(args) && in.text) script(*in.text, state, {});
      return name != "vagrant";
    case Form::text:
      if (!rest.empty() && rest.front().value == "--") rest = rest.subspan(1);
      script(name == "trap" && !rest.empty() ? rest.front().value : joined(rest), state, in);
      return true;
    case Form::after_dash: {
      const auto dash = std::find_if(rest.begin(), rest.end(), [](const Arg& arg) { return arg.value == "--"; });
      if (dash == rest.end()) return false;
      rest = rest.subspan(static_cast<std::size_t>(dash - rest.begin()) + 1);
      break;
    }
    case Form::words:
    case Form::remote:
      if (name == "docker" || name == "podman" || name == "nerdctl") {
        rest = in_container(args);
        if (rest.empty()) return false;
        break;
      }
      take_options(*wrapper, rest);
      while (!rest.empty() && is_assignment(rest.front().value)) {
        const auto equals = rest.front().value.find('=');
        assign(state, rest.front().value.substr(0, equals), rest.front().value.substr(equals + 1));
        rest = rest.subspan(1);
      }
      rest = rest.subspan(std::min(static_cast<std::size_t>(wrapper->skip), rest.size()));
      if (name == "ssh") take_options(*wrapper, rest);
      break;
  }
  if (name == "env") {
    if (const auto text = split_string_of(args)) script(*text, state, in);
  }
  if (name == "flock") {
    if (const auto text = text_of_c(args)) script(*text, state, in);
  }
  if (rest.empty()) {
    if (in.text) script(*in.text, state, {});  // sudo -s, ssh HOST: a shell reads it
    return true;
  }
  if (!budget_.spend(state.weight())) return true;
  State there = state;
  const bool elsewhere = name == "ssh" || name == "mosh" || name == "adb" || name == "chroot" || name == "docker" ||
                         name == "podman" || wrapper->form == Form::after_dash;
  if (elsewhere) there.cwd.clear();
  if (name == "parallel") {
    judge_parallel(call, rest);
  } else if (wrapper->form == Form::remote) {
    script(joined(rest), there, in);
  } else {
    out = program(rest, there, in);
    if (name == "command" || name == "builtin" || name == "exec") state.cwd = there.cwd;
  }
  return true;
}

}  // namespace duotty::gate
