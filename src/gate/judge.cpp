#include "judge.hpp"

#include <algorithm>
#include <duotty/base/text.hpp>
#include <utility>

#include "parser.hpp"
#include "paths.hpp"
#include "programs.hpp"

namespace duotty::gate {
namespace {

/// Variables and functions that are remembered; more are not needed by anything a person would write.
constexpr std::size_t max_names = 100;
constexpr std::size_t max_value = 4096;
/// A longer directory is none that a system would enter.
constexpr std::size_t max_directory = 4096;
/// Values of a loop that are tried one by one, and of a loop inside of another.
constexpr std::size_t max_rounds = 16;
constexpr std::size_t max_inner_rounds = 3;

std::string joined(std::span<const Arg> args) {
  std::string out;
  for (const auto& arg : args) {
    if (!out.empty()) out += ' ';
    out += arg.value;
  }
  return out;
}

bool is_background_self(const Pipeline& pipeline, std::string_view name, int& calls) {
  bool found = false;
  for (const auto& command : pipeline.commands) {
    if (command.words.empty() || command.words.front().pieces.size() != 1) continue;
    if (command.words.front().pieces.front().text != name) continue;
    ++calls;
    found = found || pipeline.background;
  }
  return found;
}

/// True when a function starts itself more than once, or in the background: it doubles until nothing is left.
bool multiplies(const List& body, std::string_view name, int& calls) {
  for (const auto& pipeline : body.pipelines) {
    if (is_background_self(pipeline, name, calls) || calls >= 2) return true;
    for (const auto& command : pipeline.commands) {
      if (!command.list || command.kind == Command::Kind::function) continue;
      int inner = 0;
      if (multiplies(*command.list, name, inner)) return true;
      if (pipeline.background && inner > 0) return true;
      // Branches of one `if` are not both taken: only plain braces and parentheses add up.
      calls += command.kind == Command::Kind::subshell ? inner : 0;
    }
  }
  return calls >= 2;
}

}  // namespace

std::string_view base_name(std::string_view path) noexcept {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

Judge::Judge(const Context& context, std::size_t size) : context_(context) {
  // A step is some 40 ns of a release build: below 100 ms at the worst, whatever the text is made of.
  budget_.steps = 1'750'000 + size / 2;
}

State Judge::initial() const {
  State state;
  state.cwd = context_.cwd;
  return state;
}

bool Judge::done() const noexcept {
  return budget_.exceeded || (finding_ && finding_->rule->level == Level::destructive);
}

void Judge::report(std::string_view id, std::string_view word) {
  const Rule* rule = find_rule(id);
  if (!rule) return;
  if (finding_ && (finding_->rule->level >= rule->level)) return;
  finding_ = Finding{rule, shown(without_marks(word))};
}

void Judge::script(std::string_view text, State& state, const Stream& in) {
  const Nest nest(budget_);
  if (!budget_.spend(text.size() / 4 + 1)) return;
  const List commands = Parser(text, tree_, budget_).script();
  list(commands, state, in, nullptr);
}

void Judge::list(const List& list, State& state, const Stream& in, Stream* out) {
  const Nest nest(budget_);
  for (const auto& pipeline : list.pipelines) {
    if (done()) return;
    Stream printed = this->pipeline(pipeline, state, in);
    if (!out) continue;
    out->fetched = out->fetched || printed.fetched;
    out->opaque = out->opaque || printed.opaque;
    if (out->opaque || !printed.text) {
      out->text.reset();
      out->opaque = true;
    } else {
      if (!budget_.spend(printed.text->size() / 64)) return;
      if (!out->text) out->text.emplace();
      out->text->append(*printed.text);
    }
  }
}

Stream Judge::pipeline(const Pipeline& pipeline, State& state, const Stream& in) {
  if (pipeline.commands.size() == 1) return command(pipeline.commands.front(), state, in);
  Stream flow = in;
  for (const auto& one : pipeline.commands) {
    if (done()) return {};
    State inner = state;
    if (!budget_.spend(state.weight())) return {};
    flow = command(one, inner, std::move(flow));
  }
  return flow;
}

Stream Judge::command(const Command& command, State& state, Stream in) {
  const Nest nest(budget_);
  Stream out;
  if (!budget_.spend(12 + (in.text ? in.text->size() / 64 : 0))) return out;
  redirects(command, state, in);
  switch (command.kind) {
    case Command::Kind::simple:
      return simple(command, state, in);
    case Command::Kind::function:
      define(command, state);
      out.text = "";
      return out;
    case Command::Kind::subshell: {
      State inner = state;
      if (!budget_.spend(state.weight())) return out;
      if (command.list) list(*command.list, inner, in, &out);
      return out;
    }
    case Command::Kind::loop:
      loop(command, state, in, &out);
      return out;
    case Command::Kind::group:
      for (const auto& word : command.words) static_cast<void>(value(word.pieces, state));
      if (command.list) list(*command.list, state, in, &out);
      return out;
  }
  return out;
}

void Judge::loop(const Command& command, State& state, const Stream& in, Stream* out) {
  Args values;
  for (const auto& word : command.words) {
    for (auto& arg : expand(word, state)) values.push_back(std::move(arg));
  }
  if (!command.list) return;
  if (values.empty()) values.push_back({std::string(1, mark::any), {}});
  values.resize(std::min(values.size(), loops_ == 0 ? max_rounds : max_inner_rounds));
  ++loops_;
  for (auto& one : values) {
    if (done()) break;
    assign(state, command.name, std::move(one.value));
    list(*command.list, state, in, out);
  }
  --loops_;
  out->text.reset();
  out->opaque = true;
}

void Judge::define(const Command& command, State& state) {
  if (!command.list || command.name.empty() || !budget_.spend(64)) return;
  int calls = 0;
  const List* body = command.list;
  // The body is one command, braces or parentheses around its list.
  if (body->pipelines.size() == 1 && body->pipelines[0].commands.size() == 1 && body->pipelines[0].commands[0].list) {
    body = body->pipelines[0].commands[0].list;
  }
  if (multiplies(*body, command.name, calls)) report("fork-bomb", command.name + "()");
  if (state.functions.size() < max_names) state.functions[command.name] = command.list;
}

void Judge::assign(State& state, std::string_view name, std::string value) {
  if (name.empty() || value.size() > max_value) value = std::string(1, mark::any);
  const auto found = state.variables.find(name);
  if (found != state.variables.end()) {
    state.bytes += value.size() - found->second.size();
    found->second = std::move(value);
  } else if (state.variables.size() < max_names) {
    state.bytes += value.size();
    state.variables.emplace(name, std::move(value));
  }
}

void Judge::redirects(const Command& command, State& state, Stream& in) {
  for (const auto& redirect : command.redirects) {
    if (done()) return;
    switch (redirect.kind) {
      case Redirect::Kind::here_document: {
        const auto& document = tree_.documents[redirect.document];
        if (!budget_.spend(document.text.size() / 64)) return;
        in = {};
        in.text = document.pieces.empty() ? document.text : value(document.pieces, state);
        break;
      }
      case Redirect::Kind::here_string:
        in = {};
        in.text = one_value(redirect.target, state);
        break;
      case Redirect::Kind::write:
      case Redirect::Kind::append:
        for (const auto& arg : expand(redirect.target, state)) {
          judge_write(*this, state, arg, redirect.kind == Redirect::Kind::append ? Write::append : Write::replace);
        }
        break;
      case Redirect::Kind::read:
        in = {};
        in.opaque = true;
        static_cast<void>(one_value(redirect.target, state));
        break;
      case Redirect::Kind::duplicate:
        break;
    }
  }
}

Stream Judge::simple(const Command& command, State& state, const Stream& in) {
  for (const auto& assignment : command.assignments) {
    assign(state, assignment.name, one_value(assignment.value, state));
  }
  Args args;
  for (const auto& word : command.words) {
    if (done()) return {};
    for (auto& arg : expand(word, state)) args.push_back(std::move(arg));
  }
  Stream out;
  out.text = "";
  if (args.empty()) return out;
  return program(args, state, in);
}

Stream Judge::program(std::span<const Arg> args, State& state, const Stream& in) {
  const Nest nest(budget_);
  Stream out;
  out.opaque = true;
  while (!args.empty() && args.front().value.empty()) args = args.subspan(1);
  if (args.empty() || done() || !budget_.spend(4 * args.size() + 8)) return out;
  std::string_view name = base_name(args.front().value);
  if (name.starts_with('=')) name.remove_prefix(1);  // zsh: =rm is where rm is
  if (const auto found = state.functions.find(name); found != state.functions.end()) {
    return call_function(*found->second, args, state, in);
  }
  if (auto known = builtin(args, state, in)) return std::move(*known);
  if (unwrap(args, state, in, out)) return out;
  judge_call({.name = name, .args = args, .state = state, .in = in, .judge = *this});
  if (name == "tee") return in;
  if (name == "find") out.text = printed_by_find(args);
  out.found = out.text && name == "find";
  out.fetched = name == "curl" || name == "wget" || name == "fetch" || name == "aria2c";
  return out;
}

Stream Judge::call_function(const List& body, std::span<const Arg> args, State& state, const Stream& in) {
  Stream out;
  if (budget_.depth > Budget::max_depth / 2) {  // it calls itself
    out.opaque = true;
    return out;
  }
  for (std::size_t i = 1; i < args.size() && i < 10; ++i) assign(state, std::to_string(i), args[i].value);
  if (args.size() > 1) assign(state, "@", joined(args.subspan(1)));
  if (args.size() > 1) assign(state, "*", joined(args.subspan(1)));
  list(body, state, in, &out);
  return out;
}

void Judge::change_directory(std::span<const Arg> args, State& state) {
  args = args.subspan(1);
  while (!args.empty() && args.front().value.size() > 1 && args.front().value[0] == '-') args = args.subspan(1);
  if (args.empty()) {
    state.cwd = context_.home;
    return;
  }
  const auto& to = args.front().value;
  const bool far = to.size() + state.cwd.size() > max_directory || !budget_.spend((to.size() + state.cwd.size()) / 2);
  if (far || to == "-" || is_open(to) || (to[0] != '/' && state.cwd.empty())) {
    state.cwd.clear();
    return;
  }
  state.cwd = normal_path(to[0] == '/' ? to : state.cwd + "/" + to);
}

/// export NAME=VALUE and its like; alias, whose text is judged where it is defined.
bool Judge::declare(std::span<const Arg> args, State& state) {
  const std::string_view name = args.front().value;
  const bool declares =
      name == "export" || name == "local" || name == "declare" || name == "typeset" || name == "readonly";
  if (!declares && name != "alias") return false;
  for (const auto& arg : args.subspan(1)) {
    const auto equals = arg.value.find('=');
    if (equals == std::string::npos || equals == 0) continue;
    if (declares) {
      assign(state, arg.value.substr(0, equals), arg.value.substr(equals + 1));
    } else if (budget_.spend(state.weight())) {
      State inner = state;
      script(arg.value.substr(equals + 1), inner, {});
    }
  }
  return true;
}

/// read: the words of a line that is known, the last name with the rest of it.
void Judge::read_names(std::span<const Arg> args, State& state, const Stream& in) {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const std::string_view word = args[i].value;
    if (word.size() >= 2 && word[0] == '-') {
      i += std::string_view("pdnNtui").find(word.back()) != std::string_view::npos ? 1 : 0;  // the next is its value
    } else if (is_name(word)) {
      names.push_back(word);
    }
  }
  std::string_view line = in.text ? base::trim(*in.text) : std::string_view();
  const bool known = in.text && !in.found && line.size() <= max_value && line.find('\n') == std::string_view::npos;
  for (std::size_t i = 0; i < names.size() && budget_.spend(1 + line.size() / 16); ++i) {
    const auto blank = i + 1 < names.size() ? line.find_first_of(" \t") : std::string_view::npos;
    assign(state, names[i], known ? std::string(line.substr(0, blank)) : std::string(1, mark::any));
    line = blank == std::string_view::npos ? std::string_view() : base::trim(line.substr(blank));
  }
}

/// Builtins that change what is known, and programs whose output is known.
std::optional<Stream> Judge::builtin(std::span<const Arg> args, State& state, const Stream& in) {
  const std::string_view name = args.front().value;
  Stream out;
  out.text = "";
  if (name == "cd" || name == "pushd" || name == "chdir") {
    change_directory(args, state);
    return out;
  }
  if (name == "echo" || name == "printf") {
    auto words = args.subspan(1);
    while (words.size() > 1 && words.front().value.size() == 2 && words.front().value[0] == '-')
      words = words.subspan(1);
    if (name == "printf" && words.size() > 1 && words.front().value.starts_with("%")) words = words.subspan(1);
    std::string text = joined(words);
    if (name == "printf" || args.size() > words.size() + 1) {
      text = base::replace_all(base::replace_all(std::move(text), "\\n", "\n"), "\\x2f", "/");
    }
    out.text = text + "\n";
    return out;
  }
  if (name == "base64" && in.text && args.size() == 2 && (args[1].value == "-d" || args[1].value == "--decode")) {
    auto decoded = base::base64_decode(base::trim(*in.text));
    if (!decoded || !budget_.spend(in.text->size())) return std::nullopt;
    out.text = std::move(*decoded);
    return out;
  }
  if (name == "pwd") {
    out.text = state.cwd.empty() ? std::string(1, mark::any) : state.cwd;
    return out;
  }
  if (name == "cat" && args.size() == 1) return in;
  if ((name == "which" || name == "type" || name == "realpath" || name == "readlink" || name == "dirname") &&
      args.size() >= 2) {
    out.text = name == "dirname" ? args.back().value + "/.." : args.back().value;
    return out;
  }
  if (name == "command" && args.size() == 3 && (args[1].value == "-v" || args[1].value == "-V")) {
    out.text = args[2].value;
    return out;
  }
  if (name == "read") {
    read_names(args.subspan(1), state, in);
    return out;
  }
  if (declare(args, state)) return out;
  if (name == "set" && args.size() >= 3 && args[1].value == "--") {
    for (std::size_t i = 2; i < args.size() && i < 11; ++i) assign(state, std::to_string(i - 1), args[i].value);
    assign(state, "@", joined(args.subspan(2)));
    assign(state, "*", joined(args.subspan(2)));
    return out;
  }
  if (name == "set" && args.size() >= 3) {  // fish: set [-gx] NAME VALUE
    auto words = args.subspan(1);
    while (!words.empty() && words.front().value.starts_with("-")) words = words.subspan(1);
    if (words.size() >= 2 && is_name(words[0].value)) assign(state, words[0].value, joined(words.subspan(1)));
    return out;
  }
  return std::nullopt;
}

}  // namespace duotty::gate
