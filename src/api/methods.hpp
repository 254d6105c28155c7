#pragma once
// The groups of methods; methods.cpp calls them in the order of the reference.
#include <duotty/api/services.hpp>
#include <duotty/base/local_time.hpp>
#include <duotty/digest/grep.hpp>
#include <duotty/rpc/registrar.hpp>
#include <memory>

#include "terminal_types.hpp"

namespace duotty::session {
class Session;
}

namespace duotty::api {

using base::Errc;
using base::Error;
using base::iso_time;
using base::Result;
using core::Task;
using rpc::Call;
using rpc::Scope;
using rpc::Sink;
using Registrar = rpc::Registrar<Services>;

void add_terminal_methods(Registrar& table);
void add_upkeep_methods(Registrar& table);
void add_io_methods(Registrar& table);
void add_job_methods(Registrar& table);
void add_wait_methods(Registrar& table);
void add_history_methods(Registrar& table);
void add_block_methods(Registrar& table);
void add_read_methods(Registrar& table);
void add_stream_methods(Registrar& table);
void add_attach_method(Registrar& table);
void add_viewer_methods(Registrar& table);
void add_overlay_methods(Registrar& table);
void add_input_methods(Registrar& table);
void add_session_methods(Registrar& table);
void add_server_methods(Registrar& table);
void add_document_methods(Registrar& table);
void add_settings_methods(Registrar& table);

/// The terminal a call names, if the caller may see it.
Result<std::shared_ptr<session::Session>> find_terminal(Services& services, const Call& call, const std::string& id);
/// Whether a caller may have a terminal on the host of a stored connection. Errors: invalid_params, ssh_unavailable,
/// denied.
Result<> may_use_host(const Services& services, const Call& call, const std::string& connection);
/// What lists and answers say of a terminal.
TerminalInfo terminal_info(Services& services, session::Session& session);
/// The visible screen; `format` as in TerminalScreen.
ScreenResult screen_of(const session::Session& session, std::string_view format);
/// Where the caller reaches this server: as it came in, else the first address that the server listens on.
std::string address_for(const Services& services, const Call& call);
/// Entry of the event log, with who did it.
void log_event(Services& services, const Call& call, const char* action, Json fields);
/// Who a caller is in the list of commands: "human", "agent", "agent:<name>".
std::string command_by(const Call& call);
/// Who made a terminal, as its tab names them: "user", or "agent:" and what an MCP client calls itself.
std::string made_by(const Call& call);
/// Matching lines as answers give them.
Json grep_json(const digest::GrepResult& grep);
/// Text for the event log: one line, shortened.
std::string short_text(const std::string& text);

}  // namespace duotty::api
