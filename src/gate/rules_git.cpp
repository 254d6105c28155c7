// Version control: what takes work away that others, or nobody, can bring back.
#include <algorithm>

#include "programs.hpp"

namespace duotty::gate {
namespace {

bool has_exact(std::span<const Arg> args, std::string_view word) {
  return std::any_of(args.begin(), args.end(), [&](const Arg& arg) { return arg.value == word; });
}

void judge_push(const Call& call, std::span<const Arg> args) {
  if (has_option(args, "dry-run", 'n')) return;
  for (const auto& arg : args) {
    const std::string_view word = arg.value;
    const bool letters = word.size() >= 2 && word[0] == '-' && word[1] != '-';
    if (word == "--force" || word == "--mirror" || word == "--prune" ||
        (letters && word.find('f') != std::string_view::npos && word.find('o') == std::string_view::npos)) {
      call.report("git-force-push", arg.shown);
    }
    if (word.size() > 1 && word[0] == '+') call.report("git-force-push", arg.shown);
    if (word.starts_with("--force-with-lease")) call.report("git-lease-push", arg.shown);
    const bool deletes = word == "--delete" || (letters && word.find('d') != std::string_view::npos && word[1] == 'd');
    if (deletes || (word.size() > 1 && word[0] == ':')) call.report("git-delete-branch", arg.shown);
  }
}

void judge_clean(const Call& call, std::span<const Arg> args) {
  const bool forced = has_option(args, "force", 'f');
  if (forced && !has_option(args, "dry-run", 'n')) call.report("git-discard", call.args[0].shown + " clean");
}

void judge_undo(const Call& call, std::string_view verb, std::span<const Arg> args) {
  const auto words = operands(args);
  if (verb == "reset" && has_exact(args, "--hard")) call.report("git-discard", "--hard");
  if (verb == "checkout" || verb == "switch") {
    const bool all = has_exact(args, ".") || has_exact(args, "./");
    if (all || has_option(args, "force", 'f') || has_exact(args, "--discard-changes")) {
      call.report("git-discard", args.empty() ? std::string(verb) : args.back().shown);
    }
  }
  if (verb == "restore" && !words.empty() && (!has_option(args, "staged", 'S') || has_option(args, "worktree", 'W'))) {
    if (has_exact(args, ".")) call.report("git-discard", words.back().shown);
  }
  if (verb == "stash" && !words.empty() && (words[0].value == "drop" || words[0].value == "clear")) {
    call.report("git-discard", words[0].shown);
  }
  if (verb == "branch" && (has_exact(args, "-D") || (has_exact(args, "--delete") && has_exact(args, "--force")))) {
    call.report("git-delete-branch", args.back().shown);
  }
  if (verb == "rm" && has_option(args, "", 'r') && (has_exact(args, ".") || has_exact(args, "*"))) {
    call.report("git-discard", args.back().shown);
  }
  if (verb == "worktree" && has_exact(args, "remove") && has_option(args, "force", 'f')) {
    call.report("git-discard", args.back().shown);
  }
}

void judge_history(const Call& call, std::string_view verb, std::span<const Arg> args) {
  if (verb == "filter-branch" || verb == "filter-repo") call.report("git-rewrite", verb);
  const bool now = std::any_of(args.begin(), args.end(), [](const Arg& arg) {
    return one_of(arg.value, "--expire=now --expire=all --expire-unreachable=now --prune=now --prune=all");
  });
  if (verb == "reflog" && has_exact(args, "expire") && now) call.report("git-rewrite", "reflog expire");
  if (verb == "reflog" && has_exact(args, "delete")) call.report("git-discard", "reflog delete");
  if (verb == "gc" && now) call.report("git-discard", "--prune=now");
  if (verb == "update-ref" && has_exact(args, "-d")) call.report("git-delete-branch", args.back().shown);
}

}  // namespace

void judge_git(const Call& call) {
  auto args = call.rest();
  if (call.name != "git") {
    if (args.size() >= 2 && args[0].value == "repo" && args[1].value == "delete")
      call.report("delete-remote-repo", args[1].shown);
    if (args.size() >= 2 && args[0].value == "release" && args[1].value == "delete")
      call.report("git-delete-branch", args[1].shown);
    return;
  }
  take_known_options(args, "cC", " git-dir work-tree namespace exec-path config-env ");
  if (args.empty()) return;
  const std::string_view verb = args.front().value;
  args = args.subspan(1);
  if (has_exact(args, "--help") || has_exact(args, "-h")) return;
  if (verb == "push") return judge_push(call, args);
  if (verb == "clean") return judge_clean(call, args);
  judge_undo(call, verb, args);
  judge_history(call, verb, args);
}

}  // namespace duotty::gate
