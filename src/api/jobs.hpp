#pragma once
// Execs that may outlive their request.
#include <duotty/jobs/job_desk.hpp>

#include "methods.hpp"

namespace duotty::api {

/// What an exec answers with.
ExecResult exec_result(session::ExecOutcome outcome, const std::string& terminal);
/// Why an exec is refused with `busy` just now: what runs in the terminal, since when, by whom, and what can be done.
Task<std::shared_ptr<const Json>> busy_details(std::shared_ptr<session::Session> session);
/// True when the parameters ask for more than a wait for the end: `background_after` or `isolated`.
bool runs_as_job(const TerminalExec& params);
/// What the parameters say of the command besides its text, directory and variables. Errors: invalid_params.
Result<> set_exec_options(session::ExecCommand& command, const TerminalExec& params);
/// Runs the command as a job: answers with its end, or, when `background_after` or the timeout has passed, with where
/// it stands and the job's id. `session` is the terminal that was named; `verdict` as jobs::JobRequest has it.
Task<Result<ExecResult>> exec_as_job(Services& services, Call& call, const TerminalExec& params,
                                     std::shared_ptr<session::Session> session, session::ExecCommand command,
                                     session::ExecProgress progress, std::shared_ptr<const std::string> verdict);

}  // namespace duotty::api
