// The machine itself: power, services, processes, network, accounts, packages.
#include <algorithm>
#include <array>

#include "paths.hpp"
#include "programs.hpp"

namespace duotty::gate {
namespace {

constexpr std::string_view doors =
    " ssh sshd ssh.service sshd.service ssh.socket network networking NetworkManager NetworkManager.service "
    "systemd-networkd systemd-networkd.service systemd-resolved systemd-logind systemd-journald systemd-udevd dbus "
    "dbus.service wpa_supplicant firewalld docker containerd kubelet tailscaled wg-quick@wg0 duotty ";

constexpr std::string_view essential =
    " libc6 bash dash coreutils dpkg apt systemd systemd-sysv init sudo login passwd util-linux base-files base-passwd "
    "openssh-server openssh glibc rpm dnf yum pacman filesystem busybox musl alpine-base apk-tools perl-base grub-pc "
    "grub-efi-amd64 grub2 grub kernel linux network-manager netbase ifupdown iproute2 libstdc++6 python3 "
    "python3-minimal "
    "kernel-core linux-base ncurses-base findutils grep sed tar gzip mount bsdutils e2fsprogs ";

bool has_word(std::span<const Arg> args, std::string_view list) {
  return std::any_of(args.begin(), args.end(), [&](const Arg& arg) { return one_of(arg.value, list); });
}

std::string_view at(const Args& words, std::size_t index) {
  return index < words.size() ? std::string_view(words[index].value) : std::string_view();
}

void judge_power(const Call& call) {
  const auto args = call.rest();
  if (call.name == "shutdown" && (has_option(args, "", 'c') || has_option(args, "", 'k'))) return;
  if (one_of(call.name, "init telinit")) {
    const auto words = operands(args);
    if (one_of(at(words, 0), "0 1 6 s S")) call.report("power", call.args.front().shown + " " + words[0].shown);
    return;
  }
  if (call.name == "kexec" && !has_option(args, "exec", 'e')) return;
  call.report("power", call.args.front().shown);
}

void judge_services(const Call& call) {
  const auto words = operands(call.rest());
  const auto verb = at(words, 0);
  if (one_of(call.name, "systemctl loginctl")) {
    if (one_of(verb, "reboot poweroff halt kexec rescue emergency suspend hibernate soft-reboot isolate default")) {
      return call.report("power", words[0].shown);
    }
    if (!one_of(verb, "stop disable mask kill")) return;
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (one_of(words[i].value, doors)) call.report("stop-door", words[i].shown);
    }
    return;
  }
  const bool stops = at(words, 1) == "stop" && one_of(verb, doors);
  if (stops) call.report("stop-door", words[0].shown);
}

void judge_kill(const Call& call) {
  auto args = call.rest();
  const bool ended = std::any_of(args.begin(), args.end(), [](const Arg& a) { return a.value == "--"; });
  bool signal_seen = false;
  for (std::size_t i = 0; i < args.size(); ++i) {
    const std::string_view word = args[i].value;
    if (word == "-l" || word == "-L" || word == "--list") return;
    if (word == "-0" && !signal_seen) return;  // only looks whether it is there
    if (word == "-s" || word == "-n" || word == "--signal") {
      ++i;
      signal_seen = true;
      continue;
    }
    if (word == "--") {
      signal_seen = true;
      continue;
    }
    const bool option = word.size() > 1 && word[0] == '-';
    if (option && !signal_seen) {
      signal_seen = true;
      // `kill -1` alone is a signal without a process; so is -9.
      if (word == "-1" && args.size() == 1) return;
      if (!(word == "-1" && ended)) continue;
    }
    if (word == "-1" || word == "1") call.report("kill-all", args[i].shown);
  }
}

void judge_pkill(const Call& call) {
  const auto args = call.rest();
  if (call.name == "killall5") return call.report("kill-all", call.args.front().shown);
  auto words = operands(args);
  const bool by_user = option_value(args, "user", 'u').has_value() || option_value(args, "euid", 'U').has_value();
  if (by_user && words.size() <= 1 && call.name != "fuser") return call.report("kill-all", call.args.back().shown);
  for (const auto& word : words) {
    std::string text = word.value;
    std::erase(text, mark::star);
    std::erase(text, '*');
    const bool everything = text.empty() || text == "." || text == "^" || text == ".+" || text == "^." || text == "$";
    const bool vital =
        one_of(text, "sshd systemd init bash zsh fish sh dbus-daemon systemd-logind Xorg gnome-shell login duotty");
    if (everything || vital) call.report("kill-all", word.shown.empty() ? "''" : word.shown);
  }
}

void judge_firewall(const Call& call) {
  const auto args = call.rest();
  const auto words = operands(args);
  const auto name = call.name;
  if (one_of(name, "iptables ip6tables")) {
    if (has_option(args, "flush", 'F') || has_option(args, "delete-chain", 'X'))
      call.report("firewall", call.args.back().shown);
    if (has_option(args, "policy", 'P') && has_word(args, "DROP REJECT") && !has_word(args, "FORWARD")) {
      call.report("firewall", "-P");
    }
  } else if (name == "nft") {
    if (at(words, 0) == "flush" && at(words, 1) == "ruleset") call.report("firewall", "flush ruleset");
  } else if (name == "ufw") {
    const auto verb = at(words, 0);
    if (one_of(verb, "reset disable")) call.report("firewall", words[0].shown);
    if (verb == "enable" || (verb == "default" && one_of(at(words, 1), "deny reject")))
      call.report("network-caution", words[0].shown);
  } else if (name == "firewall-cmd") {
    if (has_word(args, "--panic-on --complete-reload")) call.report("firewall", args.back().shown);
  }
}

void judge_network(const Call& call) {
  const auto args = call.rest();
  const auto words = operands(args);
  if (call.name == "ifdown") {
    if (!words.empty() && at(words, 0) != "lo") call.report("network-down", words[0].shown);
  } else if (call.name == "ifconfig") {
    if (at(words, 1) == "down") call.report("network-down", words[0].shown);
  } else if (call.name == "nmcli") {
    const bool off =
        has_word(args, "off down") && has_word(args, "networking net n con connection radio r c device dev d");
    if (off || has_word(args, "disconnect")) call.report("network-down", args.back().shown);
  } else if (call.name == "ip") {
    const bool link = one_of(at(words, 0), "link l") && has_word(words, "down");
    const bool flush = one_of(at(words, 0), "route r addr address a") && has_word(words, "flush");
    const bool route = one_of(at(words, 0), "route r") && has_word(words, "del delete") && has_word(words, "default");
    const bool virtual_link = std::any_of(words.begin(), words.end(), [](const Arg& a) {
      return a.value.starts_with("veth") || a.value.starts_with("dummy") || a.value.starts_with("br-") ||
             a.value == "lo";
    });
    if ((link || flush || route) && !virtual_link) call.report("network-down", words.back().shown);
  }
}

void judge_accounts(const Call& call) {
  const auto args = call.rest();
  const auto words = operands(args);
  if (words.empty()) return;
  const auto& who = words.back();
  if (one_of(call.name, "userdel deluser")) {
    const bool home = has_option(args, "remove", 'r') || has_option(args, "remove-home", '\0') ||
                      has_option(args, "remove-all-files", '\0');
    call.report(home || who.value == "root" ? "remove-account" : "account-caution", who.shown);
  } else if (one_of(call.name, "groupdel delgroup")) {
    call.report(one_of(who.value, "sudo wheel root adm docker") ? "remove-account" : "account-caution", who.shown);
  } else if (call.name == "passwd") {
    const bool closes = has_option(args, "delete", 'd') || has_option(args, "lock", 'l');
    if (closes && who.value == "root") call.report("remove-account", who.shown);
  } else if (call.name == "usermod") {
    const auto shell = option_value(args, "shell", 's').value_or("");
    const bool locks = has_option(args, "lock", 'L') || shell.ends_with("nologin") || shell.ends_with("/false");
    if (locks && who.value == "root") call.report("remove-account", who.shown);
  }
}

bool is_essential(std::string_view package) {
  package = package.substr(0, package.find(':'));
  if (package.ends_with('-')) package.remove_suffix(1);
  return one_of(package, essential) || package.starts_with("linux-image") || package.starts_with("grub-") ||
         package == std::string_view("\x03") || package == "*";
}

void judge_packages(const Call& call) {
  const auto args = call.rest();
  const auto name = call.name;
  const auto words = operands(args);
  if (has_word(args, "-s --simulate --dry-run --just-print --assumeno --test -p --print")) return;
  if (has_word(args, "--allow-remove-essential --force-remove-essential"))
    return call.report("remove-essential", args.back().shown);
  bool removes = has_word(words, "remove purge autoremove erase del rm dist-purge full-remove");
  if (name == "pacman" || name == "yay") {
    removes = std::any_of(args.begin(), args.end(),
                          [](const Arg& a) { return a.value.starts_with("-R") || a.value == "--remove"; });
  } else if (name == "dpkg") {
    removes = has_option(args, "remove", 'r') || has_option(args, "purge", 'P');
  } else if (name == "rpm") {
    removes = has_option(args, "erase", 'e');
  }
  if (!removes) return;
  for (const auto& word : words) {
    if (is_essential(word.value)) call.report("remove-essential", word.shown);
  }
}

void judge_own_things(const Call& call) {
  const auto args = call.rest();
  const auto name = call.name;
  if (name == "crontab" && has_option(args, "remove", 'r')) call.report("crontab-remove", "-r");
  if (name == "history" && (has_option(args, "", 'c') || has_word(args, "clear")))
    call.report("wipe-history", args.back().shown);
  if (name == "fc" && has_word(args, "-p") && args.size() == 1) call.report("wipe-history", "fc -p");
  if (name == "unset" && has_word(args, "HISTFILE")) call.report("history-caution", "HISTFILE");
  if (name == "efibootmgr" && has_option(args, "delete-bootnum", 'B')) call.report("format", "-B");
  if (name == "tmux" && has_word(args, "kill-server")) call.report("kill-server", "kill-server");
}

void judge_text(const Call& call, std::string_view text) {
  if (!call.judge.budget().spend(call.state.weight())) return;
  State inner = call.state;
  call.judge.script(text, inner, {});
}

/// Programs that give a line to a shell of theirs, now or later: the words of tmux and screen, what comes in for at.
void judge_handed_over(const Call& call) {
  if (call.name == "at" || call.name == "batch") {
    if (call.in.text) judge_text(call, *call.in.text);
    return;
  }
  auto words = call.rest();
  take_known_options(words, call.name == "tmux" ? "LSfcT" : "SehtTcps", "");
  if (call.name == "tmux") {
    constexpr std::string_view kRuns =
        "new new-session neww new-window splitw split-window respawnp respawn-pane respawnw respawn-window popup "
        "display-popup run run-shell send send-keys pipep pipe-pane";
    if (words.empty() || !one_of(words.front().value, kRuns)) return;
    words = words.subspan(1);
    take_known_options(words, "ceFflnNpstTxy", "");
  }
  std::string line;
  for (const auto& word : words) line += word.value + " ";
  judge_text(call, line);
}

}  // namespace

void judge_system(const Call& call) {
  const auto name = call.name;
  if (has_option(call.rest(), "help", '\0') || has_option(call.rest(), "version", '\0')) return;
  if (one_of(name, "shutdown reboot halt poweroff init telinit kexec")) return judge_power(call);
  if (one_of(name, "systemctl loginctl service rc-service")) return judge_services(call);
  if (name == "kill") return judge_kill(call);
  if (one_of(name, "killall killall5 pkill skill")) return judge_pkill(call);
  if (one_of(name, "iptables ip6tables nft ufw firewall-cmd")) return judge_firewall(call);
  if (one_of(name, "ip ifconfig ifdown nmcli")) return judge_network(call);
  if (one_of(name, "userdel deluser groupdel delgroup passwd usermod")) return judge_accounts(call);
  if (one_of(name, "apt apt-get aptitude dpkg yum dnf microdnf zypper pacman yay apk rpm")) return judge_packages(call);
  if (one_of(name, "at batch tmux screen")) judge_handed_over(call);
  judge_own_things(call);
}

}  // namespace duotty::gate
