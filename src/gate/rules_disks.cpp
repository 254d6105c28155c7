// Disks, partitions, volumes.
#include <algorithm>

#include "paths.hpp"
#include "programs.hpp"

namespace duotty::gate {
namespace {

bool has_word(std::span<const Arg> args, std::string_view list) {
  return std::any_of(args.begin(), args.end(), [&](const Arg& arg) { return one_of(arg.value, list); });
}

/// The first operand that is a device, or that nobody can tell.
const Arg* device_of(const Call& call, const Args& words) {
  for (const auto& word : words) {
    if (is_block_device(word.value, call.state)) return &word;
    if (word.value.find_first_of("\x01\x02") != std::string::npos) return &word;
  }
  return nullptr;
}

void report_device(const Call& call, std::string_view rule) {
  const auto words = operands(call.rest());
  if (const Arg* device = device_of(call, words)) call.report(rule, device->shown);
}

void judge_dd(const Call& call) {
  for (const auto& arg : call.rest()) {
    if (!arg.value.starts_with("of=")) continue;
    judge_write(call.judge, call.state, {arg.value.substr(3), arg.shown}, Write::replace);
  }
}

void judge_partitions(const Call& call) {
  const auto args = call.rest();
  if (call.name == "fdisk" && (has_option(args, "list", 'l') || has_option(args, "", 's'))) return;
  if (call.name == "sfdisk" && (has_option(args, "list", 'l') || has_option(args, "dump", 'd'))) return;
  if (call.name == "sgdisk" && has_option(args, "print", 'p')) return;
  if (call.name == "gdisk" && has_option(args, "list", 'l')) return;
  if (call.name == "parted" && (has_option(args, "list", 'l') || has_word(args, "print unit"))) return;
  report_device(call, "repartition");
}

void judge_volumes(const Call& call) {
  const auto words = operands(call.rest());
  const auto name = call.name;
  const auto verb = words.empty() ? std::string_view() : std::string_view(words.front().value);
  if (one_of(name, "lvremove vgremove pvremove lvreduce")) {
    if (!words.empty() && !has_option(call.rest(), "test", 't')) call.report("remove-volume", words.back().shown);
  } else if (name == "zpool" && one_of(verb, "destroy labelclear")) {
    call.report("remove-volume", words.back().shown);
  } else if (name == "zfs" && verb == "destroy" && !has_option(call.rest(), "", 'n')) {
    call.report("remove-volume", words.back().shown);
  } else if (name == "btrfs" && has_word(words, "delete") && one_of(verb, "subvolume sub")) {
    call.report("remove-volume", words.back().shown);
  } else if (name == "mdadm" &&
             (has_option(call.rest(), "zero-superblock", '\0') || has_option(call.rest(), "stop", 'S'))) {
    call.report("remove-volume", call.args.back().shown);
  } else if (name == "diskutil" && (verb.starts_with("erase") || verb.starts_with("partition") || verb == "zeroDisk")) {
    call.report("format", words.back().shown);
  }
}

void judge_crypt(const Call& call) {
  for (const auto& word : operands(call.rest())) {
    if (one_of(word.value, "luksFormat luksErase erase reencrypt luksKillSlot luksRemoveKey")) {
      call.report("format", word.shown);
    }
  }
}

void judge_drive(const Call& call) {
  const auto args = call.rest();
  if (call.name == "hdparm") {
    for (const auto& arg : args) {
      if (arg.value.starts_with("--security-erase") || arg.value == "--trim-sector-ranges")
        call.report("format", arg.shown);
    }
  } else if (call.name == "nvme") {
    const auto words = operands(args);
    if (!words.empty() && one_of(words[0].value, "format sanitize delete-ns write-zeroes")) {
      call.report("format", words[0].shown);
    }
  } else if (call.name == "badblocks") {
    if (has_option(args, "", 'w')) report_device(call, "format");
  } else {
    report_device(call, "format");
  }
}

void judge_mounts(const Call& call) {
  const auto args = call.rest();
  if (call.name == "umount" && has_option(args, "all", 'a')) call.report("unmount-all", "umount -a");
  for (const auto& word : operands(args)) {
    if (call.name == "umount" && one_of(absolute(word.value, call.state), "/ /home /usr /var /boot")) {
      call.report("unmount-all", word.shown);
    }
  }
}

}  // namespace

void judge_disks(const Call& call) {
  const auto name = call.name;
  const auto args = call.rest();
  if (has_option(args, "help", '\0') || has_option(args, "version", '\0')) return;
  if (name == "dd") return judge_dd(call);
  if (one_of(name, "mount umount")) return judge_mounts(call);
  if (name.starts_with("mkfs") || name.starts_with("newfs") || one_of(name, "mke2fs mkswap mkntfs mkdosfs sg_format")) {
    const bool dry = (name == "mke2fs" || name.starts_with("mkfs.ext")) && has_option(call.rest(), "", 'n');
    if (dry) return;
    return report_device(call, "format");
  }
  if (name == "wipefs" && (has_option(args, "no-act", 'n') || operands(args).size() == args.size())) return;
  if (one_of(name, "wipefs blkdiscard shred")) return report_device(call, "format");
  if (one_of(name, "fdisk sfdisk cfdisk parted sgdisk gdisk")) return judge_partitions(call);
  if (name == "cryptsetup") return judge_crypt(call);
  if (one_of(name, "hdparm nvme badblocks")) return judge_drive(call);
  judge_volumes(call);
}

}  // namespace duotty::gate
