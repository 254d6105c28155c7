// Which reducers a text goes through, and what holds for all of them.
#include <algorithm>
#include <duotty/digest/reduce.hpp>
#include <duotty/digest/tokens.hpp>

#include "reducers.hpp"

namespace duotty::digest {
namespace {

using std::string_view;

constexpr std::size_t kLeastChars = 200;
constexpr std::size_t kVerdict = 6;  ///< last lines that stay after a failure

/// How many lines a text may keep before its middle goes, and what is kept of it then.
struct Length {
  std::size_t most;
  std::size_t head;
  std::size_t tail;
};
constexpr Length kUnknown{80, 25, 35};
constexpr Length kReduced{120, 50, 50};
constexpr Length kFile{400, 200, 150};

using Chosen = std::vector<std::pair<const Family*, const Command*>>;

std::vector<Family> all_families() {
  std::vector<Family> all;
  // Special before general: what stands first is asked first.
  for (const auto part :
       {git_families(),     diff_families(),      search_families(),  listing_families(),     python_families(),
        rust_families(),    go_families(),        ctest_families(),   script_test_families(), spec_families(),
        lint_families(),    terraform_families(), ansible_families(), kube_families(),        container_families(),
        package_families(), build_families(),     json_families(),    log_families(),         ip_families(),
        table_families(),   file_families()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

const std::vector<Family>& families() {
  static const std::vector<Family> all = all_families();
  return all;
}

/// Programs that run others or fetch what others wrote: what they print is known by its text only.
bool runs_others(const Command& command) {
  for (const string_view name :
       {"npm",  "yarn",   "pnpm", "bun",     "make",   "just",  "task", "bash", "sh",   "zsh",    "python", "python3",
        "node", "ruby",   "deno", "docker",  "ssh",    "ninja", "tox",  "nox",  "mvn",  "gradle", "cmake",  "bundle",
        "rake", "poetry", "uv",   "kubectl", "podman", "gh",    "act",  "curl", "http", "xh"})
    if (command.is(name)) return true;
  return command.program.ends_with(".sh");
}

void add(Chosen& chosen, const Family& family, const Command* command) {
  const bool there = std::any_of(chosen.begin(), chosen.end(), [&](const auto& each) { return each.first == &family; });
  if (!there) chosen.emplace_back(&family, command);
}

Chosen choose(const Draft& draft, const std::vector<Command>& commands) {
  Chosen chosen;
  bool by_text = commands.empty();
  for (const Command& command : commands) {
    const auto& all = families();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Family& family) { return family.matches(command); });
    if (found != all.end()) add(chosen, *found, &command);
    by_text = by_text || found == all.end() || runs_others(command);
  }
  if (by_text) {
    // Tables and logs are forms, not programs: they count where no program is known.
    for (const Family& family : families()) {
      const string_view name = family.name;
      if (!chosen.empty() && (name == "table" || name == "log" || name == "find" || name == "ls")) continue;
      if (family.detects != nullptr && family.detects(draft)) add(chosen, family, nullptr);
    }
  }
  return chosen;
}

std::string names_of(const Chosen& chosen) {
  std::string names;
  for (const auto& [family, command] : chosen) names += (names.empty() ? "" : "+") + std::string(family->name);
  return names.empty() ? "general" : names;
}

/// The lines before the end are what a program says last: after a failure they stay whatever they look like.
void keep_verdict(Draft& draft, std::optional<int> exit_code) {
  if (exit_code.value_or(0) == 0) return;
  std::size_t left = kVerdict;
  for (std::size_t i = draft.size(); i-- > 0 && left > 0;) {
    if (draft.line(i).empty() || draft.touched(i)) continue;
    draft.pin(i);
    --left;
  }
}

Length length_for(const Chosen& chosen) {
  for (const auto& [family, command] : chosen)
    if (string_view(family->name) == "file") return kFile;
  return chosen.empty() ? kUnknown : kReduced;
}

Reduced as_it_is(const ReduceInput& input) {
  Draft draft(input.text);
  Reduced result;
  std::string_view text = input.text;
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  result = draft.finish(input.max_chars);
  const bool fits = input.max_chars == 0 || text.size() <= input.max_chars;
  if (fits) {
    result.text = text;
    result.lines_omitted = result.errors_omitted = 0;
    result.omitted.clear();
  }
  result.reducer = "off";
  return result;
}

Reduced reduced_by(const ReduceInput& input, const Chosen& chosen, Draft& draft) {
  for (const auto& [family, command] : chosen) {
    Known known;
    known.command = command;
    known.exit_code = input.exit_code;
    family->reduce(draft, known);
  }
  const bool file = std::any_of(chosen.begin(), chosen.end(),
                                [](const auto& each) { return string_view(each.first->name) == "file"; });
  keep_verdict(draft, input.exit_code);
  if (!file) {
    fold_progress(draft);
    drop_passing(draft);
    fold_repeats(draft);
  }
  const Length length = length_for(chosen);
  cut_middle(draft, length.most, length.head, length.tail);
  draft.guard();
  Reduced result = draft.finish(input.max_chars);
  result.reducer = names_of(chosen);
  return result;
}

}  // namespace

base::Result<Reduced> reduce(const ReduceInput& input) {
  ReduceInput bounded = input;
  if (bounded.max_chars > 0) bounded.max_chars = std::max(bounded.max_chars, kLeastChars);
  Reduced result;
  if (input.reducer == "off") {
    result = as_it_is(bounded);
  } else {
    Draft draft(input.text);
    const std::vector<Command> commands = commands_of(input.command);
    Chosen chosen;
    if (input.reducer == "auto" || input.reducer.empty()) {
      chosen = choose(draft, commands);
    } else if (input.reducer != "general") {
      const auto& all = families();
      const auto found =
          std::find_if(all.begin(), all.end(), [&](const Family& family) { return family.name == input.reducer; });
      if (found == all.end()) {
        std::string names;
        for (const auto& each : reducer_names()) names += (names.empty() ? "" : ", ") + std::string(each.name);
        return base::Error(base::Errc::invalid_params,
                           "No reducer \"" + std::string(input.reducer) + "\". There are: auto, off, " + names + ".",
                           "reduce");
      }
      chosen.emplace_back(&*found, commands.empty() ? nullptr : &commands.front());
    }
    result = reduced_by(bounded, chosen, draft);
    string_view text = input.text;
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
    if (result.text.size() >= text.size() && (bounded.max_chars == 0 || text.size() <= bounded.max_chars))
      result = as_it_is(bounded);
  }
  result.raw_tokens = estimate_tokens(input.text);
  result.tokens = estimate_tokens(result.text);
  return result;
}

std::vector<ReducerInfo> reducer_names() {
  std::vector<ReducerInfo> names;
  for (const Family& family : families()) names.push_back({family.name, family.about});
  names.push_back({"general", "any output: progress, repetitions, passing tests, the middle of long texts"});
  return names;
}

}  // namespace duotty::digest
