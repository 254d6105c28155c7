#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <duotty/base/text.hpp>
#include <duotty/core/log.hpp>
#include <duotty/rpc/dispatcher.hpp>
#include <nlohmann/json.hpp>

namespace duotty::rpc {
namespace {

base::Error internal(const std::string& method, const std::exception& bug) {
  core::log_error("{}: {}", method, bug.what());
  return {base::Errc::internal, "Something went wrong inside duotty while running " + method + ". It has been logged."};
}

/// Nothing when `caller` may use the method.
Result<> permit(const Method& method, const Caller& caller) {
  if (method.spec.scope == Scope::none || caller.has(method.spec.scope)) return {};
  if (caller.kind == Caller::Kind::anonymous) {
    return base::Error(base::Errc::unauthenticated,
                       "Sign in, or send a token: Authorization: Bearer <token>. On the server's own machine, "
                       "GET /api/agent/handshake returns it.");
  }
  return base::Error(base::Errc::denied, "\"" + caller.name + "\" lacks the scope \"" +
                                             std::string(rpc::name(method.spec.scope)) + "\" that " + method.name +
                                             " needs.");
}

}  // namespace

Result<const Method*> Dispatcher::find(std::string_view name) const {
  if (const Method* method = table_.find(name)) return method;
  const std::string shown = base::shorten(base::to_valid_utf8(name), 80);
  const std::string near = table_.nearest(shown);
  return base::Error(base::Errc::method_not_found,
                     "There is no method \"" + shown + "\"." +
                         (near.empty() ? " GET /api/openapi.json lists them." : " Did you mean \"" + near + "\"?"));
}

/// The way of every call. `start` begins the method's own work, or says why the method is not for this.
template <class R, class Start>
Task<R> Dispatcher::run(std::string_view name, Call& call, Json params, Start start) const {
  const auto found = find(name);
  if (!found) co_return found.error();
  const Method& method = **found;
  if (const auto may = permit(method, call.caller); !may) {
    if (witness_) witness_->refused(method, call, params, may.error());
    co_return may.error();
  }
  // Whatever ends this coroutine ends the note with it: what is thrown away untold was cancelled.
  const auto noted = witness_ ? witness_->begins(method, call, params) : nullptr;
  R result = base::Error();
  try {
    Result<Task<R>> work = start(method, std::move(params));
    if (work) {
      result = co_await std::move(*work);
    } else {
      result = work.error();
    }
  } catch (const boost::system::system_error& e) {
    if (e.code() == boost::asio::error::operation_aborted) throw;
    result = internal(method.name, e);
  } catch (const std::exception& e) {
    result = internal(method.name, e);
  }
  if (noted) {
    const Json* answer = nullptr;
    if constexpr (std::is_same_v<R, Result<Json>>) answer = result ? &*result : nullptr;
    noted->ended(result ? std::string_view("ok") : result.error().name(), answer);
  }
  co_return result;
}

Task<Result<Json>> Dispatcher::call(std::string_view name, Call& call, Json params) const {
  const auto start = [&call](const Method& method, Json given) -> Result<Task<Result<Json>>> {
    if (method.kind == Kind::call) return method.call(call, std::move(given));
    return base::Error(base::Errc::invalid_params,
                       method.name + " is a stream: use server-sent events or the WebSocket.");
  };
  return run<Result<Json>>(name, call, std::move(params), start);
}

Task<Result<Json>> Dispatcher::stream(std::string_view name, Call& call, Json params, Sink& sink) const {
  const auto start = [&call, &sink](const Method& method, Json given) -> Result<Task<Result<Json>>> {
    if (method.kind == Kind::call) return method.call(call, std::move(given));
    if (method.kind == Kind::stream) return method.stream(call, std::move(given), sink);
    return base::Error(base::Errc::invalid_params,
                       method.name + " needs a WebSocket of its own: " + method.spec.http.path + ".");
  };
  return run<Result<Json>>(name, call, std::move(params), start);
}

Task<Result<>> Dispatcher::duplex(std::string_view name, Call& call, Json params, core::Channel& channel) const {
  const auto start = [&call, &channel](const Method& method, Json given) -> Result<Task<Result<>>> {
    return method.duplex(call, std::move(given), channel);
  };
  return run<Result<>>(name, call, std::move(params), start);
}

Json error_body(const base::Error& error, const Json* details) {
  Json inner = {{"code", error.name()}, {"message", error.message()}};
  if (!error.field().empty()) inner["field"] = error.field();
  if (details) inner["details"] = *details;
  return {{"error", std::move(inner)}, {"detail", error.message()}};
}

Json error_frame(const base::Error& error, const Json* details) {
  Json frame = {{"code", error.http_status()}, {"message", error.message()}, {"name", error.name()}};
  if (!error.field().empty()) frame["field"] = error.field();
  if (details) frame["details"] = *details;
  return frame;
}

}  // namespace duotty::rpc
