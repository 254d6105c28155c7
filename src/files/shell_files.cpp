#include <duotty/files/shell_files.hpp>

#include <algorithm>
#include <duotty/base/text.hpp>
#include <duotty/files/paths.hpp>

#include "shell_file.hpp"

namespace duotty::files {
namespace {

using base::Errc;
using base::Error;

Error unclear(const std::string& path) {
  return {Errc::protocol, "The host does not say what " + shown(path) + " is."};
}

/// A path that the host has printed as a line.
Result<std::string> path_of(std::string line) {
  if (line.ends_with('\n')) line.pop_back();
  if (!line.starts_with('/')) return unclear(line);
  return absolute_path(line, "/");
}

Result<> nothing(const Result<std::string>& answer) {
  return answer ? Result<>() : Result<>(answer.error());
}

}  // namespace

ShellFiles::ShellFiles(boost::asio::any_io_executor executor, OpenShell open)
    : shells_(std::make_shared<Shells>(std::move(executor), std::move(open))) {}

Task<Result<>> ShellFiles::start() {
  co_return co_await shells_->start();
}

Task<Result<std::vector<std::string>>> ShellFiles::roots() {
  std::vector<std::string> out = {shells_->home()};
  if (out.front() != "/") out.emplace_back("/");
  co_return out;
}

Task<Result<std::string>> ShellFiles::resolve(std::string path, bool real) {
  auto full = absolute_path(path, shells_->home());
  if (!full || !real) co_return full;
  auto line = co_await shells_->done(request_of("f_real", *full), *full);
  if (!line) co_return line.error();
  co_return path_of(std::move(*line));
}

Task<Result<Info>> ShellFiles::stat(std::string path, bool follow) {
  auto full = absolute_path(path, shells_->home());
  if (!full) co_return full.error();
  auto line = co_await shells_->done(request_of("f_stat", follow ? "-L" : "", *full), *full);
  if (!line) co_return line.error();
  const auto found = parse_found(base::trim(*line), now_s());
  if (!found) co_return unclear(*full);
  co_return found->info;
}

Task<Result<std::string>> ShellFiles::link_target(std::string path) {
  auto full = absolute_path(path, shells_->home());
  if (!full) co_return full.error();
  auto answer = co_await shells_->ask(request_of("f_link", *full));
  if (!answer) co_return answer.error();
  if (answer->is(Verdict::other_kind)) co_return Error(Errc::invalid_params, shown(*full) + " is no link.", "path");
  if (!answer->is(Verdict::done)) co_return error_of(*answer, *full);
  if (answer->body.ends_with('\n')) answer->body.pop_back();
  co_return std::move(answer->body);
}

Task<Result<Listing>> ShellFiles::list(std::string path, std::size_t most) {
  auto full = absolute_path(path, shells_->home());
  if (!full) co_return full.error();
  auto answer = co_await shells_->ask(request_of("f_list", *full), kLater);
  if (!answer) co_return answer.error();
  if (answer->is(Verdict::other_kind)) co_return Error(Errc::invalid_params, shown(*full) + " is no folder.", "path");
  if (!answer->is(Verdict::done)) co_return error_of(*answer, *full);
  auto entries = parse_entries(answer->body, now_s());
  if (!entries) co_return unclear(*full);
  Listing listing;
  listing.entries = std::move(*entries);
  most = std::min(most, kMostEntries);
  listing.complete = listing.entries.size() <= most;
  std::sort(listing.entries.begin(), listing.entries.end(),
            [](const Entry& a, const Entry& b) { return a.name < b.name; });
  if (!listing.complete) listing.entries.resize(most);
  co_return listing;
}

Task<Result<std::unique_ptr<File>>> ShellFiles::open(std::string path, Open how, std::uint32_t mode) {
  auto full = absolute_path(path, shells_->home());
  if (!full) co_return full.error();
  std::string request;
  if (how == Open::create) {
    request = request_of("f_make", *full, umask_for(mode));
  } else {
    request = request_of(how == Open::read ? "f_readable" : "f_writable", *full);
  }
  auto answer = co_await shells_->ask(std::move(request));
  if (!answer) co_return answer.error();
  const auto found = parse_found(base::trim(answer->body), now_s());
  if (found && found->info.kind != Kind::file) {
    co_return Error(Errc::invalid_params,
                    shown(*full) + (found->info.kind == Kind::folder ? " is a folder." : " is no regular file."),
                    "path");
  }
  if (!answer->is(Verdict::done)) co_return error_of(*answer, *full);
  if (!found) co_return unclear(*full);
  std::unique_ptr<File> file = std::make_unique<ShellFile>(shells_, std::move(*full), *found, how == Open::read);
  co_return file;
}

Task<Result<>> ShellFiles::mkdir(std::string path) {
  auto full = absolute_path(path, shells_->home());
  if (!full) co_return full.error();
  auto done = co_await shells_->done(request_of("f_mkdir", *full), *full);
  co_return nothing(done);
}

Task<Result<>> ShellFiles::mark_folder(std::string path, Marks marks) {
  auto full = absolute_path(path, shells_->home());
  if (!full) co_return full.error();
  co_return co_await mark_path(*shells_, std::move(*full), marks);
}

Task<Result<>> ShellFiles::rename(std::string from, std::string to, bool over) {
  auto source = absolute_path(from, shells_->home());
  if (!source) co_return source.error();
  auto target = absolute_path(to, shells_->home());
  if (!target) co_return target.error();
  auto answer = co_await shells_->ask(request_of("f_rename", *source, *target, over ? "over" : ""));
  if (!answer) co_return answer.error();
  if (answer->is(Verdict::exists)) co_return Error(Errc::conflict, shown(*target) + " exists already.", "to");
  if (answer->is(Verdict::no_folder)) {
    co_return Error(Errc::not_found, "There is no folder " + shown(folder_of(*target)) + " on the host.", "to");
  }
  if (!answer->is(Verdict::done)) co_return error_of(*answer, *source);
  co_return Result<>();
}

Task<Result<>> ShellFiles::remove(std::string path) {
  auto full = absolute_path(path, shells_->home());
  if (!full) co_return full.error();
  auto done = co_await shells_->done(request_of("f_remove", *full), *full);
  co_return nothing(done);
}

Task<Result<Removal>> ShellFiles::remove_tree(std::string path) {
  auto full = absolute_path(path, shells_->home());
  if (!full) co_return full.error();
  if (*full == "/" || *full == shells_->home()) co_return Error(Errc::denied, shown(*full) + " stays.", "path");
  auto body = co_await shells_->done(request_of("f_remove_tree", *full), *full, kLater);
  if (!body) co_return body.error();
  auto removal = parse_removal(*body, *full);
  if (!removal) co_return unclear(*full);
  co_return std::move(*removal);
}

}  // namespace duotty::files
