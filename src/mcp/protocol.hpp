#pragma once
// JSON-RPC 2.0 as the Model Context Protocol uses it: messages, errors, revisions. Pure.
#include <array>
#include <duotty/record/json_members.hpp>
#include <duotty/rpc/method.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace duotty::mcp {

using core::Task;
using record::text_of;
using rpc::Json;

/// Revisions are dates: comparing them as text compares them in time.
inline constexpr std::string_view kBatchRevision = "2025-03-26";       ///< the only one with batches
inline constexpr std::string_view kStructuredRevision = "2025-06-18";  ///< structured results from here on
inline constexpr std::string_view kSessionRevision = "2025-11-25";     ///< the last that begins with `initialize`
inline constexpr std::string_view kStatelessRevision = "2026-07-28";   ///< every request speaks for itself
/// All that are spoken, newest first.
inline constexpr std::array kRevisions = {kStatelessRevision, kSessionRevision, kStructuredRevision, kBatchRevision,
                                          std::string_view("2024-11-05")};

/// True for revisions that are spoken.
bool knows_revision(std::string_view revision);
/// The revision of a session whose client asked for `wanted`: the same when it is spoken, else the newest with
/// sessions.
std::string_view negotiate(std::string_view wanted);

/// Error codes of JSON-RPC and of the protocol.
namespace code {
inline constexpr int parse_error = -32700;
inline constexpr int invalid_request = -32600;
inline constexpr int method_not_found = -32601;
inline constexpr int invalid_params = -32602;
inline constexpr int server_error = -32000;        ///< ours; `data.code` has the name
inline constexpr int resource_not_found = -32002;  ///< in revisions with sessions
inline constexpr int header_mismatch = -32020;
inline constexpr int unsupported_revision = -32022;
}  // namespace code

/// Why a request has no result.
struct Failure {
  int code = code::server_error;
  std::string message;
  Json data;  ///< null: none
};

/// The end of a request.
struct Outcome {
  Json result;
  std::optional<Failure> failure;
};

/// A failure as an outcome.
Outcome failed(int code, std::string message);
/// An error of a method as an outcome.
Outcome failed(const base::Error& error);

/// One message, looked at.
struct Message {
  enum class Kind { request, notification, response, invalid };
  Kind kind = Kind::invalid;
  Json id;
  std::string method;
  Json params = Json::object();
};

/// What a JSON value is as a message.
Message read_message(Json json);
/// An id as a key: texts and numbers do not collide.
std::string key_of(const Json& id);

Json result_message(const Json& id, Json result);
Json error_message(const Json& id, const Failure& failure);
/// The answer that an outcome is.
Json answer_message(const Json& id, Outcome outcome);
Json notification_message(std::string_view method, Json params);

/// The `_meta` of parameters, or an empty object.
const Json& meta_of(const Json& params);

/// Names and order of log levels (RFC 5424); nullopt for other words.
std::optional<int> log_level(std::string_view word);
inline constexpr int kWarning = 3;
inline constexpr int kDebug = 0;
inline constexpr int kSilent = 99;

/// Sends a message that is no answer: progress, log, a change.
using Notify = std::function<void(std::string_view method, Json params)>;

/// One request and what belongs to it.
struct Request {
  rpc::Call call;  ///< who asks, from where
  std::string revision;
  std::string method;
  Json params;
  Notify notify;            ///< empty: nobody listens before the answer
  int log_level = kSilent;  ///< least level that the client wants to be told

  bool stateless() const { return revision >= kStatelessRevision; }
  /// Tells the client something, if it wants to know.
  void log(int level, const char* word, Json data) const;
};

}  // namespace duotty::mcp
