#include <duotty/gate/gate.hpp>

#include <algorithm>
#include <array>
#include <duotty/base/text.hpp>

#include "judge.hpp"
#include "parser.hpp"
#include "programs.hpp"

namespace duotty::gate {
namespace {

/// Programs that can destroy; text that cannot be read is refused when it has one of them as a word.
constexpr std::array dangerous_words = {
    "rm",       "mkfs",       "dd",       "shred",    "wipefs",    "blkdiscard", "fdisk",  "sfdisk",   "parted",
    "sgdisk",   "cryptsetup", "lvremove", "vgremove", "zpool",     "rmtree",     "unlink", "rmdir",    "mv",
    "shutdown", "reboot",     "halt",     "poweroff", "killall",   "killall5",   "pkill",  "kill",     "DROP",
    "TRUNCATE", "FLUSHALL",   "userdel",  "iptables", "chmod",     "chown",      "find",   "truncate", "drop",
    "dropdb",   "crontab",    "eval",     "rsync",    "terraform", "kubectl",    "mke2fs", "sysrq"};

bool has_dangerous_word(std::string_view text) {
  std::size_t begin = 0;
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && is_letter(text[i])) continue;
    const auto word = text.substr(begin, i - begin);
    begin = i + 1;
    if (word.size() < 2 || word.size() > 12) continue;
    if (std::find(dangerous_words.begin(), dangerous_words.end(), word) != dangerous_words.end()) return true;
  }
  return false;
}

std::optional<Finding> verdict(const Judge& judge, bool exceeded, std::string_view text) {
  if (judge.finding() && judge.finding()->rule->level == Level::destructive) return judge.finding();
  if (exceeded && has_dangerous_word(text)) return Finding{find_rule("unreadable"), shown(text)};
  return judge.finding();
}

}  // namespace

std::string_view name(Level level) noexcept {
  return level == Level::caution ? "caution" : "destructive";
}

const Rule* find_rule(std::string_view id) noexcept {
  const auto table = rules();
  const auto found = std::find_if(table.begin(), table.end(), [&](const Rule& rule) { return rule.id == id; });
  return found == table.end() ? nullptr : &*found;
}

std::string Finding::message() const {
  std::string text = "This command ";
  text.append(rule->what).append(" (rule ").append(rule->id).append(", at \"").append(word).append("\"). ");
  text.append(rule->why);
  return text;
}

std::optional<Finding> judge(std::string_view text, const Context& context) {
  Judge judge(context, text.size());
  if (text.size() > max_text) return verdict(judge, true, text);
  State state = judge.initial();
  judge.script(text, state, {});
  return verdict(judge, judge.budget().exceeded, text);
}

std::optional<Finding> judge_program(const std::vector<std::string>& argv, const Context& context) {
  std::size_t size = 0;
  for (const auto& word : argv) size += word.size();
  Judge judge(context, size);
  State state = judge.initial();
  // What a caller has written stands for itself: no marks may come in by it.
  std::vector<std::string> words = argv;
  for (auto& word : words) {
    for (char& c : word) {
      if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') c = '\x7f';
    }
  }
  judge.program(make_args(words), state, {});
  return verdict(judge, judge.budget().exceeded || size > max_text, base::join(words, " "));
}

std::optional<Finding> judge_stdin(std::string_view program, std::string_view text, const Context& context) {
  Judge judge(context, text.size());
  if (text.size() > max_text) return verdict(judge, true, text);
  State state = judge.initial();
  Stream in;
  in.text = std::string(text);
  judge.program(make_args({std::string(program)}), state, in);
  return verdict(judge, judge.budget().exceeded, text);
}

}  // namespace duotty::gate
