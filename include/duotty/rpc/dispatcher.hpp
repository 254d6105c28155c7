#pragma once
// The one path of every call: find, authorise, run. Surfaces translate to and from it and hold no rule of their own.
#include <duotty/rpc/method.hpp>

namespace duotty::rpc {

/// Runs methods of a table on behalf of callers. Loop thread only; outlives every call.
class Dispatcher {
 public:
  explicit Dispatcher(const Table& table) : table_(table) {}

  /// The method, when it exists and `caller` may use it: method_not_found, unauthenticated or denied otherwise.
  Result<const Method*> authorise(std::string_view name, const Caller& caller) const;
  /// Runs a call; a stream is refused with invalid_params. An exception in a handler becomes Errc::internal and is
  /// logged with the method's name; cancellation passes through.
  Task<Result<Json>> call(std::string_view name, Call& call, Json params) const;
  /// Runs a stream; its last value is {"event":"end"}. A plain call is run and its result returned.
  Task<Result<Json>> stream(std::string_view name, Call& call, Json params, Sink& sink) const;

  /// Runs a duplex over `channel` until either side ends it. Errors come before anything was sent.
  Task<Result<>> duplex(std::string_view name, Call& call, Json params, core::Channel& channel) const;

  const Table& table() const noexcept { return table_; }

 private:
  const Table& table_;
};

/// The body of every failed answer: {"error":{"code","message","field"?},"detail":"<message>"}.
Json error_body(const base::Error& error);
/// The `error` member of a WebSocket frame: WinkTerm's numeric code and message, plus our name and field.
Json error_frame(const base::Error& error);

}  // namespace duotty::rpc
