#include <array>
#include <duotty/compat/reserved.hpp>
#include <nlohmann/json.hpp>

namespace duotty::compat {
namespace {

struct Row {
  const char* name;
  const char* verb;
  const char* path;
};

constexpr std::array kSsh = {
    Row{"ssh.run_async", "POST", "/api/agent/ssh/{conn_id}/run_async"},
};

core::Task<rpc::Result<rpc::Json>> refuse(rpc::Call&, rpc::Json) {
  co_return base::Error(
      base::Errc::ssh_unavailable,
      "There are no background runs on hosts yet. ssh.run waits for its command and tells its output as it comes; a "
      "terminal on the host (terminal.create with connection_id) goes on by itself.");
}

}  // namespace

void add_reserved(rpc::Table& table) {
  const auto open = std::make_shared<const rpc::Json>(rpc::Json{{"type", "object"}});
  for (const Row& row : kSsh) {
    rpc::Method method;
    method.name = row.name;
    method.spec.http = {row.verb, row.path};
    method.spec.scope = rpc::Scope::ssh;
    method.spec.extra = rpc::Extra::ignore;
    method.spec.about = "Not available: this server does not do this over SSH yet.";
    method.spec.mutates = true;
    method.spec.reserved = true;
    method.params = open;
    method.result = open;
    method.call = refuse;
    table.add(std::move(method));
  }
}

}  // namespace duotty::compat
