#pragma once
// The method table's vocabulary. A capability is one row: name, scope, HTTP binding, documentation and a handler. HTTP,
// WebSocket, command line, OpenAPI, TypeScript and the skill's reference are derived from the row; none of them holds
// logic of its own.
#include <duotty/base/error.hpp>
#include <duotty/core/channel.hpp>
#include <duotty/core/task.hpp>
#include <duotty/rpc/caller.hpp>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace duotty::rpc {

using Json = nlohmann::json;
using base::Result;
using core::Task;

/// One item of a stream: SSE writes name, id and data; the WebSocket folds name into data as `event`.
struct StreamEvent {
  std::string name;
  std::string id;  ///< empty: the item has no id and does not move the client's resume point
  std::shared_ptr<const Json> data;
};

/// Where a stream's items go. `send` suspends while the client is slow and fails with Errc::closed when it is gone.
class Sink {
 public:
  virtual ~Sink() = default;
  /// Called once when the parameters are good and the stream begins, so that the client learns of it at once.
  virtual Task<Result<>> open() = 0;
  virtual Task<Result<>> send(StreamEvent event) = 0;
};

/// Live output of a call that has not ended yet (`terminal.exec` over the WebSocket). Never blocks; may drop when the
/// client is slow, because the result carries everything.
using Progress = std::function<void(const Json&)>;

/// One invocation.
struct Call {
  Caller caller;
  std::string surface;     ///< "http", "ws", "unix", "cli"
  std::string base_url;    ///< as the client sees us, without a trailing slash; empty when unknown
  std::string last_event;  ///< `Last-Event-ID`, empty when none
  std::string client;      ///< what the client calls itself (User-Agent), shortened; may be empty
  bool from_text = false;  ///< parameters come from a query string: text may stand for numbers
  Progress progress;       ///< empty when nobody listens
  /// Facts about the error that the call ends with, for programs: an object, set by the handler; null when the sentence
  /// says all there is.
  std::shared_ptr<const Json> details;
};

/// A call answers once, a stream sends items until it ends, a duplex talks both ways over a WebSocket of its own.
enum class Kind { call, stream, duplex };

/// How a method is reached over HTTP.
struct HttpBinding {
  const char* verb = nullptr;              ///< nullptr: not over HTTP
  const char* path = nullptr;              ///< template: "/api/agent/terminals/{terminal_id}"
  const char* media = "application/json";  ///< other types send the result's text as it is
  const char* download = nullptr;          ///< file name for Content-Disposition
};

/// What happens to parameters a method does not have: WinkTerm ignores them, new methods refuse.
enum class Extra { refuse, ignore };

/// What a row declares.
struct Spec {
  HttpBinding http{};
  Scope scope = Scope::read;
  Extra extra = Extra::refuse;
  const char* about = "";    ///< one paragraph
  const char* example = "";  ///< parameters as JSON text
  bool mutates = false;      ///< changes something: recorded in the event log by its handler
};

/// A finished row.
struct Method {
  std::string name;
  Kind kind = Kind::call;
  Spec spec;
  std::shared_ptr<const Json> params;  ///< JSON Schema
  std::shared_ptr<const Json> result;  ///< JSON Schema of the result, or of a stream's items
  std::function<Task<Result<Json>>(Call&, Json)> call;
  std::function<Task<Result<Json>>(Call&, Json, Sink&)> stream;
  std::function<Task<Result<>>(Call&, Json, core::Channel&)> duplex;
};

/// A path of HTTP whose bodies are files, which is why it is no method: documented beside them, served by a Mount.
struct Route {
  std::string name;  ///< "files.content": names the operation
  HttpBinding http{};
  Scope scope = Scope::read;
  const char* about = "";                ///< one paragraph
  std::shared_ptr<const Json> params;    ///< JSON Schema of the query
  const char* takes = nullptr;           ///< type of the body; nullptr: none
  std::shared_ptr<const Json> result{};  ///< JSON Schema of an answer that is JSON; null: a file of the binding's type
};

/// All rows, by name. Built once; immutable while the server runs.
class Table {
 public:
  Table();
  ~Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  /// Adds a row; a duplicate name or HTTP binding is a bug and throws std::logic_error.
  void add(Method method);
  /// Adds a path that is no method; a duplicate name or binding is a bug and throws std::logic_error.
  void add(Route route);
  /// nullptr when there is no such method.
  const Method* find(std::string_view name) const;
  /// In order of declaration.
  const std::vector<std::unique_ptr<Method>>& methods() const { return methods_; }
  /// In order of declaration.
  const std::vector<Route>& routes() const { return routes_; }
  /// The name nearest to a misspelt one, or empty.
  std::string nearest(std::string_view name) const;

 private:
  void check_free(const std::string& name, const HttpBinding& http) const;

  std::vector<std::unique_ptr<Method>> methods_;
  std::vector<Route> routes_;
};

}  // namespace duotty::rpc
