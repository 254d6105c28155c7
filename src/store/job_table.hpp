#pragma once
// The table of jobs: commands that were put into the background, whoever runs the server by now.
#include <duotty/store/job.hpp>
#include <vector>

#include "sqlite.hpp"

namespace duotty::store {

/// Adds or replaces one job; the oldest beyond kJobsKept go.
base::Result<> write_job(const Database& database, const JobRow& row);
base::Result<std::vector<StoredJob>> find_jobs(const Database& database, const JobQuery& query);
/// The jobs whose commands have no row because they never started go by the same conditions as rows.
base::Result<> remove_unstarted(const Database& database, const BlockQuery& query);

}  // namespace duotty::store
