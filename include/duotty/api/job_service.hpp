#pragma once
// Jobs beyond the life of a worker: what is stored of them, and what the next worker still owes them.
#include <duotty/core/task.hpp>
#include <duotty/store/job.hpp>

namespace duotty::jobs {
class Job;
struct HostJob;
}  // namespace duotty::jobs

namespace duotty::api {

struct Services;

/// What is stored of a job as it stands.
store::JobRow record_of(jobs::Job& job);
store::JobRow record_of(const jobs::HostJob& job);

/// Looks after what earlier workers put into the background: terminals that were made for one command are closed at its
/// end, and what became of commands on hosts is noted. Once, when the services are made and the terminals are adopted.
/// `services` outlives it.
core::Task<> resume_jobs(Services& services);

}  // namespace duotty::api
