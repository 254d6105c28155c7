#pragma once
// The one path of every call: find, authorise, run. Surfaces translate to and from it and hold no rule of their own.
#include <duotty/rpc/method.hpp>
#include <duotty/rpc/witness.hpp>

namespace duotty::rpc {

/// Runs methods of a table on behalf of callers. Loop thread only; outlives every call.
class Dispatcher {
 public:
  /// `witness` is told of every call of a known method; may be null.
  explicit Dispatcher(const Table& table, Witness* witness = nullptr) : table_(table), witness_(witness) {}

  /// Runs a call; a stream is refused with invalid_params. Here as below: method_not_found, unauthenticated or denied
  /// when there is no such method or the caller may not use it; an exception in a handler becomes Errc::internal and
  /// is logged with the method's name; cancellation passes through.
  Task<Result<Json>> call(std::string_view name, Call& call, Json params) const;
  /// Runs a stream; its last value is {"event":"end"}. A plain call is run and its result returned.
  Task<Result<Json>> stream(std::string_view name, Call& call, Json params, Sink& sink) const;

  /// Runs a duplex over `channel` until either side ends it. Errors come before anything was sent.
  Task<Result<>> duplex(std::string_view name, Call& call, Json params, core::Channel& channel) const;

  const Table& table() const noexcept { return table_; }

 private:
  template <class R, class Start>
  Task<R> run(std::string_view name, Call& call, Json params, Start start) const;
  Result<const Method*> find(std::string_view name) const;

  const Table& table_;
  Witness* witness_;
};

/// The body of every failed answer: {"error":{"code","message","field"?,"details"?},"detail":"<message>"}. `details`:
/// those of the call (Call::details).
Json error_body(const base::Error& error, const Json* details = nullptr);
/// The `error` member of a WebSocket frame: WinkTerm's numeric code and message, plus our name, field and details.
Json error_frame(const base::Error& error, const Json* details = nullptr);

}  // namespace duotty::rpc
