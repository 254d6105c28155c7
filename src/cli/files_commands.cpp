#include "files_commands.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <duotty/base/text.hpp>
#include <duotty/record/json_members.hpp>
#include <nlohmann/json.hpp>
#include <utility>

#include "files_copy.hpp"
#include "files_tree.hpp"
#include "render.hpp"
#include "ssh_answers.hpp"
#include "terminal_commands.hpp"

namespace duotty::cli {
namespace {

using base::Errc;
using base::Error;
using record::integer_of;
using record::text_of;

Json at_path(const FilesOptions& options, const std::string& path) {
  Json params = {{"path", path}};
  if (!options.connection.empty()) params["connection_id"] = options.connection;
  return params;
}

Task<int> list(Context& context, Remote& remote, const FilesOptions& options) {
  Json params = at_path(options, options.first);
  params["hidden"] = options.all;
  auto listed = co_await remote.call("files.list", std::move(params), {});
  if (!listed) co_return context.fail(listed.error());
  if (context.globals.json) {
    context.print_json(*listed);
    co_return exit_status::ok;
  }
  std::vector<std::vector<Cell>> rows;
  for (const auto& one : record::list_of(*listed, "entries")) {
    const std::string kind = text_of(one, "kind");
    const char* mark = kind == "folder" ? "/" : kind == "link" ? "@" : kind == "other" ? "=" : "";
    rows.push_back({{text_of(one, "mode"), ""},
                    {kind == "file" ? byte_count(static_cast<double>(integer_of(one, "size"))) : "", ""},
                    {base::replace_all(text_of(one, "modified").substr(0, 16), "T", " "), "2"},
                    {visible_line(text_of(one, "name")) + mark, kind == "folder" ? "1" : ""}});
  }
  if (rows.empty()) {
    context.say("The folder is empty.");
  } else {
    print_table(context, {"MODE", "SIZE", "MODIFIED (UTC)", "NAME"}, rows);
  }
  if (flag_of(*listed, "truncated")) context.console.note("There is more in it than is shown.");
  co_return exit_status::ok;
}

Task<int> cat(Context& context, Remote& remote, const FilesOptions& options) {
  const TakePiece take = [&context](std::string_view bytes) {
    context.console.out(bytes);
    return base::Result<>();
  };
  const There from{options.connection, options.first};
  auto done = co_await fetch(context, remote, from, name_of(options.first), take, {});
  if (!done) co_return context.fail(done.error());
  co_return exit_status::ok;
}

/// The path here: a folder gets the name that the file has there.
base::Result<std::string> target_here(const FilesOptions& options) {
  std::string target = options.second.empty() ? name_of(options.first) : options.second;
  struct stat there {};
  bool exists = ::stat(target.c_str(), &there) == 0;
  if (target.ends_with('/') && !exists && !options.recursive) {
    return Error(Errc::not_found, "There is no folder " + target + " here.");
  }
  if (exists && S_ISDIR(there.st_mode)) {
    target += (target.ends_with('/') ? "" : "/") + name_of(options.first);
    exists = ::lstat(target.c_str(), &there) == 0;
  }
  if (exists && !options.force && !(options.recursive && S_ISDIR(there.st_mode))) {
    return Error(Errc::conflict, target + " exists already. Name another file, or say --force.");
  }
  return target;
}

Task<int> get(Context& context, Remote& remote, const FilesOptions& options) {
  if (options.second == "-") co_return co_await cat(context, remote, options);
  const auto target = target_here(options);
  if (!target) co_return context.fail(target.error());
  const There from{options.connection, options.first};
  if (options.recursive) co_return co_await copy_tree(context, remote, options, from, *target, false);
  auto bytes = co_await download(context, remote, from, *target, name_of(options.first), {});
  if (!bytes) co_return context.fail(bytes.error());
  if (context.globals.json) {
    context.print_json({{"path", *target}, {"size", *bytes}});
  } else {
    context.say(*target + ", " + byte_count(static_cast<double>(*bytes)));
  }
  co_return exit_status::ok;
}

/// The path there: a folder gets the name that the file has here.
Task<std::string> target_of(Remote& remote, const FilesOptions& options) {
  const std::string name = name_of(options.first);
  if (options.second.empty()) co_return "~/" + name;
  if (options.second.ends_with('/')) co_return options.second + name;
  auto info = co_await remote.call("files.stat", at_path(options, options.second), {});
  const bool folder = info && (text_of(record::member_of(*info, "info"), "kind") == "folder" ||
                               text_of(record::member_of(*info, "info"), "target_kind") == "folder");
  co_return folder ? options.second + "/" + name : options.second;
}

Task<int> put(Context& context, Remote& remote, const FilesOptions& options) {
  const bool piped = options.first == "-";
  const bool named = !options.second.empty() && !options.second.ends_with('/');
  if (piped && (!named || options.recursive)) {
    co_return context.fail({Errc::invalid_params, "Say which file standard input becomes: files put - NAME:PATH."});
  }
  std::string target = options.second;
  if (!piped) target = co_await target_of(remote, options);
  if (!base::is_utf8(target)) {
    co_return context.fail(
        {Errc::invalid_params,
         visible_line(options.first) + " has a name that is no UTF-8. Say what it is to be called there."});
  }
  const There to{options.connection, std::move(target)};
  if (options.recursive) co_return co_await copy_tree(context, remote, options, to, options.first, true);
  UploadHow how;
  how.conflict = options.force ? "overwrite" : "fail";
  auto sending = piped ? upload_input(context, remote, to, how) : upload(context, remote, options.first, to, how);
  auto done = co_await std::move(sending);
  if (!done && done.error().code() == Errc::conflict && !options.force) {
    co_return context.fail({Errc::conflict, done.error().message() + " --force replaces it."});
  }
  if (!done) co_return context.fail(done.error());
  if (context.globals.json) {
    context.print_json(*done);
  } else {
    context.say(visible_line(text_of(*done, "path")) + ", " +
                byte_count(static_cast<double>(integer_of(*done, "size"))));
  }
  co_return exit_status::ok;
}

Task<int> remove_path(Context& context, Remote& remote, const FilesOptions& options) {
  Json params = at_path(options, options.first);
  params["recursive"] = options.recursive;
  auto done = co_await remote.call("files.remove", std::move(params), {});
  if (!done) co_return context.fail(done.error());
  const auto failed = integer_of(*done, "failed");
  if (context.globals.json) {
    context.print_json(*done);
  } else {
    for (const auto& one : record::list_of(*done, "failures")) {
      context.console.note(text_of(one, "path") + ": " + text_of(one, "reason"));
    }
    context.say("Removed " + std::to_string(integer_of(*done, "removed")) + ".");
  }
  co_return failed == 0 ? exit_status::ok : base::info(Errc::io).exit;
}

}  // namespace

std::string progress_line(const std::string& name, double before, double done, double size, double seconds,
                          int columns) {
  const double part = size > 0 ? std::min(1.0, done / size) : 0;
  const double rate = seconds > 0 ? std::max(0.0, done - before) / seconds : 0;
  const std::string left = rate > 0 && size > done ? short_duration((size - done) / rate) + " left" : "";
  const std::string facts =
      fmt::format(" {:3.0f}%  {:>10}  {:>10}/s  {}", part * 100, byte_count(done), byte_count(rate), left);
  const int room = columns - static_cast<int>(facts.size()) - 1;
  if (room < 12) return fit(visible_line(name) + facts, std::max(columns - 1, 1));
  const int bar = std::clamp(room / 2, 4, 30);
  const int full = static_cast<int>(part * bar);
  return fit(visible_line(name), room - bar - 3) + " [" + std::string(static_cast<std::size_t>(full), '=') +
         std::string(static_cast<std::size_t>(bar - full), ' ') + "]" + facts;
}

namespace {

/// What a path there names: NAME:PATH says the host too.
void locate(FilesOptions& options, std::string& word) {
  if (!options.connection.empty() || word.starts_with('/') || word.starts_with('~')) return;
  const Spot spot = spot_of(word);
  if (spot.here) return;
  options.connection = spot.there.connection;
  word = spot.there.path;
}

Task<int> one_of(Context& context, Remote& remote, FilesOptions options) {
  if (options.action == "sync") co_return co_await sync_command(context, remote, options);
  if (options.action == "edit") co_return co_await edit_command(context, remote, options);
  locate(options, options.action == "put" ? options.second : options.first);
  if (options.action == "ls") co_return co_await list(context, remote, options);
  if (options.action == "get") co_return co_await get(context, remote, options);
  if (options.action == "put") co_return co_await put(context, remote, options);
  if (options.action == "cat") co_return co_await cat(context, remote, options);
  co_return co_await remove_path(context, remote, options);
}

}  // namespace

Task<int> files_command(Context& context, Remote& server, FilesOptions options) {
  Answering remote(context, server);
  std::vector<std::string> from = std::exchange(options.words, {});
  const bool copies = options.action == "get" || options.action == "put";
  const bool pairs = copies || options.action == "sync";
  if (pairs && from.size() > 1) {
    options.second = std::move(from.back());
    from.pop_back();
  }
  if (from.size() > 1 && (options.action == "sync" || options.action == "edit")) {
    co_return context.fail({Errc::invalid_params, "\"" + from.back() + "\" is one argument too many."});
  }
  // What several files go into is a folder.
  if (copies && from.size() > 1 && options.second != "-" && !options.second.ends_with('/')) options.second += '/';
  int status = exit_status::ok;
  for (const std::string& word : from) {
    FilesOptions one = options;
    one.first = word;
    if (from.size() > 1 && one.action == "ls" && !context.globals.json) context.say(visible_line(word) + ":");
    const int ended = co_await one_of(context, remote, std::move(one));
    if (status == exit_status::ok) status = ended;
  }
  co_return status;
}

}  // namespace duotty::cli
