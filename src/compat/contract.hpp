#pragma once
// A foreign contract as a table: what a client of another server asks, which of our methods answer it, and how both are
// worded. Rows are data and pure functions; they see the method table and nothing behind it.
#include <array>
#include <duotty/record/json_members.hpp>
#include <duotty/rpc/dispatcher.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::compat {

using base::Errc;
using base::Error;
using base::Result;
using core::Task;
using record::integer_of;
using record::text_of;
using rpc::Json;

/// A foreign request, taken apart.
struct Foreign {
  using Texts = std::map<std::string, std::string, std::less<>>;
  Texts path;                  ///< what the route captured
  Texts query;                 ///< without credentials
  Json body = Json::object();  ///< an object; empty without one
  std::string raw;             ///< the body as it came
  double now = 0;              ///< seconds since 1970
  std::string host;            ///< name of this server

  /// A text of the query, or empty.
  std::string asked(std::string_view name) const;
  /// A whole number of the query within bounds; `fallback` when it is absent or none.
  std::int64_t number(std::string_view name, std::int64_t fallback, std::int64_t low, std::int64_t high) const;
  /// True for "true", "1", "yes" and for the bare name.
  bool flag(std::string_view name) const;
  /// A text member of the body, or empty.
  std::string said(const char* name) const;
};

/// Results of the steps so far, null for those that were left out.
using Results = std::vector<Json>;
/// Parameters of one of our methods; nothing: this step is not needed.
using Params = Result<std::optional<Json>>;

/// One call of ours on the way to a foreign answer.
struct Step {
  const char* method = nullptr;
  Params (*params)(const Foreign&, const Results&) = nullptr;
};

/// What the foreign client gets.
struct Answer {
  int status = 200;
  Json body;  ///< null: none
};

constexpr std::size_t kMaxSteps = 5;

/// One foreign request.
struct Row {
  const char* verb;
  const char* path;  ///< template of http::Router
  std::array<Step, kMaxSteps> steps;
  Result<Answer> (*answer)(const Foreign&, const Results&);
};

/// One foreign server.
struct Contract {
  std::span<const Row> rows;
  Answer (*failure)(const Error&);  ///< how it words failures
  bool text_body = false;           ///< bodies that are no JSON are passed on as they are
};

/// persistent-terminal-api: /api/terminals
const Contract& persistent_terminal();
/// wsh: /sessions, /idle
const Contract& wsh();
/// What WinkTerm's HTTP has beside our own rows.
const Contract& winkterm();

/// Runs the steps of a row through the dispatcher, as every other call.
Task<Answer> run(const rpc::Dispatcher& dispatcher, const Contract& contract, const Row& row, const Foreign& foreign,
                 rpc::Call& call);

/// Our own wording of a failure with its status.
Answer plain_failure(const Error& error);
}  // namespace duotty::compat
