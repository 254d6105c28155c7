// A file there in the person's own editor.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <duotty/base/unique_fd.hpp>
#include <duotty/core/offload.hpp>
#include <duotty/core/replace_file.hpp>
#include <duotty/record/json_members.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "files_tree.hpp"
#include "render.hpp"
#include "terminal_commands.hpp"

namespace duotty::cli {
namespace {

using base::Errc;
using base::Error;
using base::Result;
namespace fs = std::filesystem;

/// A private folder with the text; it goes, unless the text is to be kept.
class Draft {
 public:
  static Result<Draft> make(const Environment& environment, const std::string& name) {
    const std::string where = environment.get("TMPDIR").empty() ? "/tmp" : environment.get("TMPDIR");
    std::string folder = where + "/duotty-edit-XXXXXX";
    if (::mkdtemp(folder.data()) == nullptr) return cannot("make", folder);
    return Draft(folder, folder + "/" + (name.empty() || name == "." || name == ".." || name == "~" ? "text" : name));
  }
  Draft(Draft&& other) noexcept : folder_(std::exchange(other.folder_, {})), path_(std::move(other.path_)) {}
  Draft& operator=(Draft&&) = delete;
  Draft(const Draft&) = delete;
  ~Draft() {
    std::error_code ignored;
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
  }
  const std::string& path() const { return path_; }
  void keep() { folder_.clear(); }
  std::string text() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  Draft(std::string folder, std::string path) : folder_(std::move(folder)), path_(std::move(path)) {}
  std::string folder_;
  std::string path_;
};

/// Runs the editor as the shell would; its exit status.
Result<int> run_editor(const std::string& editor, const std::string& path) {
  const std::string line = editor + " \"$1\"";
  const pid_t child = ::fork();
  if (child < 0) return cannot("start", editor);
  if (child == 0) {
    for (const int signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE}) ::signal(signal, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execl("/bin/sh", "sh", "-c", line.c_str(), "sh", path.c_str(), nullptr);
    ::_exit(127);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return cannot("wait for", editor);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string editor_of(const Environment& environment) {
  for (const char* name : {"VISUAL", "EDITOR"}) {
    if (std::string value = environment.get(name); !value.empty()) return value;
  }
  return "vi";
}

/// The file there into one here, empty when there is none; its etag, empty likewise.
Task<Result<std::string>> read_into(Context& context, Remote& remote, There from, std::string path) {
  const base::UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) co_return cannot("write", path);
  const TakePiece take = [&](std::string_view bytes) -> Result<> {
    return core::write_all(file.get(), bytes) ? Result<>() : cannot("write", path);
  };
  auto etag = co_await fetch(context, remote, from, name_of(from.path), take, {});
  if (!etag && etag.error().code() == Errc::not_found) co_return std::string();
  co_return etag;
}

/// What was edited is not lost, whatever else went wrong.
int fail_keeping(Context& context, Draft& draft, const Error& error) {
  draft.keep();
  return context.fail({error.code(), error.message() + " Your text is in " + draft.path() + "."});
}

}  // namespace

Task<int> edit_command(Context& context, Remote& remote, const FilesOptions& options) {
  There file{options.connection, options.first};
  if (const Spot spot = spot_of(options.first); !spot.here && options.connection.empty()) file = spot.there;
  auto draft = Draft::make(context.environment, name_of(file.path));
  if (!draft) co_return context.fail(draft.error());
  auto etag = co_await read_into(context, remote, file, draft->path());
  if (!etag) co_return context.fail(etag.error());
  const std::string before = draft->text();
  core::Offload offload;
  const auto edit = [editor = editor_of(context.environment), path = draft->path()] {
    return run_editor(editor, path);
  };
  auto ended = co_await offload.run(edit);
  if (!ended) co_return fail_keeping(context, *draft, ended.error());
  const bool changed = draft->text() != before;
  if (*ended != 0) {
    const Error error(Errc::cancelled, "The editor ended with " + std::to_string(*ended) + ": nothing was written.");
    co_return changed ? fail_keeping(context, *draft, error) : context.fail(error);
  }
  if (!changed) {
    context.say("Nothing was changed.");
    co_return exit_status::ok;
  }
  UploadHow how;
  how.conflict = etag->empty() ? "fail" : "overwrite";
  how.if_match = *etag;
  auto done = co_await upload(context, remote, draft->path(), file, how);
  if (!done) co_return fail_keeping(context, *draft, done.error());
  if (context.globals.json) {
    context.print_json(*done);
  } else {
    context.say("Wrote " + visible_line(record::text_of(*done, "path")) + ".");
  }
  co_return exit_status::ok;
}

}  // namespace duotty::cli
