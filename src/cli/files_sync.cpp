// Trees on both sides, and the steps between them.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <duotty/base/part_name.hpp>
#include <duotty/base/text.hpp>
#include <duotty/record/json_members.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "files_tree.hpp"
#include "render.hpp"
#include "ssh_answers.hpp"
#include "terminal_commands.hpp"

namespace duotty::cli {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using record::integer_of;
using Kind = TreeEntry::Kind;
namespace fs = std::filesystem;

constexpr int kMostEntries = 50'000;
constexpr int kMostDepth = 1200;
constexpr const char* kTooDeep = "It is too deep: what is in it stays behind.";

std::string below(const std::string& top, const std::string& path) {
  if (path.empty()) return top;
  return top.ends_with('/') ? top + path : top + "/" + path;
}

/// What is at `path` here; links are not followed, but the top itself may be one.
Result<bool> add_here(const std::string& top, const std::string& path, int depth, Tree& tree, Unseen& unseen) {
  const std::string full = below(top, path);
  struct stat status {};
  if ((depth == 0 ? ::stat(full.c_str(), &status) : ::lstat(full.c_str(), &status)) != 0) {
    if (errno == ENOENT) return false;
    return cannot("look at", full);
  }
  const auto mode = status.st_mode;
  TreeEntry entry;
  entry.kind = S_ISREG(mode) ? Kind::file : S_ISDIR(mode) ? Kind::folder : S_ISLNK(mode) ? Kind::link : Kind::other;
  entry.size = static_cast<double>(status.st_size);
  entry.mtime = static_cast<double>(status.st_mtim.tv_sec) + static_cast<double>(status.st_mtim.tv_nsec) / 1e9;
  entry.mode = mode & 0777;
  tree.emplace(path, entry);
  if (entry.kind != Kind::folder) return true;
  if (depth >= kMostDepth) {
    unseen.folders.emplace_back(visible_line(path), kTooDeep);
    return true;
  }
  std::error_code failed;
  fs::directory_iterator at(full, failed);
  if (failed && depth > 0) {
    unseen.folders.emplace_back(visible_line(path), "It cannot be read: " + failed.message() + ".");
    return true;
  }
  // Closed before the next is opened: a tree may be deeper than a process may have files.
  std::vector<std::string> names;
  for (const fs::directory_iterator end; !failed && at != end; at.increment(failed)) {
    names.push_back(at->path().filename().string());
  }
  at = {};
  for (const std::string& name : names) {
    const std::string inner = path.empty() ? name : path + "/" + name;
    if (!base::is_utf8(name)) {
      unseen.names.emplace_back(visible_line(inner), "Its name is no UTF-8.");
      continue;
    }
    if (base::is_part_name(name)) continue;
    auto added = add_here(top, inner, depth + 1, tree, unseen);
    if (!added) return added;
  }
  if (failed) return Error(Errc::io, "Cannot read " + full + ": " + failed.message() + ".");
  return true;
}

TreeEntry entry_of(const Json& info) {
  const std::string kind = text_of(info, "kind");
  TreeEntry entry;
  entry.kind = kind == "file"     ? Kind::file
               : kind == "folder" ? Kind::folder
               : kind == "link"   ? Kind::link
                                  : Kind::other;
  entry.size = static_cast<double>(integer_of(info, "size"));
  entry.mtime = record::number_of(info, "mtime");
  entry.mode = static_cast<std::uint32_t>(std::strtoul(text_of(info, "mode").c_str(), nullptr, 8)) & 0777U;
  return entry;
}

/// What is in a folder there. The server is not trusted with names: they become paths here.
Task<Result<>> add_folder_there(Remote& remote, There top, std::string path, Tree& tree, Unseen& unseen,
                                std::vector<std::string>& more) {
  There folder = top;
  folder.path = below(top.path, path);
  Json params = folder.params();
  params["limit"] = kMostEntries;
  auto listed = co_await remote.call("files.list", std::move(params), {});
  if (!listed && !path.empty() && listed.error().code() == Errc::denied) {
    unseen.folders.emplace_back(visible_line(path), listed.error().message());
    co_return Result<>();
  }
  if (!listed) co_return listed.error();
  if (flag_of(*listed, "truncated")) co_return Error(Errc::limit_reached, folder.path + " has too many entries.");
  for (const auto& one : record::list_of(*listed, "entries")) {
    const std::string name = text_of(one, "name");
    const bool plain = !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos &&
                       name.find('\0') == std::string::npos;
    std::string inner = path.empty() ? name : path + "/" + name;
    if (!plain || one.contains("name_b64")) {
      unseen.names.emplace_back(visible_line(inner), "Its name cannot be used here.");
      continue;
    }
    if (base::is_part_name(name)) continue;
    const TreeEntry entry = entry_of(one);
    tree.emplace(inner, entry);
    if (entry.kind == Kind::folder) more.push_back(std::move(inner));
  }
  co_return Result<>();
}

/// Everything at a path there; false when there is nothing.
Task<Result<bool>> add_there(Remote& remote, There top, Tree& tree, Unseen& unseen) {
  auto found = co_await remote.call("files.stat", top.params(), {});
  if (!found && found.error().code() == Errc::not_found) co_return false;
  if (!found) co_return found.error();
  TreeEntry entry = entry_of(record::member_of(*found, "info"));
  if (entry.kind == Kind::link && text_of(record::member_of(*found, "info"), "target_kind") == "folder") {
    entry.kind = Kind::folder;
  }
  tree.emplace("", entry);
  std::vector<std::string> more;
  if (entry.kind == Kind::folder) more.emplace_back();
  while (!more.empty()) {
    std::string path = std::move(more.back());
    more.pop_back();
    if (std::count(path.begin(), path.end(), '/') >= kMostDepth - 1) {
      unseen.folders.emplace_back(visible_line(path), kTooDeep);
      continue;
    }
    auto added = co_await add_folder_there(remote, top, std::move(path), tree, unseen, more);
    if (!added) co_return added.error();
  }
  co_return true;
}

/// Does the steps of a plan and counts.
class Copying {
 public:
  Copying(Context& context, Remote& remote, There there, std::string here, bool upward, bool dry)
      : context_(context),
        remote_(remote),
        there_(std::move(there)),
        here_(std::move(here)),
        upward_(upward),
        dry_(dry) {}

