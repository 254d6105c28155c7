#include "sftp_removal.hpp"

#include <sys/stat.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <duotty/base/random.hpp>
#include <duotty/base/text.hpp>
#include <duotty/files/paths.hpp>

namespace duotty::files {
namespace {

using base::Errc;
using base::Error;
using core::asio::experimental::awaitable_operators::operator&&;

/// Folders within folders that are gone into.
constexpr int kMostDepth = 2000;
/// Longer paths are made short again, as a path has its limit.
constexpr std::size_t kLongPath = 1024;
/// Of the name that the first folder has had: who finds it after the connection broke knows what it is.
constexpr std::size_t kMostOfName = 200;
constexpr std::size_t kRandom = 6;

bool is_folder(const sftp::Attributes& attributes) {
  return S_ISDIR(attributes.mode.value_or(S_IFREG));
}

std::string aside_of(const std::string& path, const std::string& top) {
  const std::string random = "removing-" + base::hex_encode(base::random_bytes(kRandom));
  if (!top.empty()) return inside(path.size() > kLongPath ? top : folder_of(path), random);
  std::string name = name_of(path);
  if (name.size() > kMostOfName) name.resize(kMostOfName);
  return inside(folder_of(path), name + "." + random);
}

}  // namespace

Task<Result<Removal>> SftpRemoval::run(std::string path) {
  auto gone = co_await remove(path, path, 0);
  if (!gone && !client_.alive()) {
    const bool renamed = !top_.empty() && top_ != path;
    const std::string left = renamed ? " What is left of it is called " + name_of(top_) + "." : "";
    co_return Error(gone.error().code(), gone.error().message() + left);
  }
  if (!gone) removal_.fail(path, gone.error().message());
  co_return std::move(removal_);
}

Task<Result<>> SftpRemoval::remove(std::string path, std::string shown, int depth) {
  if (depth >= kMostDepth) co_return Error(Errc::io, "It is too deep.");
  const std::string aside = aside_of(path, top_);
  auto moved = co_await client_.rename(path, aside, false);
  if (!moved && (!client_.alive() || moved.error().code() == Errc::not_found)) co_return moved;
  // Where nothing may be renamed, the folder stays anyway, but what is in it can go.
  const std::string& now = moved ? aside : path;
  if (top_.empty()) top_ = now;
  auto there = co_await client_.lstat(now);
  if (!there) co_return there.error();
  Result<> gone;
  if (is_folder(*there)) {
    gone = co_await remove_inside(now, shown, depth);
    if (gone) gone = co_await client_.rmdir(now);
  } else {
    gone = co_await client_.remove(now);
  }
  if (gone) {
    ++removal_.removed;
    co_return gone;
  }
  std::string why = base::replace_all(gone.error().message(), now, shown);
  if (moved && client_.alive()) {
    auto back = co_await client_.rename(aside, path, false);
    if (!back) why += " It is called " + name_of(aside) + " now.";
  }
  co_return Error(gone.error().code(), std::move(why));
}

Task<Result<>> SftpRemoval::remove_inside(const std::string& path, const std::string& shown, int depth) {
  auto names = co_await client_.list(path, kMostEntries);
  if (!names) co_return names.error();
  // What the listing calls a folder may be a link by now, and the other way round: only what is no folder goes unasked,
  // as that removes no folder and follows no link.
  std::vector<std::string> plain;
  std::vector<std::string> others;
  for (sftp::Name& one : names->entries) {
    const bool asked = !one.attributes.mode || is_folder(one.attributes);
    (asked ? others : plain).push_back(std::move(one.name));
  }
  std::size_t next = 0;
  const auto some = [&] { return remove_plain(path, plain, next, others); };
  auto all = some() && some() && some() && some() && some() && some() && some() && some();
  co_await std::move(all);
  for (const std::string& name : others) {
    auto gone = co_await remove_other(inside(path, name), inside(shown, name), depth + 1);
    if (gone) continue;
    if (!client_.alive()) co_return gone;
    removal_.fail(inside(shown, name), base::replace_all(gone.error().message(), path, shown));
  }
  co_return Result<>();
}

/// One of several that take the names from `next` on. What is not removed is left to `others`.
Task<> SftpRemoval::remove_plain(const std::string& path, const std::vector<std::string>& names, std::size_t& next,
                                 std::vector<std::string>& others) {
  while (next < names.size() && client_.alive()) {
    const std::string& name = names[next++];
    auto gone = co_await client_.remove(inside(path, name));
    if (gone) {
      ++removal_.removed;
    } else {
      others.push_back(name);
    }
  }
}

Task<Result<>> SftpRemoval::remove_other(std::string path, std::string shown, int depth) {
  auto there = co_await client_.lstat(path);
  if (!there) co_return there.error();
  if (is_folder(*there)) co_return co_await remove(std::move(path), std::move(shown), depth);
  auto gone = co_await client_.remove(std::move(path));
  if (gone) ++removal_.removed;
  co_return gone;
}

}  // namespace duotty::files
