// Hosts behind SSH connections: their links, and what terminals, files and commands see of them.
#include <duotty/api/admit.hpp>
#include <duotty/api/job_service.hpp>
#include <duotty/daemon/daemon.hpp>
#include <duotty/pty/keeper.hpp>
#include <nlohmann/json.hpp>

#include "server.hpp"

namespace duotty::daemon {

void Server::make_remote() {
  connections_ =
      std::make_unique<store::ConnectionStore>(paths_.state_dir + "/connections.db", paths_.state_dir + "/secrets.key");
  remote::LinkPoolOptions options;
  options.directory = paths_.runtime_dir + "/links";
  options.program = pty::binary_path(nullptr);
  options.keeper_pid = services_.facts.keeper_pid;
  options.own_known_hosts = paths_.state_dir + "/known_hosts";
  options.home = home_directory();
  options.known_hosts = {options.home + "/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts"};
  options.on_state = [this](const std::string& id, const char* state) {
    events_.emit("ssh_connection", {{"connection_id", id}, {"state", state}});
    if (forwards_) forwards_->notice(id, state);
  };
  links_ = std::make_unique<remote::LinkPool>(executor_, std::move(options), *connections_, offload_);
  remote_.connections = connections_.get();
  remote_.offload = &offload_;
  remote_.links = links_.get();
  auto tell = [this](const remote::ForwardNote& note, const char* state) { tell_forward(note, state); };
  forwards_ = std::make_unique<remote::ForwardBook>(executor_, *links_, *connections_, std::move(tell));
  remote_.forwards = forwards_.get();
  remote_.home = home_directory();
  make_runs();
  services_.export_connections = [this](rpc::Call& call, bool secrets) {
    return remote::export_connections(remote_, call, secrets);
  };
  services_.reach = [this](rpc::Call& call, std::string connection) { return reach(call, std::move(connection)); };
  remote_files_ = std::make_unique<RemoteFiles>(executor_, *links_);
  places_->set_remote(
      [this](rpc::Call& call, std::string connection) { return remote_files_->find(call, std::move(connection)); });
  remote_.tell = [this](const char* action, nlohmann::json fields) { events_.emit(action, std::move(fields)); };
  remote_.admit = [this](const rpc::Call& call, const char* method, const std::string& command,
                         const std::string& input,
                         bool force) { return api::admit_command(services_, call, method, command, input, force); };
}

void Server::tell_forward(const remote::ForwardNote& note, const char* state) {
  const link::Forward& forward = note.now.forward;
  nlohmann::json fields = {{"forward_id", forward.id},
                           {"connection_id", note.connection_id},
                           {"kind", link::name(forward.kind)},
                           {"bind", forward.bind},
                           {"port", forward.port},
                           {"state", state}};
  if (!note.error.empty()) fields["error"] = note.error;
  events_.emit("ssh_forward", std::move(fields));
}

void Server::make_runs() {
  remote::RunDeskOptions options;
  options.directory = (options_.history ? paths_.state_dir : paths_.runtime_dir) + "/runs";
  options.program = pty::binary_path(nullptr);
  runs_ = std::make_unique<remote::RunDesk>(executor_, std::move(options), offload_);
  runs_->on_news = [this](const jobs::HostJob& job) {
    blocks_->put_job(api::record_of(job));
    if (!job.over) return;
    nlohmann::json told = {{"job_id", job.id},     {"connection_id", job.connection},
                           {"status", job.status}, {"ok", job.status == "completed"},
                           {"exit_code", nullptr}, {"by", job.by}};
    if (job.exit_code) told["exit_code"] = *job.exit_code;
    events_.emit("ssh_run_async_done", std::move(told));
  };
  runs_->kept = [this] { return blocks_->kept(); };
  runs_->resume();
  remote_.runs = runs_.get();
  jobs_->hosts = runs_.get();
}

core::Task<base::Result<session::RemoteHost>> Server::reach(rpc::Call& call, std::string connection) {
  auto reached = co_await remote::reach(remote_, call, std::move(connection));
  if (!reached) co_return reached.error();
  session::RemoteHost host;
  host.connection_id = reached->connection_id;
  host.host = reached->host;
  host.port = reached->port;
  host.username = reached->username;
  host.socket = reached->socket;
  host.directory = reached->directory;
  host.env = std::move(reached->env);
  co_return host;
}

}  // namespace duotty::daemon
