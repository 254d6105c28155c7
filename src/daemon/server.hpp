#pragma once
// All parts of a running worker, in the order they need each other.
#include <boost/asio/signal_set.hpp>
#include <duotty/agent/ask.hpp>
#include <duotty/api/ask_service.hpp>
#include <duotty/api/block_service.hpp>
#include <duotty/api/services.hpp>
#include <duotty/api/settings.hpp>
#include <duotty/cli/main.hpp>
#include <duotty/compat/aiterm.hpp>
#include <duotty/compat/surface.hpp>
#include <duotty/core/offload.hpp>
#include <duotty/core/scope.hpp>
#include <duotty/daemon/paths.hpp>
#include <duotty/files/methods.hpp>
#include <duotty/http/assets.hpp>
#include <duotty/http/auth.hpp>
#include <duotty/http/client.hpp>
#include <duotty/http/server.hpp>
#include <duotty/http/surface.hpp>
#include <duotty/jobs/job_desk.hpp>
#include <duotty/llm/client.hpp>
#include <duotty/llm/provider.hpp>
#include <duotty/mcp/server.hpp>
#include <duotty/metrics/methods.hpp>
#include <duotty/net/tls.hpp>
#include <duotty/oversight/methods.hpp>
#include <duotty/pty/keeper_client.hpp>
#include <duotty/recording/methods.hpp>
#include <duotty/remote/forward_book.hpp>
#include <duotty/remote/methods.hpp>
#include <duotty/remote/run_desk.hpp>
#include <duotty/rpc/dispatcher.hpp>
#include <duotty/session/registry.hpp>
#include <duotty/store/connection_store.hpp>
#include <duotty/store/event_mark.hpp>
#include <duotty/store/event_store.hpp>
#include <duotty/transfer/archive.hpp>
#include <duotty/transfer/methods.hpp>
#include <duotty/ws/surface.hpp>
#include <memory>
#include <optional>
#include <string>

#include "auth_files.hpp"
#include "remote_files.hpp"

namespace duotty::daemon {

/// Built by start(), taken down by stop() in the reverse order. Loop thread only.
class Server {
 public:
  Server(core::asio::any_io_executor executor, cli::ServeOptions options, Paths paths);
  ~Server();

  /// Connects to the keeper, adopts terminals, binds and serves. An error means that the configuration is refused.
  core::Task<base::Result<>> start();
  /// Suspends until a signal or the loss of the keeper ends the worker.
  core::Task<> until_ended(core::asio::signal_set& signals);
  core::Task<> stop();

 private:
  struct Listening {
    net::Listener tcp;
    net::Listener unix_socket;
    std::vector<std::string> urls;
  };
  /// What the port speaks TLS with, if it does.
  base::Result<std::optional<net::TlsContext>> make_tls();
  base::Result<std::string> make_authenticator();
  base::Result<Listening> make_listeners(std::map<std::string, base::UniqueFd>& stashed, bool tls);
  base::Result<net::Listener> listen(std::map<std::string, base::UniqueFd>& stashed, const std::string& name,
                                     bool unix_socket);
  void make_agent();
  void make_blocks();
  void make_oversight();
  void make_files();
  void make_remote();
  void tell_forward(const remote::ForwardNote& note, const char* state);
  void make_runs();
  core::Task<base::Result<session::RemoteHost>> reach(rpc::Call& call, std::string connection);
  void make_services(std::vector<std::string> urls, pid_t keeper);
  void announce(const std::string& url, const std::string& new_key);
  base::Result<llm::Provider> provider() const;
  core::Task<base::Result<std::vector<std::string>>> list_models(std::string format, std::string base_url,
                                                                 std::string key);
  core::Task<> end_by(void (pty::KeeperClient::*request)());
  /// The events of an earlier worker, and where new ones go.
  core::Task<> load_events();
  core::Task<> stop_events();
  std::string event_mark_file() const;
  /// Ids up to `id` count as given.
  void mark_events(std::uint64_t id);

  core::asio::any_io_executor executor_;
  cli::ServeOptions options_;
  Paths paths_;
  api::Settings settings_;
  AuthFiles auth_files_;
  pty::KeeperClient keeper_;
  session::EventLog events_;
  std::unique_ptr<store::EventStore> event_store_;
  std::unique_ptr<session::Registry> registry_;
  std::unique_ptr<api::BlockService> blocks_;
  std::unique_ptr<jobs::JobDesk> jobs_;
  std::unique_ptr<store::ConnectionStore> connections_;
  core::Offload offload_;
  core::Offload reading_;  ///< long outputs, which nobody who connects should wait for
  std::unique_ptr<remote::LinkPool> links_;
  std::unique_ptr<remote::ForwardBook> forwards_;
  std::unique_ptr<remote::RunDesk> runs_;
  std::unique_ptr<RemoteFiles> remote_files_;
  remote::Services remote_;
  http::Client http_client_;
  llm::LlmClient llm_client_;
  std::unique_ptr<agent::AskDesk> desk_;
  std::unique_ptr<api::AskService> asks_;
  std::unique_ptr<http::Authenticator> auth_;
  std::unique_ptr<TokenAdmin> tokens_;
  core::Event oversight_news_;
  std::unique_ptr<oversight::AuditTrail> trail_;
  oversight::AccessDesk access_;
  oversight::Services oversight_;
  metrics::LoopWatch loop_watch_;
  metrics::Services metrics_;
  std::unique_ptr<recording::Desk> recordings_;
  recording::Services recording_;
  std::unique_ptr<files::LocalPlaces> places_;
  files::Services files_;
  std::unique_ptr<transfer::Desk> transfers_;
  transfer::Services transfer_;
  api::Services services_;
  rpc::Table table_;
  std::unique_ptr<rpc::Dispatcher> dispatcher_;
  std::unique_ptr<http::Assets> assets_;
  std::unique_ptr<ws::Surface> ws_surface_;
  std::unique_ptr<http::Surface> surface_;
  mcp::Gate mcp_gate_;
  std::unique_ptr<mcp::Toolset> aiterm_ = compat::aiterm_tools();
  std::unique_ptr<mcp::Server> mcp_;
  std::unique_ptr<compat::Surface> compat_;
  std::unique_ptr<files::Content> contents_;
  std::unique_ptr<transfer::Archive> archive_;
  std::unique_ptr<http::Server> http_server_;
  core::Event ended_;
  core::Scope scope_;
  store::EventMark event_mark_;
  std::string tls_fingerprint_;
  bool keeper_started_ = false;
  bool lost_ = false;
};

}  // namespace duotty::daemon
