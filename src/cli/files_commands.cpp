#include "files_commands.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <duotty/base/text.hpp>
#include <duotty/record/json_members.hpp>
#include <nlohmann/json.hpp>

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
  auto done = co_await fetch(context, remote, from, name_of(options.first), take);
  if (!done) co_return context.fail(done.error());
  co_return exit_status::ok;
}

/// The path here: a folder gets the name that the file has there.
base::Result<std::string> target_here(const FilesOptions& options) {
  std::string target = options.second.empty() ? name_of(options.first) : options.second;
  struct stat there {};
  bool exists = ::stat(target.c_str(), &there) == 0;
  if (exists && S_ISDIR(there.st_mode)) {
    target += "/" + name_of(options.first);
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
  std::string target = co_await target_of(remote, options);
  const There to{options.connection, std::move(target)};
  if (options.recursive) co_return co_await copy_tree(context, remote, options, to, options.first, true);
  UploadHow how;
  how.conflict = options.force ? "overwrite" : "fail";
  auto done = co_await upload(context, remote, options.first, to, how);
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

std::string progress_line(const std::string& name, double done, double size, double seconds, int columns) {
  const double part = size > 0 ? std::min(1.0, done / size) : 0;
  const double rate = seconds > 0 ? done / seconds : 0;
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

Task<int> files_command(Context& context, Remote& server, FilesOptions options) {
  Answering remote(context, server);
  if (options.action == "ls") co_return co_await list(context, remote, options);
  if (options.action == "get") co_return co_await get(context, remote, options);
  if (options.action == "put") co_return co_await put(context, remote, options);
  if (options.action == "cat") co_return co_await cat(context, remote, options);
  if (options.action == "sync") co_return co_await sync_command(context, remote, options);
  if (options.action == "edit") co_return co_await edit_command(context, remote, options);
  co_return co_await remove_path(context, remote, options);
}

}  // namespace duotty::cli
