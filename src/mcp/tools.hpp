#pragma once
// The method table as tools for models. A row with a binding is one; two more tools list and call every other method.
#include <duotty/rpc/dispatcher.hpp>
#include <duotty/rpc/tool.hpp>
#include <span>
#include <vector>

#include "protocol.hpp"

namespace duotty::mcp {

class Tools {
 public:
  /// `dispatcher` outlives this object; its table is complete. A binding without a row is a bug: std::logic_error.
  Tools(const rpc::Dispatcher& dispatcher, std::span<const rpc::ToolBinding> bindings);

  /// `tools/list`: what the caller's scopes allow, in the order of the bindings.
  Json list(const rpc::Caller& caller, std::string_view revision) const;
  /// `tools/call`. A failed method is a result with `isError`; an unknown tool a failure.
  Task<Outcome> call(Request& request) const;

 private:
  struct Tool {
    std::string name;
    const rpc::Method* method = nullptr;  ///< null for the two that stand for the whole table
    Json shown;                           ///< as the newest revision lists it
    bool details = false;                 ///< its output schema allows errors
  };
  const Tool* find(std::string_view name) const;
  Task<base::Result<Json>> run(Request& request, rpc::Call& call, std::string method, Json params) const;
  Json describe_methods(const rpc::Caller& caller, const std::string& query) const;

  const rpc::Dispatcher& dispatcher_;
  std::vector<Tool> tools_;
};

/// A result schema as MCP clients check it: an enumeration that may be absent allows null too.
Json checkable_schema(Json schema);

}  // namespace duotty::mcp
