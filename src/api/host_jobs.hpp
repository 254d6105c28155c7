#pragma once
// Jobs that run on hosts without a terminal, as the job methods answer for them.
#include <duotty/jobs/host_jobs.hpp>
#include <duotty/store/job.hpp>

#include "job_types.hpp"
#include "methods.hpp"

namespace duotty::api {

JobInfo info_of(const jobs::HostJob& job);
/// One that only the database knows.
jobs::HostJob host_job_of(const store::StoredJob& row);
/// What job.get says of it beside `job`.
Task<HostResult> host_result(Services& services, jobs::HostJob job);
/// What it wrote, from `params.since` on.
Task<Result<JobOutputResult>> host_output(Services& services, jobs::HostJob job, const JobOutput& params);
/// Forgets those that are over and have no row any more, with their outputs. Errors: io.
Task<Result<>> forget_unstored(Services& services);
/// Whether a caller may cancel it. Errors: denied.
Result<> may_cancel_on_host(const Call& call);
/// What came of a signal, in sentences.
std::string cancel_note(const jobs::HostJob& job, const std::string& signal, bool sent);

}  // namespace duotty::api