  Task<Result<>> run(const Plan& plan, const Tree& source) {
    std::size_t number = 0;
    for (const Step& step : plan.steps) {
      ++number;
      const std::string label = fmt::format("[{}/{}] {}", number, plan.steps.size(), step.path);
      if (dry_) {
        tell(step);
        count(step);
        continue;
      }
      auto done = co_await take(step, source, label);
      if (done) {
        count(step);
      } else if (done.error().code() == Errc::closed || done.error().code() == Errc::unreachable) {
        co_return done;
      } else {
        fail(step.path, done.error().message());
      }
    }
    co_return Result<>();
  }

  void fail(const std::string& path, const std::string& why) {
    ++failed_;
    failures_.push_back({{"path", path}, {"reason", why}});
    context_.console.note((path.empty() ? "." : path) + ": " + why);
  }

  int finish(const Plan& plan) {
    for (const auto& path : plan.left_out) context_.console.note(path + ": It is no regular file and no folder.");
    if (context_.globals.json) {
      Json out = {{"copied", copied_}, {"bytes", bytes_},       {"made", made_},  {"removed", removed_},
                  {"failed", failed_}, {"failures", failures_}, {"dry_run", dry_}};
      out["unchanged"] = plan.unchanged;
      out["left_out"] = plan.left_out;
      context_.print_json(out);
    } else {
      context_.say(fmt::format("{}{} copied ({}), {} folders made, {} removed, {} unchanged{}.",
                               dry_ ? "Nothing was done. It would be: " : "", copied_, byte_count(bytes_), made_,
                               removed_, plan.unchanged, failed_ == 0 ? "" : fmt::format(", {} failed", failed_)));
    }
    return failed_ == 0 ? exit_status::ok : base::info(Errc::io).exit;
  }

 private:
  There there(const std::string& path) const { return {there_.connection, below(there_.path, path)}; }

  void tell(const Step& step) const {
    const char* word = step.kind == Step::Kind::make ? "make" : step.kind == Step::Kind::copy ? "copy" : "remove";
    if (!context_.globals.json) context_.console.out_line(fmt::format("{:6} {}", word, visible_line(step.path)));
  }

  void count(const Step& step) {
    ++(step.kind == Step::Kind::make ? made_ : step.kind == Step::Kind::copy ? copied_ : removed_);
  }

  Task<Result<>> take(const Step& step, const Tree& source, std::string label) {
    if (step.kind == Step::Kind::remove) {
      auto removing = upward_ ? remove_there(step.path) : remove_here(step.path);
      co_return co_await std::move(removing);
    }
    const TreeEntry& entry = source.at(step.path);
    if (step.kind == Step::Kind::make) {
      auto making = upward_ ? make_there(step.path) : make_here(step.path);
      co_return co_await std::move(making);
    }
    const Kept kept{entry.mtime, entry.mode};
    if (!upward_) {
      auto done = co_await download(context_, remote_, there(step.path), below(here_, step.path), label, kept);
      if (!done) co_return done.error();
      bytes_ += entry.size;
      co_return Result<>();
    }
    UploadHow how;
    how.conflict = "overwrite";
    how.label = std::move(label);
    how.kept = kept;
    auto done = co_await upload(context_, remote_, below(here_, step.path), there(step.path), how);
    if (!done) co_return done.error();
    bytes_ += entry.size;
    co_return Result<>();
  }

