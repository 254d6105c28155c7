#pragma once
// Turns typed functions into rows of the method table. Only the files that declare methods include this header.
#include <duotty/record/codec.hpp>
#include <duotty/record/schema.hpp>
#include <duotty/rpc/method.hpp>

namespace duotty::rpc {

/// A result that is not a record: the text itself (Markdown, an export).
struct Text {
  std::string text;
};

namespace detail {

template <class R>
Json to_json(R value) {
  if constexpr (std::is_same_v<R, Text>) {
    return Json(std::move(value.text));
  } else if constexpr (std::is_same_v<R, Json>) {
    return value;
  } else {
    return record::encode(value);
  }
}

template <class R>
Json result_schema() {
  if constexpr (std::is_same_v<R, Text>) {
    return {{"type", "string"}};
  } else if constexpr (std::is_same_v<R, Json>) {
    return Json::object();
  } else {
    return record::schema<R>(record::Role::result);
  }
}

template <class P>
Result<P> decode_params(const Json& json, const Call& call, Extra extra) {
  return record::decode<P>(json.is_null() ? Json::object() : json,
                           {.unknown = extra == Extra::ignore ? record::Unknown::ignore : record::Unknown::refuse,
                            .from = call.from_text ? record::From::text : record::From::json});
}

template <class S, class P, class R>
Task<Result<Json>> run_call(S* services, Task<Result<R>> (*function)(S&, Call&, P), Extra extra, Call& call,
                            Json json) {
  auto params = decode_params<P>(json, call, extra);
  if (!params) co_return params.error();
  auto result = co_await function(*services, call, std::move(*params));
  if (!result) co_return result.error();
  co_return to_json<R>(std::move(*result));
}

template <class S, class P>
Task<Result<Json>> run_stream(S* services, Task<Result<>> (*function)(S&, Call&, P, Sink&), Extra extra, Call& call,
                              Json json, Sink& sink) {
  auto params = decode_params<P>(json, call, extra);
  if (!params) co_return params.error();
  auto result = co_await function(*services, call, std::move(*params), sink);
  if (!result) co_return result.error();
  Json end = {{"event", "end"}};
  co_return end;
}

template <class S, class P>
Task<Result<>> run_duplex(S* services, Task<Result<>> (*function)(S&, Call&, P, core::Channel&), Extra extra,
                          Call& call, Json json, core::Channel& channel) {
  auto params = decode_params<P>(json, call, extra);
  if (!params) co_return params.error();
  co_return co_await function(*services, call, std::move(*params), channel);
}

}  // namespace detail

/// Adds rows whose handlers get `Services`. With a null pointer (the command line) rows can be read but not run.
template <class Services>
class Registrar {
 public:
  Registrar(Table& table, Services* services) : table_(table), services_(services) {}

  /// A method that answers once. `P` is its parameter record, `R` its result record, Text or Json.
  template <class P, class R>
  void call(const char* name, Task<Result<R>> (*function)(Services&, Call&, P), Spec spec) {
    Method method = row<P>(name, Kind::call, spec);
    method.result = std::make_shared<const Json>(detail::result_schema<R>());
    method.call = [services = services_, function, extra = spec.extra](Call& call, Json params) {
      return detail::run_call<Services, P, R>(services, function, extra, call, std::move(params));
    };
    table_.add(std::move(method));
  }

  /// A method that sends items until it ends or the client leaves. `E` documents the items' data.
  template <class E, class P>
  void stream(const char* name, Task<Result<>> (*function)(Services&, Call&, P, Sink&), Spec spec) {
    Method method = row<P>(name, Kind::stream, spec);
    method.result = std::make_shared<const Json>(detail::result_schema<E>());
    method.stream = [services = services_, function, extra = spec.extra](Call& call, Json params, Sink& sink) {
      return detail::run_stream<Services, P>(services, function, extra, call, std::move(params), sink);
    };
    table_.add(std::move(method));
  }

  /// A method that talks both ways over a WebSocket of its own; `spec.http.verb` is "WS".
  template <class P>
  void duplex(const char* name, Task<Result<>> (*function)(Services&, Call&, P, core::Channel&), Spec spec) {
    Method method = row<P>(name, Kind::duplex, spec);
    method.result = std::make_shared<const Json>(Json::object());
    method.duplex = [services = services_, function, extra = spec.extra](Call& call, Json params,
                                                                         core::Channel& channel) {
      return detail::run_duplex<Services, P>(services, function, extra, call, std::move(params), channel);
    };
    table_.add(std::move(method));
  }

 private:
  template <class P>
  static Method row(const char* name, Kind kind, const Spec& spec) {
    Method method;
    method.name = name;
    method.kind = kind;
    method.spec = spec;
    method.params = std::make_shared<const Json>(record::schema<P>(record::Role::parameters));
    return method;
  }

  Table& table_;
  Services* services_;
};

}  // namespace duotty::rpc
