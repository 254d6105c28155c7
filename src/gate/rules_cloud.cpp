// Containers, clusters, clouds.
#include <algorithm>

#include "programs.hpp"

namespace duotty::gate {
namespace {

bool has_word(std::span<const Arg> args, std::string_view list) {
  return std::any_of(args.begin(), args.end(), [&](const Arg& arg) { return one_of(arg.value, list); });
}

std::string_view at(const Args& words, std::size_t index) {
  return index < words.size() ? std::string_view(words[index].value) : std::string_view();
}

void judge_containers(const Call& call) {
  const auto args = call.rest();
  auto words = operands(args);
  if (call.name != "docker-compose" && call.name != "podman-compose" && at(words, 0) != "compose") {
    const auto group = at(words, 0);
    const auto verb = at(words, 1);
    const bool volumes = has_option(args, "volumes", '\0');
    if (group == "system" && verb == "prune") call.report(volumes ? "docker-volumes" : "docker-prune", "system prune");
    if (group == "volume" && one_of(verb, "rm remove prune"))
      call.report("docker-volumes", "volume " + std::string(verb));
    if (one_of(group, "image container builder network") && verb == "prune") call.report("docker-prune", verb);
    const bool forced = has_option(args, "force", 'f');
    const bool many = std::any_of(args.begin(), args.end(), [](const Arg& a) { return is_open(a.value); });
    if (one_of(group, "rm rmi stop kill") && (forced || group != "rm") && many) call.report("docker-prune", group);
    if (group == "rm" && has_option(args, "volumes", 'v')) call.report("docker-volumes", "rm -v");
    if (group == "swarm" && verb == "leave" && forced) call.report("docker-prune", "swarm leave");
    return;
  }
  if (has_word(args, "down rm") && has_option(args, "volumes", 'v')) call.report("docker-volumes", "-v");
}

void judge_cluster(const Call& call) {
  const auto args = call.rest();
  const auto words = operands(args);
  if (std::any_of(args.begin(), args.end(),
                  [](const Arg& a) { return a.value.starts_with("--dry-run") && a.value != "--dry-run=none"; }))
    return;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].value == "drain") call.report("cluster-lesser", words[i].shown);
    if (words[i].value != "delete") continue;
    const auto kind = at(words, i + 1);
    const std::string_view grave =
        "ns namespace namespaces pv persistentvolume persistentvolumes pvc persistentvolumeclaim "
        "persistentvolumeclaims "
        "crd crds customresourcedefinition customresourcedefinitions node nodes no project statefulset statefulsets "
        "sts";
    const bool grave_kind = one_of(kind.substr(0, kind.find('/')), grave);
    const bool all = has_word(args, "--all --all=true -A --all-namespaces");
    if (grave_kind || all) return call.report("cluster-delete", all ? "--all" : std::string(kind));
    call.report("cluster-lesser", words[i].shown);
  }
}

void judge_helm(const Call& call) {
  const auto words = operands(call.rest());
  if (one_of(at(words, 0), "uninstall delete") && !has_option(call.rest(), "dry-run", '\0')) {
    call.report("cluster-lesser", words[0].shown);
  }
}

void judge_terraform(const Call& call) {
  const auto args = call.rest();
  const bool destroys = has_word(args, "destroy down") || has_word(args, "-destroy --destroy");
  if (!destroys || has_word(args, "plan preview")) return;
  const bool unasked = has_word(args, "-auto-approve --auto-approve -auto-approve=true --terragrunt-non-interactive") ||
                       (call.name == "pulumi" && has_option(args, "yes", 'y')) || call.in.text;
  call.report(unasked ? "cloud-destroy" : "cloud-lesser", "destroy");
}

void judge_aws(const Call& call) {
  const auto args = call.rest();
  const auto words = operands(args);
  if (has_word(args, "--dryrun --dry-run")) return;
  if (has_word(words, "s3")) {
    if (has_word(words, "rb") && has_word(args, "--force")) return call.report("cloud-destroy", "s3 rb --force");
    if (has_word(words, "rm") && has_word(args, "--recursive"))
      return call.report("cloud-destroy", "s3 rm --recursive");
    if (has_word(words, "sync") && has_word(args, "--delete")) return call.report("cloud-lesser", "--delete");
    return;
  }
  for (const auto& word : words) {
    const std::string_view verb = word.value;
    if (verb == "terminate-instances" || verb == "delete-stack" || verb == "schedule-key-deletion" ||
        verb.starts_with("delete-db-") || verb == "delete-table" || verb == "delete-bucket" ||
        verb == "delete-cluster" || verb == "delete-file-system" || verb == "delete-volume" ||
        verb == "delete-hosted-zone") {
      call.report("cloud-destroy", word.shown);
    } else if (verb.starts_with("delete-")) {
      call.report("cloud-lesser", word.shown);
    }
  }
}

void judge_other_cloud(const Call& call) {
  const auto args = call.rest();
  const auto words = operands(args);
  const auto name = call.name;
  if (name == "gsutil") {
    if (has_word(words, "rm") && has_option(args, "", 'r')) call.report("cloud-destroy", "rm -r");
    if (has_word(words, "rb")) call.report("cloud-destroy", "rb");
  } else if (name == "rclone") {
    if (one_of(at(words, 0), "purge delete")) call.report("cloud-destroy", words[0].shown);
    if (at(words, 0) == "sync") call.report("cloud-lesser", words[0].shown);
  } else if (name == "s3cmd" || name == "mc") {
    const bool removes = one_of(at(words, 0), "del rm rb") && has_option(args, "recursive", 'r');
    if (removes) call.report("cloud-destroy", words[0].shown);
  } else if (name == "heroku" || name == "flyctl" || name == "fly") {
    if (at(words, 0).ends_with(":destroy") || has_word(words, "destroy")) call.report("cloud-destroy", words[0].shown);
  } else if (name == "vagrant" || name == "lxc" || name == "incus" || name == "virsh") {
    if (one_of(at(words, 0), "destroy delete undefine")) call.report("cloud-lesser", words[0].shown);
  } else if (name == "etcdctl") {
    if (at(words, 0) == "del" && has_word(args, "--prefix --from-key")) call.report("cloud-destroy", words[0].shown);
  } else if (has_word(words, "delete destroy")) {
    const bool wide =
        has_word(words, "projects project group groups clusters cluster instances sql databases storage buckets");
    const bool unasked =
        has_option(args, "quiet", 'q') || has_option(args, "yes", 'y') || has_option(args, "force", 'f');
    call.report(wide && unasked ? "cloud-destroy" : "cloud-lesser", "delete");
  }
}

}  // namespace

void judge_cloud(const Call& call) {
  const auto name = call.name;
  if (has_word(call.rest(), "--help help")) return;
  if (one_of(name, "docker podman nerdctl docker-compose podman-compose")) return judge_containers(call);
  if (one_of(name, "kubectl oc k")) return judge_cluster(call);
  if (name == "helm") return judge_helm(call);
  if (one_of(name, "terraform tofu terragrunt pulumi")) return judge_terraform(call);
  if (name == "aws") return judge_aws(call);
  if (name != "gh") judge_other_cloud(call);
}

}  // namespace duotty::gate
