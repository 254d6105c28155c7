#pragma once
// Who looks on: the dispatcher tells a witness of every call of a known method, whatever surface it came from.
#include <duotty/rpc/method.hpp>

namespace duotty::rpc {

/// A call under way, as its witness keeps it. One that goes without having been told its end was cancelled.
class Witnessed {
 public:
  virtual ~Witnessed() = default;
  /// The call has ended: `outcome` is "ok" or the name of the error, `result` what was answered, null when nothing was.
  virtual void ended(std::string_view outcome, const Json* result) = 0;
};

/// Outlives the dispatcher and every call.
class Witness {
 public:
  virtual ~Witness() = default;
  /// A call that its caller may make is about to run. Null: of no interest, its end need not be told.
  virtual std::unique_ptr<Witnessed> begins(const Method& method, const Call& call, const Json& params) = 0;
  /// A call that its caller has no scope for; it does not run. `why` is unauthenticated or denied.
  virtual void refused(const Method& method, const Call& call, const Json& params, const base::Error& why) = 0;
};

}  // namespace duotty::rpc
