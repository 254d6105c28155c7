#pragma once
// The groups of methods.
#include <duotty/base/local_time.hpp>
#include <duotty/remote/methods.hpp>
#include <duotty/rpc/registrar.hpp>

#include "connection_types.hpp"
#include "link_types.hpp"

namespace duotty::remote {

using base::Errc;
using base::Error;
using base::iso_time;
using base::Result;
using core::Task;
using rpc::Call;
using rpc::Json;
using rpc::Scope;
using Registrar = rpc::Registrar<Services>;

void add_connection_methods(Registrar& table);
void add_link_methods(Registrar& table);
void add_connect_methods(Registrar& table);
void add_run_methods(Registrar& table);
void add_forward_methods(Registrar& table);

/// Nothing for an empty text.
inline std::optional<std::string> if_any(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}
/// Entry of the event log, with who did it.
void log_event(Services& services, const Call& call, const char* action, Json fields);
/// A connected link for a caller; on failure the error's details say at which step and why.
Task<Result<std::shared_ptr<Link>>> connect_for(Services& services, Call& call, std::string name);
/// A host's key as answers tell it.
HostKeyInfo info_of(const HostKeyFacts& facts);
/// The steps of an attempt as answers tell them.
std::vector<SshStep> steps_of(const Attempt& attempt);
/// What is asked, as answers tell it.
SshQuestions info_of(const Questions& questions);

}  // namespace duotty::remote