  Task<Result<>> make_here(std::string path) {
    const std::string full = below(here_, path);
    if (::mkdir(full.c_str(), 0777) != 0 && errno != EEXIST) co_return cannot("make", full);
    co_return Result<>();
  }
  Task<Result<>> make_there(std::string path) {
    auto done = co_await remote_.call("files.mkdir", there(path).params(), {});
    co_return done || done.error().code() == Errc::conflict ? Result<>() : Result<>(done.error());
  }
  Task<Result<>> remove_here(std::string path) {
    std::error_code failed;
    fs::remove_all(below(here_, path), failed);  // follows no link
    if (failed) co_return Error(Errc::io, "Cannot remove " + below(here_, path) + ": " + failed.message() + ".");
    co_return Result<>();
  }
  Task<Result<>> remove_there(std::string path) {
    Json params = there(path).params();
    params["recursive"] = true;
    auto done = co_await remote_.call("files.remove", std::move(params), {});
    if (!done) co_return done.error();
    if (integer_of(*done, "failed") == 0) co_return Result<>();
    co_return Error(Errc::io, "Not everything in it could be removed.");
  }

  Context& context_;
  Remote& remote_;
  There there_;
  std::string here_;
  bool upward_;
  bool dry_;
  std::size_t made_ = 0;
  std::size_t copied_ = 0;
  std::size_t removed_ = 0;
  std::size_t failed_ = 0;
  double bytes_ = 0;
  Json failures_ = Json::array();
};

Task<int> copy(Context& context, Remote& remote, const FilesOptions& options, There there, std::string here,
               bool upward, Existing existing) {
  Tree near;
  Tree far;
  Unseen unseen_here;
  Unseen unseen_there;
  const auto is_here = add_here(here, "", 0, near, unseen_here);
  if (!is_here) co_return context.fail(is_here.error());
  auto is_there = co_await add_there(remote, there, far, unseen_there);
  if (!is_there) co_return context.fail(is_there.error());
  if (!(upward ? *is_here : *is_there)) {
    co_return context.fail({Errc::not_found, "There is no " + (upward ? here : there.path) + " to copy."});
  }
  const Tree& source = upward ? near : far;
  const Unseen& left = upward ? unseen_here : unseen_there;
  const Unseen& hidden = upward ? unseen_there : unseen_here;
  if (!hidden.folders.empty()) {
    const auto& [path, why] = hidden.folders.front();
    co_return context.fail({Errc::denied, "What is in " + path + " where it goes is not known: " + why});
  }
  // What could not be seen of the source would look as if it were not there.
  const bool removing = options.remove && left.folders.empty();
  if (options.remove && !removing)
    context.console.note("Nothing is removed: not everything there is could be looked at.");
  const Plan plan = plan_copy(source, upward ? far : near, existing, removing);
  Copying copying(context, remote, std::move(there), std::move(here), upward, options.dry_run);
  for (const auto& [path, why] : left.folders) copying.fail(path, why);
  for (const auto& [path, why] : left.names) copying.fail(path, why);
  for (const auto& [path, why] : plan.problems) copying.fail(path, why);
  auto done = co_await copying.run(plan, source);
  if (!done) co_return context.fail(done.error());
  co_return copying.finish(plan);
}

}  // namespace

Task<int> copy_tree(Context& context, Remote& remote, const FilesOptions& options, There there, std::string here,
                    bool upward) {
  const Existing existing = options.force ? Existing::replace : Existing::keep;
  co_return co_await copy(context, remote, options, std::move(there), std::move(here), upward, existing);
}

Task<int> sync_command(Context& context, Remote& remote, const FilesOptions& options) {
  const Spot from = spot_of(options.first);
  const Spot to = spot_of(options.second);
  if (options.second.empty()) co_return context.fail({Errc::invalid_params, "Say where to: files sync SRC DST."});
  if (from.here == to.here) {
    const char* why = from.here ? "Name a host on one side: NAME:PATH without --on, or :PATH for the server's machine."
                                : "One side has to be here. transfer.start copies between hosts.";
    co_return context.fail({Errc::invalid_params, why});
  }
  const bool upward = from.here;
  co_return co_await copy(context, remote, options, upward ? to.there : from.there, upward ? from.path : to.path,
                          upward, Existing::compare);
}

}  // namespace duotty::cli
