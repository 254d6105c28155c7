#include <cmath>
#include <set>

#include "files_tree.hpp"

namespace duotty::cli {
namespace {

using Kind = TreeEntry::Kind;

/// Whether a folder around `path` is among these.
bool is_within(const std::set<std::string>& folders, const std::string& path) {
  if (folders.empty() || path.empty()) return false;
  if (folders.contains("")) return true;
  for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    if (folders.contains(path.substr(0, slash))) return true;
  }
  return false;
}

/// SFTP knows whole seconds only.
bool same(const TreeEntry& a, const TreeEntry& b) {
  return a.size == b.size && std::abs(a.mtime - b.mtime) < 1;
}

class Planner {
 public:
  Planner(const Tree& target, Existing existing, bool remove) : target_(target), existing_(existing), remove_(remove) {}

  void add(const std::string& path, const TreeEntry& entry) {
    if (is_within(blocked_, path)) return;
    if (entry.kind != Kind::file && entry.kind != Kind::folder) {
      plan.left_out.push_back(path);
      return;
    }
    const auto there = is_within(cleared_, path) ? target_.end() : target_.find(path);
    if (there == target_.end()) {
      take(path, entry);
    } else if (there->second.kind != entry.kind) {
      replace(path, entry);
    } else if (entry.kind == Kind::file) {
      compare(path, entry, there->second);
    }
  }

  void remove_others(const Tree& source) {
    for (const auto& [path, entry] : target_) {
      if (source.contains(path) || is_within(blocked_, path) || is_within(cleared_, path)) continue;
      plan.steps.push_back({Step::Kind::remove, path});
      cleared_.insert(path);
    }
  }

  Plan plan;

 private:
  void take(const std::string& path, const TreeEntry& entry) {
    plan.steps.push_back({entry.kind == Kind::folder ? Step::Kind::make : Step::Kind::copy, path});
  }

  void replace(const std::string& path, const TreeEntry& entry) {
    if (!remove_) {
      plan.problems.emplace_back(path, "Something else of that name is there.");
      blocked_.insert(path);
      return;
    }
    plan.steps.push_back({Step::Kind::remove, path});
    cleared_.insert(path);
    take(path, entry);
  }

  void compare(const std::string& path, const TreeEntry& entry, const TreeEntry& there) {
    if (existing_ == Existing::keep) {
      plan.problems.emplace_back(path, "It exists already. Say --force to replace it.");
    } else if (existing_ == Existing::compare && same(entry, there)) {
      ++plan.unchanged;
    } else {
      take(path, entry);
    }
  }

  const Tree& target_;
  Existing existing_;
  bool remove_;
  std::set<std::string> blocked_;  ///< what nothing is written below
  std::set<std::string> cleared_;  ///< what goes with all that is in it
};

}  // namespace

Plan plan_copy(const Tree& source, const Tree& target, Existing existing, bool remove) {
  Planner planner(target, existing, remove);
  for (const auto& [path, entry] : source) planner.add(path, entry);
  if (remove) planner.remove_others(source);
  return std::move(planner.plan);
}

Spot spot_of(const std::string& word) {
  Spot spot;
  const auto colon = word.find(':');
  const auto slash = word.find('/');
  const bool far = colon != std::string::npos && (slash == std::string::npos || colon < slash);
  if (!far) {
    spot.path = word;
    return spot;
  }
  spot.here = false;
  spot.there.connection = word.substr(0, colon);
  spot.there.path = word.substr(colon + 1);
  if (spot.there.path.empty()) spot.there.path = "~";
  if (spot.there.path.front() != '/' && spot.there.path.front() != '~') spot.there.path.insert(0, "~/");
  return spot;
}

}  // namespace duotty::cli
