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

}  // namespace

Result<const Method*> Dispatcher::authorise(std::string_view name, const Caller& caller) const {
  const Method* method = table_.find(name);
  if (!method) {
    const std::string shown = base::shorten(base::to_valid_utf8(name), 80);
    const std::string near = table_.nearest(shown);
    return base::Error(base::Errc::method_not_found,
                       "There is no method \"" + shown + "\"." +
                           (near.empty() ? " GET /api/openapi.json lists them." : " Did you mean \"" + near + "\"?"));
  }
  if (method->spec.scope == Scope::none || caller.has(method->spec.scope)) return method;
  if (caller.kind == Caller::Kind::anonymous) {
    return base::Error(base::Errc::unauthenticated,
                       "Sign in, or send a token: Authorization: Bearer <token>. On the server's own machine, "
                       "GET /api/agent/handshake returns it.");
  }
  return base::Error(base::Errc::denied, "\"" + caller.name + "\" lacks the scope \"" +
                                             std::string(rpc::name(method->spec.scope)) + "\" that " + method->name +
                                             " needs.");
}

Task<Result<Json>> Dispatcher::call(std::string_view name, Call& call, Json params) const {
  const auto method = authorise(name, call.caller);
  if (!method) co_return method.error();
  if ((*method)->kind != Kind::call) {
    co_return base::Error(base::Errc::invalid_params,
                          (*method)->name + " is a stream: use server-sent events or the WebSocket.");
  }
  try {
    co_return co_await (*method)->call(call, std::move(params));
  } catch (const boost::system::system_error& e) {
    if (e.code() == boost::asio::error::operation_aborted) throw;
    co_return internal((*method)->name, e);
  } catch (const std::exception& e) {
    co_return internal((*method)->name, e);
  }
}

Task<Result<Json>> Dispatcher::stream(std::string_view name, Call& call, Json params, Sink& sink) const {
  const auto method = authorise(name, call.caller);
  if (!method) co_return method.error();
  try {
    if ((*method)->kind == Kind::duplex) {
      co_return base::Error(base::Errc::invalid_params,
                            (*method)->name + " needs a WebSocket of its own: " + (*method)->spec.http.path + ".");
    }
    if ((*method)->kind == Kind::call) co_return co_await (*method)->call(call, std::move(params));
    co_return co_await (*method)->stream(call, std::move(params), sink);
  } catch (const boost::system::system_error& e) {
    if (e.code() == boost::asio::error::operation_aborted) throw;
    co_return internal((*method)->name, e);
  } catch (const std::exception& e) {
    co_return internal((*method)->name, e);
  }
}

Task<Result<>> Dispatcher::duplex(std::string_view name, Call& call, Json params, core::Channel& channel) const {
  const auto method = authorise(name, call.caller);
  if (!method) co_return method.error();
  try {
    co_return co_await (*method)->duplex(call, std::move(params), channel);
  } catch (const boost::system::system_error& e) {
    if (e.code() == boost::asio::error::operation_aborted) throw;
    co_return internal((*method)->name, e);
  } catch (const std::exception& e) {
    co_return internal((*method)->name, e);
  }
}

Json error_body(const base::Error& error) {
  Json inner = {{"code", error.name()}, {"message", error.message()}};
  if (!error.field().empty()) inner["field"] = error.field();
  return {{"error", std::move(inner)}, {"detail", error.message()}};
}

Json error_frame(const base::Error& error) {
  Json frame = {{"code", error.http_status()}, {"message", error.message()}, {"name", error.name()}};
  if (!error.field().empty()) frame["field"] = error.field();
  return frame;
}

}  // namespace duotty::rpc
