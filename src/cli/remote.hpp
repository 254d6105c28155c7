#pragma once
// The server as commands see it.
#include <duotty/base/error.hpp>
#include <duotty/core/task.hpp>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace duotty::cli {

using Json = nlohmann::json;
using core::Task;

/// Called with the data of each progress frame: live output of a call, an item of a stream.
using OnProgress = std::function<void(const Json& data)>;

/// Calls methods. Calls may overlap. Loop thread only.
class Remote {
 public:
  virtual ~Remote() = default;
  /// Runs a method to its end. Errors are the server's, or closed/protocol when the connection breaks. Cancelling the
  /// coroutine takes the request back.
  virtual Task<base::Result<Json>> call(std::string method, Json params, OnProgress on_progress) = 0;
  /// The facts that the server gave beside `error`, if that is what it answered last; else null.
  virtual const Json* details_of(const base::Error& error) const;
  /// Ends the connection. Calls under way fail with closed.
  virtual Task<> close() = 0;
};

}  // namespace duotty::cli
