#include "spawn_error.hpp"

#include <cerrno>
#include <cstring>
#include <duotty/base/text.hpp>

#include "ring_layout.hpp"

namespace duotty::pty {

using base::Errc;
using base::Error;

namespace {
/// Whether the system lacks something, so that the same request may work later. All else is in the request: a program
/// or a directory that is not there, or that this account may not use.
bool system_lacks(int error) {
  return error == ENOMEM || error == EAGAIN || error == EMFILE || error == ENFILE || error == EIO;
}

Error of_request(const std::string& sentence, int error, const char* field) {
  return Error(system_lacks(error) ? Errc::spawn_failed : Errc::invalid_params, sentence, field);
}

std::string shown(const std::string& text) {
  return base::shorten(base::to_valid_utf8(text), 200);
}
}  // namespace

Error spawn_error(const SpawnRequest& request, const wire::SpawnFailed& failure) {
  const std::string reason = std::string(std::strerror(failure.error)) + ".";
  const std::string program = request.argv.empty() ? std::string() : shown(request.argv.front());
  switch (failure.step) {
    case wire::Step::directory:
      return of_request("Cannot start in " + shown(request.cwd) + ": " + reason, failure.error, "cwd");
    case wire::Step::exec:
      return of_request("Cannot run the command " + program + ": " + reason, failure.error, "command");
    case wire::Step::pty:
      return Error(Errc::spawn_failed, "The system gives no further terminal: " + reason);
    case wire::Step::ring:
      return Error(Errc::spawn_failed, "Cannot keep the output of a further terminal: " + reason);
    case wire::Step::fork:
      return Error(Errc::spawn_failed, "The system starts no further process: " + reason);
    case wire::Step::session:
      return Error(Errc::spawn_failed, "Cannot prepare the terminal: " + reason);
    case wire::Step::request:
    case wire::Step::count:
      break;
  }
  if (failure.error == EEXIST) return Error(Errc::conflict, "There is a terminal with the id " + request.id + ".");
  if (failure.error == ECANCELED) return Error(Errc::closed, "duotty is stopping: no terminal can be started.");
  return Error(Errc::invalid_params, "The keeper refuses the request to start " + program + ": " + reason);
}

std::optional<Error> refuse_spawn(const SpawnRequest& request) {
  if (!wire::valid_id(request.id))
    return Error(Errc::invalid_params, "A terminal's id has 1 to 64 characters of A-Z a-z 0-9 _ -.", "id");
  if (request.argv.empty() || request.argv.front().empty())
    return Error(Errc::invalid_params, "The command names no program.", "command");
  if (request.size.cols == 0) return Error(Errc::invalid_params, "cols must be at least 1.", "cols");
  if (request.size.rows == 0) return Error(Errc::invalid_params, "rows must be at least 1.", "rows");
  if (!request.cwd.starts_with('/')) return Error(Errc::invalid_params, "cwd must be an absolute path.", "cwd");
  if (!valid_capacity(request.ring_capacity))
    return Error(Errc::invalid_params, "The ring's capacity must be a power of two from 4 KiB to 1 GiB.");
  if (request.meta.size() > kMaxMeta) return Error(Errc::too_large, "A terminal's meta is limited to 32 KiB.");
  return std::nullopt;
}

}  // namespace duotty::pty
