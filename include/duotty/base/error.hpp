#pragma once
// What can fail, and how it is said. One closed set of codes serves every surface; the message is a sentence for a
// person that names the thing and says what to do. Exceptions are for bugs and exhaustion only.
#include <boost/system/result.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace duotty::base {

/// Every way an operation can fail. The row of each (wire name, HTTP status, JSON-RPC code, exit code) is in
/// errc_table.cpp.
enum class Errc {
  internal,           ///< our own fault; says nothing of the request
  invalid_params,     ///< a parameter is missing, of the wrong type or out of bounds (400)
  invalid_json,       ///< the body is not JSON (400)
  not_found,          ///< no such route or thing (404)
  terminal_not_found, ///< no terminal of that id or name (404)
  method_not_found,   ///< no method of that name (404)
  method_not_allowed, ///< the path exists, the verb does not (405)
  conflict,           ///< the state does not allow it: a name is taken, a revision is old (409)
  gone,               ///< the thing has ended (410)
  busy,               ///< another command holds the terminal (409)
  timeout,            ///< the deadline passed (504)
  cancelled,          ///< the caller took it back (499)
  denied,             ///< the caller is known but may not (403)
  unauthenticated,    ///< the caller is not known (401)
  not_configured,     ///< the capability needs a setting first (503)
  too_large,          ///< a body, frame or field is over its limit (413)
  unsupported_media,  ///< a body of a type we do not take (415)
  rate_limited,       ///< too many attempts (429)
  headers_too_large,  ///< the request's header block is over its limit (431)
  limit_reached,      ///< a count is at its limit: terminals, viewers, connections (429)
  spawn_failed,       ///< the program could not be started (500)
  io,                 ///< the operating system refused (500)
  closed,             ///< the peer or stream has ended (499)
  protocol,           ///< a peer broke its protocol (502)
  unsupported,        ///< understood, but not available here (501)
  upstream,           ///< a server we depend on answered with an error (502)
  unreachable,        ///< a server we depend on could not be reached (502)
  busy_user,          ///< a person types in the terminal or has taken control of it (409)
  ssh_unavailable,    ///< the server has no SSH (503)
  awaiting_auth,      ///< a host asks something while signing in; ssh.answer goes on (409)
};

/// One row of the error table.
struct ErrcInfo {
  Errc code;
  const char* name;  ///< `error.code` on the wire
  int http;          ///< HTTP status, also WinkTerm's `error.code` number on the WebSocket
  int json_rpc;      ///< JSON-RPC 2.0 code
  int exit;          ///< exit status of the CLI
};

/// The row of a code. Never fails.
const ErrcInfo& info(Errc code) noexcept;
/// The code of a wire name, or Errc::internal when the name is unknown.
Errc errc_from_name(std::string_view name) noexcept;

/// A failure: a code for programs, a sentence for people, and the field it is about (may be empty).
class Error {
 public:
  Error() : Error(Errc::internal, "Something went wrong inside duotty.") {}
  Error(Errc code, std::string message, std::string field = {})
      : code_(code), message_(std::move(message)), field_(std::move(field)) {}

  Errc code() const noexcept { return code_; }
  const std::string& message() const noexcept { return message_; }
  /// The parameter the error is about, as a path (`env.PATH`), or empty.
  const std::string& field() const noexcept { return field_; }
  const char* name() const noexcept { return info(code_).name; }
  int http_status() const noexcept { return info(code_).http; }

 private:
  Errc code_;
  std::string message_;
  std::string field_;
};

/// A value or an Error. `Result<>` is success without a value.
template <class T = void>
using Result = boost::system::result<T, Error>;

/// Called by boost::system::result when .value() meets an error: a bug in the caller.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

}  // namespace duotty::base
