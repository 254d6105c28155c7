#pragma once
// The groups of methods of this module.
#include <duotty/oversight/methods.hpp>
#include <duotty/rpc/registrar.hpp>

namespace duotty::oversight {

using base::Errc;
using base::Error;
using base::Result;
using core::Task;
using rpc::Call;
using rpc::Scope;
using Registrar = rpc::Registrar<Services>;

void add_audit_methods(Registrar& table);
void add_access_methods(Registrar& table);
/// The requests that wait, as access.list answers.
rpc::Json pending_json(Services& services);

}  // namespace duotty::oversight
