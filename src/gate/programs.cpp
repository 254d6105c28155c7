#include "programs.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "paths.hpp"

namespace duotty::gate {
namespace {

struct Row {
  std::string_view names;  ///< between blanks
  void (*judge)(const Call&);
};

constexpr std::array table = {
    Row{" rm rmdir srm shred unlink rimraf mv cp install ln tee truncate chmod chown chgrp chattr setfacl rsync tar "
        "bsdtar "
        "unzip 7z cpio sed touch robocopy ",
        judge_files},
    Row{" find gfind fd fdfind ", judge_find},
    Row{" xargs gxargs ", judge_xargs},
    Row{" dd wipefs blkdiscard fdisk sfdisk cfdisk parted sgdisk gdisk partx cryptsetup lvremove vgremove pvremove "
        "lvreduce zpool zfs btrfs mdadm hdparm nvme badblocks diskutil mke2fs mkswap mkntfs mkdosfs shred sg_format "
        "mount umount swapoff ",
        judge_disks},
    Row{" git gh glab hub ", judge_git},
    Row{" psql mysql mariadb sqlite3 sqlite duckdb clickhouse-client clickhouse sqlcmd mysqladmin dropdb dropuser "
        "redis-cli valkey-cli mongosh mongo cockroach cqlsh bq usql pgcli mycli litecli influx ",
        judge_databases},
    Row{" docker podman nerdctl docker-compose podman-compose kubectl oc k helm terraform tofu terragrunt pulumi aws "
        "gcloud gsutil az doctl heroku rclone s3cmd mc vagrant lxc incus virsh gh flyctl fly etcdctl consul nomad "
        "vault ",
        judge_cloud},
    Row{" shutdown reboot halt poweroff init telinit systemctl loginctl service rc-service kill killall killall5 pkill "
        "skill iptables ip6tables nft ufw firewall-cmd ip ifconfig ifdown nmcli netplan route userdel deluser groupdel "
        "delgroup passwd usermod chsh crontab history fc apt apt-get aptitude dpkg yum dnf microdnf zypper pacman yay "
        "apk "
        "rpm brew snap snapper efibootmgr grub-install kexec setterm sysctl unset atrm rmmod modprobe fuser "
        "networksetup launchctl tmux screen at batch ",
        judge_system},
    Row{" python python2 python3 perl ruby node nodejs deno bun php awk gawk mawk lua expect osascript ",
        judge_interpreter},
};

/// Name to the rows that know it.
const std::unordered_multimap<std::string_view, void (*)(const Call&)>& judges() {
  static const auto map = [] {
    std::unordered_multimap<std::string_view, void (*)(const Call&)> made;
    for (const auto& row : table) {
      for (const auto name : base::split(row.names, ' ')) {
        if (!name.empty()) made.emplace(name, row.judge);
      }
    }
    return made;
  }();
  return map;
}

constexpr std::string_view narrowing =
    " -name -iname -path -ipath -wholename -regex -iregex -lname -mtime -mmin -atime -amin -ctime -cmin -newer -size "
    "-empty -user -group -nouser -nogroup -perm -inum -links -samefile -newermt -anewer -cnewer ";

/// True when one of the tests leaves things out; `-name '*'` does not.
bool narrows(std::span<const Arg> tests) {
  for (std::size_t i = 0; i < tests.size(); ++i) {
    if (!one_of(tests[i].value, narrowing)) continue;
    const bool by_name = tests[i].value.ends_with("name") || tests[i].value.ends_with("path");
    const bool any = by_name && i + 1 < tests.size() && tests[i + 1].value.find_first_not_of('*') == std::string::npos;
    if (!any) return true;
  }
  return false;
}

/// The words of `xargs` or `find -exec`, with what is put into them.
Args filled(std::span<const Arg> words, std::string_view hole, const std::string& value) {
  Args out;
  bool used = false;
  for (const auto& word : words) {
    out.push_back(word);
    if (hole.empty() || word.value.find(hole) == std::string::npos) continue;
    out.back().value = base::replace_all(word.value, hole, value);
    used = true;
  }
  if (!used && hole.empty()) out.push_back({value, words.empty() ? std::string() : words.front().shown});
  return out;
}

struct Search {
  std::vector<Arg> places;
  bool narrow = false;  ///< only some of what is there
  std::span<const Arg> tests;
};

Search search_of(std::span<const Arg> args) {
  Search search;
  args = args.subspan(1);
  while (!args.empty()) {
    const auto& word = args.front().value;
    const bool option = word == "-H" || word == "-L" || word == "-P";
    if (!option && !word.empty() && (word[0] == '-' || word[0] == '(' || word[0] == '!')) break;
    if (!option) search.places.push_back(args.front());
    args = args.subspan(1);
  }
  if (search.places.empty()) search.places.push_back({".", "find"});
  search.tests = args;
  search.narrow = narrows(args);
  return search;
}

/// A program that removes one file after the other is handed all that a search finds: here or in a folder of one's own
/// that is what one wants.
void judge_found(const Call& call, const std::string& place) {
  if (!call.judge.budget().spend(64 + place.size())) return;
  const auto target = target_of(place, call.state, call.judge.home());
  const bool wide = target.place == Place::root || target.place == Place::system || target.place == Place::home;
  if (wide) judge_removal(call.judge, call.state, {place, place});
}

/// What a search would hand to -delete or a command.
Arg found_in(const Search& search, const Arg& place) {
  if (!search.narrow) return place;
  return {place.value + "/" + std::string(1, mark::any), place.shown};
}

void judge_deleting(const Call& call, const Search& search) {
  for (const auto& place : search.places) {
    if (!search.narrow) {
      judge_removal(call.judge, call.state, place);
      continue;
    }
    if (!call.judge.budget().spend(64 + place.value.size())) return;
    const auto target = target_of(place.value, call.state, call.judge.home());
    const bool wide = target.place == Place::root || target.place == Place::system;
    if (wide) call.report("find-delete-wide", place.shown);
  }
}

void judge_code_of(const Call& call, std::string_view letters) {
  const auto args = call.rest();
  for (std::size_t i = 0; i + 1 < args.size(); ++i) {
    const std::string_view word = args[i].value;
    const bool option = word.size() >= 2 && word[0] == '-' && word.find_first_of(letters, 1) == word.size() - 1;
    if (option || word == "--eval") return judge_code(call, args[i + 1].value);
  }
  const auto words = operands(args);
  const bool reads = words.empty() || words.front().value == "-" || words.front().value == "/dev/stdin";
  if (call.in.text && reads) judge_code(call, *call.in.text);
}

}  // namespace

bool one_of(std::string_view word, std::string_view list) {
  if (word.empty() || word.find(' ') != std::string_view::npos) return false;
  for (auto at = list.find(word); at != std::string_view::npos; at = list.find(word, at + 1)) {
    const bool begins = at == 0 || list[at - 1] == ' ';
    const bool ends = at + word.size() == list.size() || list[at + word.size()] == ' ';
    if (begins && ends) return true;
  }
  return false;
}

bool has_option(std::span<const Arg> args, std::string_view long_name, char letter) {
  for (const auto& arg : args) {
    const std::string_view word = arg.value;
    if (word == "--") return false;
    if (word.size() < 2 || word[0] != '-') continue;
    if (word[1] != '-') {
      if (letter != '\0' && word.find(letter, 1) != std::string_view::npos) return true;
      continue;
    }
    const auto name = word.substr(2, word.find('=') == std::string_view::npos ? word.npos : word.find('=') - 2);
    if (!long_name.empty() && name.size() >= 3 && long_name.starts_with(name)) return true;
  }
  return false;
}

Args operands(std::span<const Arg> args) {
  Args out;
  bool options = true;
  for (const auto& arg : args) {
    if (options && arg.value == "--") {
      options = false;
      continue;
    }
    if (options && arg.value.size() > 1 && arg.value[0] == '-') continue;
    out.push_back(arg);
  }
  return out;
}

std::optional<std::string> option_value(std::span<const Arg> args, std::string_view long_name, char letter) {
  for (std::size_t i = 0; i < args.size(); ++i) {
    const std::string_view word = args[i].value;
    if (word == "--") break;
    if (word.starts_with("--")) {
      const auto name = word.substr(2);
      if (name == long_name && i + 1 < args.size()) return args[i + 1].value;
      if (!long_name.empty() && name.starts_with(long_name) && name.size() > long_name.size() &&
          name[long_name.size()] == '=') {
        return std::string(name.substr(long_name.size() + 1));
      }
      continue;
    }
    if (letter == '\0' || word.size() < 2 || word[0] != '-') continue;
    const auto at = word.find(letter, 1);
    if (at == std::string_view::npos) continue;
    if (at + 1 < word.size()) return std::string(word.substr(at + 1));
    if (i + 1 < args.size()) return args[i + 1].value;
  }
  return std::nullopt;
}

std::optional<std::string> split_string_of(std::span<const Arg> args) {
  return option_value(args.subspan(1), "split-string", 'S');
}

void judge_find(const Call& call) {
  if (call.name == "fd" || call.name == "fdfind") {
    auto exec = call.args;
    while (!exec.empty() && !one_of(exec.front().value, "-x -X --exec --exec-batch")) exec = exec.subspan(1);
    if (exec.size() > 1) {
      call.judge.program(filled(exec.subspan(1), "{}", std::string(1, mark::any)), call.state, {});
    }
    return;
  }
  const Search search = search_of(call.args);
  const auto tests = search.tests;
  for (std::size_t i = 0; i < tests.size(); ++i) {
    if (tests[i].value == "-delete") judge_deleting(call, search);
    if (!one_of(tests[i].value, "-exec -execdir -ok -okdir")) continue;
    std::size_t end = i + 1;
    while (end < tests.size() && tests[end].value != ";" && tests[end].value != "+") ++end;
    const auto words = tests.subspan(i + 1, end - i - 1);
    for (const auto& place : search.places) {
      if (call.judge.done()) return;
      const Args inner = filled(words, "{}", found_in(search, place).value);
      // It is run for every file: nothing is left of what lies below either.
      const bool each = !words.empty() && one_of(base_name(words.front().value), "rm unlink shred");
      if (each && !search.narrow) judge_removal(call.judge, call.state, place);
      call.judge.program(inner, call.state, {});
    }
    i = end;
  }
}

std::optional<std::string> printed_by_find(std::span<const Arg> args) {
  const Search search = search_of(args);
  const auto acts = [](const Arg& arg) {
    return one_of(arg.value, "-exec -execdir -ok -okdir -delete -printf -fprintf -fprint -ls -fls");
  };
  if (std::any_of(search.tests.begin(), search.tests.end(), acts)) return std::nullopt;
  std::string text;
  for (const auto& place : search.places) text += found_in(search, place).value + "\n";
  return text;
}

void judge_xargs(const Call& call) {
  auto words = call.rest();
  const auto hole = option_value(words, "replace", 'I').value_or(has_option(words, "", 'i') ? "{}" : "");
  take_known_options(words, "IdEeLlnPs", " max-args max-procs delimiter arg-file replace max-lines max-chars ");
  if (words.empty()) return;
  std::vector<std::string> values;
  if (call.in.text) {
    if (!call.judge.budget().spend(call.in.text->size())) return;
    std::string text = *call.in.text;
    std::replace(text.begin(), text.end(), '\n', ' ');
    for (const auto word : base::split(text, ' ')) {
      if (!word.empty() && values.size() < 32) values.emplace_back(word);
    }
  }
  if (values.empty()) values.emplace_back(1, mark::any);
  const bool each = call.in.found && one_of(base_name(words.front().value), "rm unlink shred");
  for (const auto& value : values) {
    if (call.judge.done()) return;
    if (each && value.find(mark::any) == std::string::npos) judge_found(call, value);
    call.judge.program(filled(words, hole, value), call.state, {});
  }
}

void judge_parallel(const Call& call, std::span<const Arg> words) {
  const auto colons =
      std::find_if(words.begin(), words.end(), [](const Arg& arg) { return arg.value.starts_with(":::"); });
  const auto command = words.first(static_cast<std::size_t>(colons - words.begin()));
  const auto given = colons == words.end() ? std::span<const Arg>() : words.subspan(command.size() + 1);
  std::vector<std::string> values;
  for (const auto& value : given.first(std::min<std::size_t>(given.size(), 32))) values.push_back(value.value);
  if (values.empty()) values.emplace_back(1, mark::any);
  const bool hole = std::any_of(command.begin(), command.end(),
                                [](const Arg& arg) { return arg.value.find("{}") != std::string::npos; });
  for (const auto& value : values) {
    if (call.judge.done()) return;
    std::string text;
    for (const auto& arg : filled(command, hole ? "{}" : "", value))
      text.append(text.empty() ? "" : " ").append(arg.value);
    if (!call.judge.budget().spend(call.state.weight())) return;
    State inner = call.state;
    call.judge.script(text, inner, {});
  }
}

void judge_interpreter(const Call& call) {
  if (call.name == "awk" || call.name == "gawk" || call.name == "mawk") {
    const auto words = operands(call.rest());
    if (!words.empty()) judge_code(call, words.front().value);
    return;
  }
  judge_code_of(call, call.name == "php" ? "r" : "ceE");
}

void judge_call(const Call& call) {
  if (call.judge.done()) return;
  if (call.name.starts_with("mkfs") || call.name.starts_with("newfs")) return judge_disks(call);
  if (call.name.starts_with("python3.")) return judge_interpreter(call);
  const auto [begin, end] = judges().equal_range(call.name);
  for (auto known = begin; known != end; ++known) known->second(call);
}

}  // namespace duotty::gate
