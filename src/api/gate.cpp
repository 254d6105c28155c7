#include "gate.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <duotty/base/random.hpp>
#include <duotty/exec/typed_line.hpp>
#include <duotty/session/session.hpp>
#include <nlohmann/json.hpp>

namespace duotty::api {
namespace {

/// Keys that are judged with what programs have typed and again with what the screen shows.
constexpr std::size_t max_judged_twice = 64 * 1024;
/// Longer texts are judged by their words alone, of which a picture or an archive has some by chance.
constexpr std::size_t max_read_whole = gate::max_text - 256;

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Programs behind which a shell reads what is typed, here or elsewhere.
bool leads_to_shell(std::string_view program) {
  static constexpr std::array<std::string_view, 22> names = {
      "sh",      "bash", "zsh",         "fish",   "dash",         "ash",     "ksh", "mksh",
      "busybox", "ssh",  "mosh-client", "docker", "podman",       "kubectl", "lxc", "nsenter",
      "su",      "sudo", "login",       "chroot", "tmux: client", "screen"};
  return contains(names, program);
}

/// Programs that take commands of their own, which the gate knows.
bool reads_commands(std::string_view program) {
  static constexpr std::array<std::string_view, 14> names = {"psql",      "mysql",      "mariadb", "sqlite3", "duckdb",
                                                             "redis-cli", "valkey-cli", "mongosh", "mongo",   "cqlsh",
                                                             "python3",   "python",     "perl",    "ruby"};
  return contains(names, program);
}

std::string with_input(const std::string& command, std::string_view input) {
  const std::string end = base::make_id();  // as the end of a here-document: nobody can have it in the data
  return "{ " + command + "\n} <<'" + end + "'\n" + std::string(input) + "\n" + end + "\n";
}

bool destroys(const std::string& text) {
  const auto found = gate::judge(text, gate_context({}));
  return found && found->rule->level == gate::Level::destructive;
}

/// Whether a command takes its input for commands, by what is said of it when that has some that destroy.
bool runs_input(const std::string& command) {
  static constexpr std::array<std::string_view, 5> samples = {
      "rm -rf /\n", "DROP DATABASE a;\n", "FLUSHALL\n", "db.dropDatabase()\n",
      "import os, shutil\nshutil.rmtree('/')\nos.system('rm -rf /')\nsystem('rm -rf /');\n"};
  return std::any_of(samples.begin(), samples.end(),
                     [&](std::string_view sample) { return destroys(with_input(command, sample)); });
}

std::optional<gate::Finding> graver(std::optional<gate::Finding> a, std::optional<gate::Finding> b) {
  if (!a) return b;
  return b && b->rule->level > a->rule->level ? b : a;
}

}  // namespace

gate::Context gate_context(std::string cwd) {
  const char* home = std::getenv("HOME");  // NOLINT(concurrency-mt-unsafe): nothing sets it while the worker runs
  return {.cwd = std::move(cwd), .home = home ? home : "", .variables = {}};
}

std::string gate_text(const std::string& command, const std::optional<std::string>& stdin_bytes) {
  if (!stdin_bytes || stdin_bytes->empty()) return command;
  const bool whole = command.size() + stdin_bytes->size() <= max_read_whole;
  if (!whole && (destroys(command) || !runs_input(command))) return command;
  return with_input(command, *stdin_bytes);
}

std::string directory_below(const std::string& cwd, const std::optional<std::string>& path) {
  if (!path || path->empty()) return cwd;
  if (path->front() == '/') return *path;
  return cwd.empty() ? std::string() : cwd + "/" + *path;
}

std::optional<gate::Finding> judge_typing(const session::Session& session, std::string_view bytes) {
  const std::string entered = session.submitted(bytes);
  if (entered.empty()) return std::nullopt;
  const auto reader = session.line_reader();
  using Kind = session::LineReader::Kind;
  if (reader.kind == Kind::password) return std::nullopt;
  if (reader.kind == Kind::program) {
    if (leads_to_shell(reader.program)) return gate::judge(entered, gate_context({}));
    if (reads_commands(reader.program)) return gate::judge_stdin(reader.program, entered, gate_context({}));
    // What a program does not read before it ends, the shell gets.
    if (!reader.by_lines) return std::nullopt;
  }
  const auto context = gate_context(session.cwd());
  if (reader.shown.empty()) return gate::judge(entered, context);
  exec::TypedLine line;
  line.type(reader.shown);
  const std::string shown = line.submitted(bytes);
  if (shown == entered) return gate::judge(entered, context);
  // Long text is judged once, to hold nobody up: with the longer of two beginnings, which lacks less.
  if (bytes.size() > max_judged_twice) return gate::judge(shown.size() > entered.size() ? shown : entered, context);
  return graver(gate::judge(entered, context), gate::judge(shown, context));
}

Admission admit(Services& services, const Call& call, const Attempt& attempt,
                const std::optional<gate::Finding>& found) {
  if (!found) return {};
  const auto& rule = *found->rule;
  Admission out;
  out.note = GateNote{std::string(rule.id), std::string(gate::name(rule.level)), found->word, found->message()};
  if (rule.level == gate::Level::caution) return out;
  const bool may = call.caller.has(Scope::force);
  out.allowed = attempt.force && may;
  if (!out.allowed) {
    out.note->message += may ? " If it is meant, send it again with \"force\": true."
                             : " This token may not insist: a person can type it, or send it with \"force\": true by a "
                               "token with the scope \"force\".";
  }
  log_event(services, call, out.allowed ? "command_forced" : "command_rejected",
            {{"terminal_id", attempt.terminal_id},
             {"method", attempt.method},
             {"command", short_text(attempt.text)},
             {"rule", rule.id},
             {"word", found->word}});
  return out;
}

Error refusal(const Admission& admission, const char* field) {
  return Error(Errc::denied, admission.note ? admission.note->message : std::string(), field);
}

}  // namespace duotty::api
