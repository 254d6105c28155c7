#pragma once
// A job as answers show it and as the database keeps it.
#include <duotty/jobs/job_desk.hpp>
#include <duotty/store/job.hpp>

#include "job_types.hpp"

namespace duotty::api {

/// A job of this worker; `state` is how it stands.
JobInfo info_of(jobs::Job& job, const base::Result<session::ExecOutcome>& state);
/// A job of an earlier worker.
JobInfo info_of(const store::StoredJob& job);
/// Any command, as if it were a job.
JobInfo info_of(const store::BlockRow& row);

}  // namespace duotty::api
