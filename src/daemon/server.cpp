#include "server.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <cstdio>
#include <duotty/api/admit.hpp>
#include <duotty/api/job_service.hpp>
#include <duotty/api/tools.hpp>
#include <duotty/base/random.hpp>
#include <duotty/base/text.hpp>
#include <duotty/base/utc_time.hpp>
#include <duotty/core/log.hpp>
#include <duotty/core/log_file.hpp>
#include <duotty/daemon/daemon.hpp>
#include <duotty/files/local_files.hpp>
#include <duotty/net/listener.hpp>
#include <duotty/net/peer.hpp>
#include <duotty/pty/keeper.hpp>
#include <duotty/pty/launch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "worker_options.hpp"

extern "C" {
extern const duotty::base::EmbeddedFile duotty_web_table[];
extern const unsigned long duotty_web_count;
}

namespace duotty::daemon {
namespace {

/// Between a request to restart or stop and doing it: its answer goes out first.
constexpr std::chrono::milliseconds kAnswerTime{100};

llm::EnvLookup environment_lookup() {
  return [](std::string_view name) -> std::optional<std::string> {
    const std::string value = environment(std::string(name).c_str());
    return value.empty() ? std::nullopt : std::optional(value);
  };
}

http::ClientOptions client_options() {
  http::ClientOptions options;
  options.proxy = http::proxy_from(environment_lookup());
  options.user_agent = std::string("duotty/") + version();
  return options;
}

/// Inside a container nobody could answer a refusal: the key is made and printed instead.
bool in_container(pid_t keeper) {
  return keeper == 1 || ::access("/.dockerenv", F_OK) == 0 || ::access("/run/.containerenv", F_OK) == 0 ||
         !environment("DUOTTY_CONTAINER").empty();
}

/// The host as the person at this machine enters it: an address that stands for all of them is none to go to.
std::string shown_host(const std::string& host) {
  if (host == "0.0.0.0" || host == "::") return "localhost";
  if (host.find(':') != std::string::npos) return "[" + host + "]";
  return is_loopback(host) ? "localhost" : host;
}

/// The folders of the settings as they are now; the person's home when they name none.
std::vector<std::string> file_roots(const api::Settings& settings) {
  std::vector<std::string> out;
  const auto found = settings.json().find("file_roots");
  if (found == settings.json().end() || !found->is_array()) {
    out.push_back(home_directory());
  } else {
    for (const auto& one : *found) {
      if (one.is_string()) out.push_back(one.get<std::string>());
    }
  }
  for (std::string& root : out) {
    root = std::filesystem::path(root).lexically_normal().string();
    while (root.size() > 1 && root.back() == '/') root.pop_back();
  }
  out.erase(std::remove_if(out.begin(), out.end(), [](const std::string& root) { return !root.starts_with('/'); }),
            out.end());
  return out;
}

/// A caller that an earlier worker knew, with what is left of its rights: a token of its name may be another one now.
std::optional<rpc::Caller> as_of_now(const http::Authenticator& auth, rpc::Caller caller) {
  if (!auth.still_valid(caller)) return std::nullopt;
  if (caller.kind != rpc::Caller::Kind::token) return caller;
  for (const http::TokenInfo& token : auth.tokens()) {
    if (caller.name != "token:" + token.name) continue;
    if (token.owner != caller.owner) return std::nullopt;
    caller.scopes &= token.scopes;
    return caller;
  }
  return std::nullopt;
}

/// Certificates are made anew this long before their end.
constexpr std::chrono::hours kRenewBefore{30 * 24};

/// Makes the certificate of a server that has none, once, and again before it expires.
base::Result<> own_certificate(const std::string& chain, const std::string& key, const cli::ServeOptions& options) {
  const auto facts = net::read_certificate(chain);
  const bool usable = facts && facts->expires > std::chrono::system_clock::now() + kRenewBefore;
  if (usable && net::TlsContext::server(chain, key)) return {};
  char host[256] = {};
  static_cast<void>(::gethostname(host, sizeof host - 1));
  std::vector<std::string> names = {"localhost", "127.0.0.1", "::1", host};
  if (shown_host(options.host) != "localhost") names.push_back(options.host);
  names.insert(names.end(), options.allow_hosts.begin(), options.allow_hosts.end());
  return net::make_self_signed(chain, key, names);
}

}  // namespace

Server::Server(core::asio::any_io_executor executor, cli::ServeOptions options, Paths paths)
    : executor_(executor),
      options_(std::move(options)),
      paths_(std::move(paths)),
      settings_(paths_.config_file()),
      auth_files_(paths_.state_dir),
      keeper_(executor, base::UniqueFd(pty::kKeeperFd)),
      events_(executor, 0),
      http_client_(client_options()),
      llm_client_(http_client_),
      oversight_news_(executor),
      loop_watch_(executor),
      ended_(executor),
      scope_(executor) {}

Server::~Server() = default;

core::Task<base::Result<>> Server::start() {
  if (!settings_.trouble().empty()) {
    std::fprintf(stderr, "duotty: %s\n", settings_.trouble().c_str());
    core::write_log_file(core::LogLevel::warning, settings_.trouble());
  }
  if (net::stranger() == ::geteuid()) {
    std::fprintf(stderr,
                 "duotty: this user's number, %u, also stands for users that the user namespace does not know: nobody "
                 "is recognised by it. Sign in with a key or a token, or run duotty as another user.\n",
                 static_cast<unsigned>(::geteuid()));
  }
  auto connected = co_await keeper_.connect();
  if (!connected) co_return connected.error();
  services_.facts.keeper_pid = connected->keeper_pid;
  const bool first = connected->stashed.empty();
  auto new_key = make_authenticator();
  if (!new_key) co_return new_key.error();
  auto tls = make_tls();
  if (!tls) co_return tls.error();
  auto listening = make_listeners(connected->stashed, tls->has_value());
  if (!listening) co_return listening.error();

  co_await load_events();
  session::RegistryOptions registry;
  registry.state_dir = paths_.state_dir;
  registry.runtime_dir = paths_.runtime_dir;
  registry.memory_dir = paths_.memory_dir();
  registry.program = pty::binary_path(nullptr);
  // The environment's home wins over the account's: it is where the person's shells expect to start.
  struct stat home {};
  if (const std::string path = environment("HOME"); ::stat(path.c_str(), &home) == 0 && S_ISDIR(home.st_mode)) {
    registry.default_cwd = path;
  }
  registry.history = options_.history;
  registry.ask_enabled = settings_.flag("ask_enabled", true);
  registry_ = std::make_unique<session::Registry>(executor_, keeper_, events_, std::move(registry));
  registry_->on_lost = [this] {
    lost_ = true;
    ended_.notify();
  };
  make_blocks();
  registry_->adopt(std::move(connected->terminals));
  blocks_->mend();
  make_agent();
  registry_->on_closed = [this](const std::string& id) {
    asks_->forget(id);
    blocks_->forget(id);
  };
  recordings_ = std::make_unique<recording::Desk>(executor_, *registry_,
                                                  options_.history ? paths_.state_dir + "/recordings" : std::string());
  co_await recordings_->resume();
  make_oversight();
  make_services(listening->urls, connected->keeper_pid);
  scope_.spawn("jobs of an earlier worker", api::resume_jobs(services_));
  forwards_->start();
  transfers_->resume();
  registry_->start(
      [this](const std::shared_ptr<session::Session>& session, const std::string& line) { asks_->ask(session, line); });
  keeper_.start(*registry_);
  keeper_started_ = true;
  loop_watch_.start();
  http_server_->listen(std::move(listening->tcp), std::move(*tls));
  http_server_->listen(std::move(listening->unix_socket));
  core::write_log_file(core::LogLevel::info, "worker: listens at " + base::join(listening->urls, ", "));
  if (first) announce(listening->urls.front(), *new_key);
  co_return base::Result<>();
}

base::Result<std::string> Server::make_authenticator() {
  http::AuthConfig config;
  config.uid = ::geteuid();
  config.require_key = options_.require_key || settings_.flag("require_key", false);
  config.public_bind = !is_loopback(options_.host);
  config.hosts = options_.allow_hosts;
  config.agent_token = agent_token(settings_);
  const bool tls = options_.tls_self_signed || !options_.tls_cert.empty();
  if (config.public_bind && !options_.insecure_http && !tls) {
    return base::Error(
        base::Errc::not_configured,
        "Refusing to listen on " + options_.host +
            " without TLS: keys and keystrokes would cross the network in the clear. Give a certificate with "
            "--tls-cert and --tls-key, or say --tls-self-signed; put a proxy with TLS in front and say "
            "--insecure-http; "
            "or bind 127.0.0.1 and use ssh -L.");
  }
  auto key = access_key(settings_);
  if (!key) return key.error();
  config.access_key = std::move(*key);
  std::string made;
  const bool needs_key = config.public_bind || config.require_key;
  if (!config.access_key && needs_key) {
    if (config.public_bind && !in_container(services_.facts.keeper_pid)) {
      return base::Error(
          base::Errc::not_configured,
          "Refusing to listen on " + options_.host +
              " without an access key: anyone who reaches it could run commands as you. Set WEB_ACCESS_KEY (at "
              "least 12 characters) or \"web_access_key\" in " +
              paths_.config_file() + ", or bind 127.0.0.1.");
    }
    made = base::make_token(18);
    config.access_key = http::AccessKey::from_strong(made);
    if (auto saved = settings_.merge({{"web_access_key", config.access_key->text()}}); !saved) return saved.error();
  }
  services_.facts.require_key = config.require_key;
  auth_ = std::make_unique<http::Authenticator>(std::move(config), auth_files_);
  return made;
}

base::Result<net::Listener> Server::listen(std::map<std::string, base::UniqueFd>& stashed, const std::string& name,
                                           bool unix_socket) {
  if (const auto found = stashed.find(name); found != stashed.end()) {
    return net::Listener::adopt(executor_, found->second.release());
  }
  auto made = unix_socket ? net::Listener::unix_path(executor_, paths_.socket())
                          : net::Listener::tcp(executor_, options_.host, options_.port.value_or(3000));
  if (!made) return made.error();
  if (unix_socket) made->keep_file();
  if (auto kept = keeper_.stash(name, made->descriptor()); !kept) core::log_warning("{}", kept.error().message());
  return made;
}

base::Result<Server::Listening> Server::make_listeners(std::map<std::string, base::UniqueFd>& stashed, bool tls) {
  auto tcp = listen(stashed, "tcp", false);
  if (!tcp) return tcp.error();
  auto unix_socket = listen(stashed, "unix", true);
  if (!unix_socket) return unix_socket.error();
  std::vector<std::string> urls = {
      (tls ? "https://" : "http://") + shown_host(options_.host) + ":" + std::to_string(tcp->port()),
      "unix:" + paths_.socket()};
  return Listening{std::move(*tcp), std::move(*unix_socket), std::move(urls)};
}

base::Result<std::optional<net::TlsContext>> Server::make_tls() {
  std::string chain = options_.tls_cert;
  std::string key = options_.tls_key;
  if (options_.tls_self_signed) {
    chain = paths_.state_dir + "/tls-cert.pem";
    key = paths_.state_dir + "/tls-key.pem";
    if (auto made = own_certificate(chain, key, options_); !made) return made.error();
  }
  if (chain.empty()) return std::optional<net::TlsContext>();
  auto context = net::TlsContext::server(chain, key);
  if (!context) return context.error();
  auto facts = net::read_certificate(chain);
  if (!facts) return facts.error();
  if (facts->expires < std::chrono::system_clock::now()) {
    core::log_warning("The certificate in {} has expired: clients will refuse it.", chain);
  }
  tls_fingerprint_ = facts->fingerprint;
  return std::optional(std::move(*context));
}

void Server::make_blocks() {
  std::unique_ptr<store::BlockStore> store;
  if (options_.history) {
    store = std::make_unique<store::BlockStore>(executor_, paths_.state_dir + "/duotty.db",
                                                api::history_limits(settings_), &api::searchable_text);
  }
  char host[256] = {};
  static_cast<void>(::gethostname(host, sizeof host - 1));
  blocks_ =
      std::make_unique<api::BlockService>(executor_, *registry_, std::move(store), pty::current_account().name, host);
  blocks_->configure(api::kept_of_commands(settings_), api::history_limits(settings_));
  jobs_ = std::make_unique<jobs::JobDesk>(executor_);
  jobs_->on_news = [this](jobs::Job& job) { blocks_->put_job(api::record_of(job)); };
  registry_->on_command = [this](session::Session& session, const session::CommandBlock& block) {
    blocks_->on_command(session, block);
  };
}

void Server::make_agent() {
  agent::AskDeskOptions options;
  options.secrets = [this] {
    auto secrets = settings_.secrets();
    for (const char* name :
         {"ANTHROPIC_API_KEY", "OPENAI_API_KEY", "LLM_API_KEY", "AGENT_API_TOKEN", "WEB_ACCESS_KEY"}) {
      if (std::string value = environment(name); !value.empty()) secrets.push_back(std::move(value));
    }
    secrets.push_back(auth_->agent_token());
    return secrets;
  };
  desk_ = std::make_unique<agent::AskDesk>(
      llm_client_, [this] { return provider(); }, std::move(options));
  asks_ = std::make_unique<api::AskService>(executor_, *desk_, events_);
}

void Server::make_oversight() {
  const auto limits = [this] {
    store::AuditLimits most;
    most.days = settings_.number("audit_days", most.days, 36'500);
    most.count = settings_.number("audit_entries", most.count, 100'000'000);
    return most;
  };
  auto store = std::make_unique<store::AuditStore>(executor_, paths_.state_dir + "/audit.db", limits());
  trail_ = std::make_unique<oversight::AuditTrail>(*registry_, std::move(store), oversight_news_);
  asks_->on_proposal = [this](const session::Session& session, const std::string& command) {
    trail_->proposed(session, command);
  };
  trail_->on_settings = [this, limits] { trail_->store().set_limits(limits()); };
  oversight_.trail = trail_.get();
  oversight_.access = &access_;
  oversight_.events = &events_;
  oversight_.news = &oversight_news_;
  oversight_.issue = [this](const oversight::Grant& grant) {
    const api::TokenRow row{
        .name = grant.name, .scopes = grant.scopes, .owner = grant.owner, .expires_at = grant.expires_at};
    return tokens_->create(row);
  };
}

void Server::make_files() {
  files::LocalOptions options;
  options.roots = [this] { return file_roots(settings_); };
  // Keys and secrets of this server, and rings of every terminal: not for whoever may only use files.
  for (const std::string& folder : {paths_.config_dir, paths_.state_dir, paths_.runtime_dir}) {
    std::error_code failed;
    const auto real = std::filesystem::canonical(folder, failed);
    options.closed.push_back(failed ? folder : real.string());
  }
  places_ = std::make_unique<files::LocalPlaces>(std::make_shared<files::LocalFiles>(std::move(options)));
  files_.places = places_.get();
  files_.tell = [this](const char* action, nlohmann::json fields) { events_.emit(action, std::move(fields)); };
  const std::string records = (options_.history ? paths_.state_dir : paths_.runtime_dir) + "/transfers";
  transfers_ = std::make_unique<transfer::Desk>(executor_, records);
  transfers_->open = [this](transfer::Order& order) { return transfer::reopen(transfer_, order); };
  transfers_->on_news = [this](const transfer::Transfer& one) { events_.emit("transfer", transfer::event_of(one)); };
  transfer_.places = places_.get();
  transfer_.desk = transfers_.get();
  transfer_.still_valid = [this](const rpc::Caller& caller) { return auth_->still_valid(caller); };
  transfer_.as_of_now = [this](const rpc::Caller& caller) { return as_of_now(*auth_, caller); };
}

void Server::make_services(std::vector<std::string> urls, pid_t keeper) {
  tokens_ = std::make_unique<TokenAdmin>(*auth_, settings_, [this] { surface_->drop_revoked(); });
  services_.registry = registry_.get();
  services_.events = &events_;
  services_.settings = &settings_;
  services_.blocks = blocks_.get();
  services_.jobs = jobs_.get();
  services_.offload = &reading_;
  services_.tokens = tokens_.get();
  services_.table = &table_;
  services_.facts.version = version();
  services_.facts.name = options_.name.empty() ? "duotty" : options_.name;
  services_.facts.urls = std::move(urls);
  services_.facts.keeper_pid = keeper;
  services_.facts.worker_pid = ::getpid();
  services_.facts.started_at = base::wall_seconds();
  recording_ = {.registry = registry_.get(), .events = &events_, .desk = recordings_.get()};
  metrics_.registry = registry_.get();
  metrics_.loop = &loop_watch_;
  metrics_.http_connections = [this] { return http_server_->stats().connections; };
  metrics_.version = version();
  metrics_.keeper_pid = keeper;
  metrics_.started_at = services_.facts.started_at;
  services_.restart = [this] { scope_.spawn("restart", end_by(&pty::KeeperClient::request_restart)); };
  services_.stop = [this] { scope_.spawn("stop", end_by(&pty::KeeperClient::request_stop)); };
  services_.list_models = [this](std::string format, std::string base_url, std::string key) {
    return list_models(std::move(format), std::move(base_url), std::move(key));
  };
  api::add_methods(table_, &services_);
  oversight::add_methods(table_, &oversight_);
  metrics::add_methods(table_, &metrics_);
  recording::add_methods(table_, &recording_);
  make_files();
  files::add_methods(table_, &files_);
  transfer::add_methods(table_, &transfer_);
  make_remote();
  remote::add_methods(table_, &remote_);
  mcp::add_methods(table_, &mcp_gate_);
  dispatcher_ = std::make_unique<rpc::Dispatcher>(table_, trail_.get());
  assets_ = std::make_unique<http::Assets>(std::span(duotty_web_table, duotty_web_count), options_.web_dir);
  ws_surface_ = std::make_unique<ws::Surface>(executor_, *dispatcher_, *auth_);
  surface_ = std::make_unique<http::Surface>(*dispatcher_, *auth_, *assets_, *ws_surface_);
  mcp_ = std::make_unique<mcp::Server>(executor_, *dispatcher_, api::tools(), *auth_, version(), mcp::Limits{});
  mcp_->offer(*aiterm_);
  mcp_gate_.server = mcp_.get();
  surface_->mount(*mcp_);
  compat_ = std::make_unique<compat::Surface>(*dispatcher_, *auth_, services_.facts.name);
  surface_->mount(*compat_);
  contents_ = std::make_unique<files::Content>(*places_, *auth_, table_, trail_.get());
  surface_->mount(*contents_);
  archive_ = std::make_unique<transfer::Archive>(*places_, *auth_, table_, trail_.get());
  surface_->mount(*archive_);
  http_server_ = std::make_unique<http::Server>(executor_, *surface_);
}

void Server::announce(const std::string& url, const std::string& new_key) {
  std::fprintf(stdout, "duotty %s is at %s\n", version(), url.c_str());
  if (options_.tls_self_signed) {
    std::fprintf(stdout, "Its certificate is its own: %s\nSHA-256 %s\n", (paths_.state_dir + "/tls-cert.pem").c_str(),
                 tls_fingerprint_.c_str());
  }
  if (!new_key.empty()) {
    std::fprintf(stdout, "Access key (shown only now): %s\nSign in once with: %s/?key=%s\n", new_key.c_str(),
                 url.c_str(), auth_->issue_login_code().c_str());
  }
  std::fflush(stdout);
}

base::Result<llm::Provider> Server::provider() const {
  auto choice = llm::choose_provider({.api_format = settings_.text("api_format"),
                                      .base_url = settings_.text("base_url"),
                                      .api_key = base::Secret(settings_.text("api_key")),
                                      .selected_model = settings_.text("selected_model")},
                                     environment_lookup());
  if (!choice) return choice.error();
  return choice->provider;
}

core::Task<base::Result<std::vector<std::string>>> Server::list_models(std::string format, std::string base_url,
                                                                       std::string key) {
  llm::ProviderSettings wanted{.api_format = format.empty() ? settings_.text("api_format") : format,
                               .base_url = base_url.empty() ? settings_.text("base_url") : base_url,
                               .api_key = base::Secret(std::move(key)),
                               .selected_model = settings_.text("selected_model")};
  // The stored key goes only where it was stored for.
  if (wanted.api_key.empty() && wanted.base_url == settings_.text("base_url")) {
    wanted.api_key = base::Secret(settings_.text("api_key"));
  }
  auto choice = llm::choose_provider(wanted, environment_lookup());
  if (!choice) co_return choice.error();
  co_return co_await llm_client_.list_models(choice->provider);
}

core::Task<> Server::until_ended(core::asio::signal_set& signals) {
  using namespace core::asio::experimental::awaitable_operators;
  if (lost_) co_return;
  co_await (signals.async_wait(core::as_result) || ended_.wait());
}

core::Task<> Server::end_by(void (pty::KeeperClient::*request)()) {
  co_await core::sleep_for(kAnswerTime);
  (keeper_.*request)();
}

core::Task<> Server::stop() {
  co_await scope_.stop();
  co_await loop_watch_.stop();
  if (http_server_) co_await http_server_->stop();
  if (ws_surface_) co_await ws_surface_->stop();
  if (mcp_) co_await mcp_->stop();
  if (asks_) co_await asks_->stop();
  if (jobs_) co_await jobs_->stop();
  if (transfers_) co_await transfers_->stop();
  if (remote_files_) co_await remote_files_->stop();
  if (forwards_) co_await forwards_->stop();
  if (runs_) co_await runs_->stop();
  if (links_) co_await links_->stop();
  if (recordings_) co_await recordings_->stop();
  if (registry_) co_await registry_->stop();
  if (blocks_) co_await blocks_->stop();
  if (trail_) co_await trail_->stop();
  co_await stop_events();
  if (keeper_started_) co_await keeper_.stop();
}

}  // namespace duotty::daemon
