#include "methods.hpp"

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <duotty/base/text.hpp>
#include <duotty/session/event_log.hpp>
#include <duotty/session/registry.hpp>

namespace duotty::api {

void add_methods(rpc::Table& table, Services* services) {
  Registrar registrar(table, services);
  add_terminal_methods(registrar);
  add_upkeep_methods(registrar);
  add_io_methods(registrar);
  add_job_methods(registrar);
  add_wait_methods(registrar);
  add_history_methods(registrar);
  add_block_methods(registrar);
  add_read_methods(registrar);
  add_stream_methods(registrar);
  add_attach_method(registrar);
  add_viewer_methods(registrar);
  add_overlay_methods(registrar);
  add_input_methods(registrar);
  add_session_methods(registrar);
  add_settings_methods(registrar);
  add_server_methods(registrar);
  add_document_methods(registrar);
}

Result<std::shared_ptr<session::Session>> find_terminal(Services& services, const Call& call, const std::string& id) {
  return services.registry->find(id, call.caller.owner);
}

TerminalInfo terminal_info(Services& services, session::Session& session) {
  const auto& meta = session.meta();
  TerminalInfo info;
  info.id = meta.id;
  info.type = meta.type;
  if (session.remote()) {
    info.connection_id = meta.connection_id;
    info.host = meta.host;
    info.port = meta.port;
    info.username = meta.username;
  }
  info.title = session.title();
  info.name = meta.name;
  if (const std::string cwd = session.cwd(); !cwd.empty()) info.cwd = cwd;
  info.cols = session.terminal().size().cols;
  info.rows = session.terminal().size().rows;
  info.alive = session.alive();
  info.created_at = iso_time(meta.created_at);
  info.created_by = meta.created_by;
  info.user_visible = meta.user_visible;
  info.transient = meta.transient;
  info.is_user_active = services.registry->active_id() == meta.id;
  info.size = static_cast<std::int64_t>(session.size());
  const auto idle = std::chrono::duration<double>(std::chrono::steady_clock::now() - session.last_activity()).count();
  info.idle_seconds = std::round(idle * 10) / 10;
  info.ttl_seconds = meta.ttl_seconds;
  if (session.last_person_input() > 0) info.last_user_input_at = iso_time(session.last_person_input());
  info.last_command = session.last_command();
  info.tags = meta.tags;
  if (session.exit_status()) {
    info.exit_code = session.exit_status()->code;
    if (const auto number = session.exit_status()->signal; number && ::sigabbrev_np(*number)) {
      info.exit_signal = "SIG" + std::string(::sigabbrev_np(*number));
    }
  }
  info.pid = session.pid();
  info.shell = meta.shell;
  info.state = std::string(name(session.shell_state()));
  info.integration = session.integrated();
  info.size_policy = std::string(name(meta.size_policy));
  info.epoch = meta.epoch;
  info.viewers = static_cast<int>(session.viewers().size());
  info.generation = static_cast<std::int64_t>(session.generation());
  return info;
}

std::string address_for(const Services& services, const Call& call) {
  if (!call.base_url.empty()) return call.base_url;
  for (const std::string& url : services.facts.urls) {
    if (url.starts_with("http")) return url;
  }
  return "http://localhost:3000";
}

void log_event(Services& services, const Call& call, const char* action, Json fields) {
  fields["by"] = call.caller.name;
  services.events->emit(action, std::move(fields));
}

std::string command_by(const Call& call) {
  constexpr std::string_view kToken = "token:";
  const std::string& name = call.caller.name;
  if (call.caller.is_person()) return "human";
  return name.starts_with(kToken) ? "agent:" + name.substr(kToken.size()) : "agent";
}

std::string made_by(const Call& call) {
  if (call.caller.is_person()) return "user";
  if (call.surface == "mcp" && !call.client.empty()) return "agent:" + short_text(call.client);
  return call.surface == "ws" ? "agent:ws" : "agent:external";
}

std::string short_text(const std::string& text) {
  std::string line = base::replace_all(base::replace_all(text, "\r", ""), "\n", "\\n");
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return base::shorten(base::to_valid_utf8(line), 120);
}

}  // namespace duotty::api
