// Removing, moving, overwriting, changing owners.
#include <algorithm>

#include "paths.hpp"
#include "programs.hpp"

namespace duotty::gate {
namespace {

std::string_view rule_of(Place place) {
  switch (place) {
    case Place::root:
      return "rm-root";
    case Place::home:
      return "rm-home";
    case Place::system:
      return "rm-system";
    case Place::here:
    case Place::above:
      return "rm-cwd";
    case Place::all_here:
    case Place::scratch:
      return "rm-everything-here";
    case Place::repository:
      return "rm-repository";
    case Place::other:
      break;
  }
  return {};
}

bool is_grave(Place place) {
  return place == Place::root || place == Place::home || place == Place::system || place == Place::above;
}

/// Pays for following one path.
bool spend_path(Judge& judge, const State& state, const Arg& arg) {
  return judge.budget().spend(64 + arg.value.size() + state.cwd.size() / 2);
}

Target target(const Call& call, const Arg& arg) {
  if (!spend_path(call.judge, call.state, arg)) return {Place::other, false};
  return target_of(arg.value, call.state, call.judge.home());
}

/// One name without anything that leads elsewhere or makes it special.
bool is_plain_name(std::string_view value) {
  if (value.empty() || value[0] == '.' || value == "fish_history") return false;
  return std::all_of(value.begin(), value.end(),
                     [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '/'; });
}

/// A directory whose plain files may be ones that the system or its people cannot do without.
bool may_hold_vital(std::string_view cwd) {
  return cwd.starts_with("/etc") || cwd.starts_with("/boot") || cwd == "/" ||
         cwd.find("/.ssh") != std::string_view::npos || cwd.find("/.gnupg") != std::string_view::npos;
}

void judge_rm(const Call& call) {
  const auto args = call.rest();
  if (std::any_of(args.begin(), args.end(), [](const Arg& a) { return a.value == "--no-preserve-root"; })) {
    call.report("rm-root", "--no-preserve-root");
  }
  const bool unknown = std::any_of(args.begin(), args.end(), [](const Arg& arg) {
    return arg.value == std::string(1, mark::unset) || arg.value == std::string(1, mark::any);
  });
  const bool recursive = call.name == "rimraf" || has_option(args, "recursive", 'r') || has_option(args, "", 'R');
  const bool near_files = may_hold_vital(call.state.cwd);
  for (const auto& arg : operands(args)) {
    if (call.judge.done()) return;
    // Long lists of plain names are common and cheap.
    if (!recursive && !unknown && !near_files && is_plain_name(arg.value)) continue;
    if (!spend_path(call.judge, call.state, arg)) return;
    if (recursive) {
      judge_removal(call.judge, call.state, arg);
    } else if (unknown && args.size() > 1 && is_grave(target(call, arg).place)) {
      judge_removal(call.judge, call.state, arg);  // the options are in a variable
    }
    if (is_vital_file(arg.value, call.state)) call.report("write-vital", arg.shown);
    if (is_key_file(arg.value, call.state)) call.report("lose-keys", arg.shown);
    if (is_history_file(arg.value, call.state)) call.report("wipe-history", arg.shown);
  }
}

void judge_mv(const Call& call) {
  const auto words = operands(call.rest());
  const bool into = option_value(call.rest(), "target-directory", 't').has_value();
  for (std::size_t i = 0; i + (into ? 0 : 1) < words.size(); ++i) {
    const auto found = target(call, words[i]);
    if (is_grave(found.place)) call.report(found.if_unset ? "rm-unset-variable" : "mv-system", words[i].shown);
    if (is_vital_file(words[i].value, call.state)) call.report("write-vital", words[i].shown);
  }
  if (words.size() > 1 && words.back().value == "/dev/null") call.report("mv-null", words.back().shown);
}

void judge_destination(const Call& call) {
  if (call.name == "mv") judge_mv(call);
  const auto words = operands(call.rest());
  if (words.size() < 2) return;
  if (words.back().value == "/dev/null") return;
  judge_write(call.judge, call.state, words.back(), Write::replace);
}

/// Letters that follow the mode of chmod do not matter; -R and the modes do.
void judge_modes(const Call& call) {
  const auto args = call.rest();
  const bool recursive = has_option(args, "recursive", 'R');
  auto words = operands(args);
  const bool reference = option_value(args, "reference", '\0').has_value();
  if (!words.empty() && !reference && call.name != "setfacl") words.erase(words.begin());
  for (const auto& word : words) {
    const auto found = target(call, word);
    const bool everybodys = found.place == Place::root || found.place == Place::system;
    if (recursive && found.if_unset) call.report("rm-unset-variable", word.shown);
    if (recursive && everybodys) call.report("chmod-system", word.shown);
    if (!recursive && found.place == Place::root && call.name == "chmod") call.report("chmod-system", word.shown);
    if (is_block_device(word.value, call.state) && call.name == "chmod") call.report("chmod-system", word.shown);
    if (recursive && found.place == Place::home && call.name == "chmod") call.report("chmod-home", word.shown);
  }
}

void judge_rsync(const Call& call) {
  const auto args = call.rest();
  const bool deletes = std::any_of(args.begin(), args.end(), [](const Arg& a) { return a.value.starts_with("--del"); });
  if (!deletes || has_option(args, "dry-run", 'n')) return;
  auto words = operands(args);
  if (words.empty()) return;
  Arg to = words.back();
  const auto colon = to.value.find(':');
  const bool remote = colon != std::string::npos && to.value.find('/') > colon;
  State there = call.state;
  if (remote) {
    to.value.erase(0, colon + 1);
    there.cwd.clear();
    if (to.value.empty()) return call.report("rsync-delete", to.shown);
  }
  const auto place = target_of(to.value, there, call.judge.home()).place;
  if (is_grave(place)) call.report("rsync-delete", to.shown);
}

void judge_archive(const Call& call) {
  const auto args = call.rest();
  std::optional<std::string> into;
  if (call.name == "unzip") {
    into = option_value(args, "", 'd');
  } else if (call.name == "tar" || call.name == "bsdtar") {
    into = option_value(args, "directory", 'C');
    const auto words = operands(args);
    const bool bundled = !words.empty() && words.front().value.size() < 8 &&
                         words.front().value.find('x') != std::string::npos &&
                         words.front().value.find_first_of("./") == std::string::npos;
    if (!has_option(args, "extract", 'x') && !bundled) return;
  }
  if (into && target_of(*into, call.state, call.judge.home()).place == Place::root) {
    call.report("unpack-root", call.args.front().shown + " into /");
  }
}

void judge_tee(const Call& call) {
  const bool append = has_option(call.rest(), "append", 'a');
  for (const auto& word : operands(call.rest())) {
    judge_write(call.judge, call.state, word, append ? Write::append : Write::replace);
  }
}

void judge_truncate(const Call& call) {
  auto words = call.rest();
  for (const auto& word : operands(words)) judge_write(call.judge, call.state, word, Write::replace);
}

}  // namespace

void judge_removal(Judge& judge, const State& state, const Arg& arg) {
  if (!spend_path(judge, state, arg)) return;
  const auto found = target_of(arg.value, state, judge.home());
  if (found.place == Place::other) return;
  judge.report(found.if_unset ? "rm-unset-variable" : rule_of(found.place), arg.shown);
}

void judge_write(Judge& judge, const State& state, const Arg& arg, Write how) {
  if (!spend_path(judge, state, arg)) return;
  if (is_block_device(arg.value, state)) judge.report("write-device", arg.shown);
  if (is_kernel_file(arg.value, state)) judge.report("write-kernel", arg.shown);
  if (is_vital_file(arg.value, state)) judge.report("write-vital", arg.shown);
  if (how == Write::append) return;
  if (base_name(arg.value) == "authorized_keys") judge.report("lose-keys", arg.shown);
  if (is_history_file(arg.value, state)) judge.report("wipe-history", arg.shown);
}

void judge_files(const Call& call) {
  const auto name = call.name;
  if (has_option(call.rest(), "help", '\0') || has_option(call.rest(), "version", '\0')) return;
  if (one_of(name, "rm srm rimraf unlink")) return judge_rm(call);
  if (one_of(name, "mv cp install ln")) return judge_destination(call);
  if (name == "tee") return judge_tee(call);
  if (name == "truncate") return judge_truncate(call);
  if (one_of(name, "chmod chown chgrp setfacl chattr")) return judge_modes(call);
  if (name == "rsync") return judge_rsync(call);
  if (one_of(name, "tar bsdtar unzip")) return judge_archive(call);
}

}  // namespace duotty::gate
