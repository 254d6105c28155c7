#include "job_table.hpp"

#include "block_search.hpp"

namespace duotty::store {
namespace {

std::int64_t signed_of(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

}  // namespace

base::Result<> write_job(const Database& database, const JobRow& row) {
  Statement insert(
      database,
      "INSERT INTO job (job, terminal, seq, owner, by_whom, command, asked_at, ended_at, status, exit_code,"
      " error, verdict, cancelled, connection, signal)"
      " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)"
      " ON CONFLICT (job) DO UPDATE SET seq = excluded.seq, ended_at = excluded.ended_at,"
      " status = excluded.status, exit_code = excluded.exit_code, error = excluded.error,"
      " verdict = excluded.verdict, signal = excluded.signal, cancelled = max(cancelled, excluded.cancelled)");
  insert.bind(1, row.job).bind(2, row.key.terminal).bind(3, signed_of(row.key.seq)).bind(4, row.owner);
  insert.bind(5, row.by).bind(6, row.command).bind(7, row.asked_at).bind_optional(8, row.ended_at);
  insert.bind(9, row.status).bind_optional(10, row.exit_code).bind(11, row.error).bind(12, row.verdict);
  insert.bind(13, std::int64_t{row.cancelled}).bind(14, row.connection).bind(15, row.signal);
  if (auto done = insert.run(); !done) return done;
  Statement old(database, "DELETE FROM job WHERE id <= (SELECT id FROM job ORDER BY id DESC LIMIT 1 OFFSET ?1)");
  return old.bind(1, std::int64_t{kJobsKept}).run();
}

base::Result<std::vector<StoredJob>> find_jobs(const Database& database, const JobQuery& query) {
  Statement select(database,
                   "SELECT job.job, job.terminal, job.seq, job.owner, job.by_whom, job.command, job.asked_at,"
                   " job.ended_at, job.status, job.exit_code, job.error, job.verdict, job.cancelled, block.status,"
                   " block.ended_at, block.exit_code, job.connection, job.signal FROM job LEFT JOIN block"
                   " ON block.terminal = job.terminal AND block.seq = job.seq AND job.seq > 0"
                   " WHERE (?1 = '' OR job.job = ?1) AND (?2 = '' OR job.terminal = ?2) AND (?3 = '' OR job.owner = ?3)"
                   " ORDER BY job.id DESC LIMIT ?4");
  select.bind(1, query.job).bind(2, query.terminal).bind(3, query.owner);
  select.bind(4, static_cast<std::int64_t>(query.limit));
  std::vector<StoredJob> jobs;
  while (select.row()) {
    StoredJob job;
    job.job = select.text(0);
    job.key = {select.text(1), static_cast<std::uint64_t>(select.number(2))};
    job.owner = select.text(3);
    job.by = select.text(4);
    job.command = select.text(5);
    job.asked_at = select.number(6);
    if (!select.null(7)) job.ended_at = select.number(7);
    job.status = select.text(8);
    if (!select.null(9)) job.exit_code = static_cast<int>(select.number(9));
    job.error = select.text(10);
    job.verdict = select.text(11);
    job.cancelled = select.number(12) != 0;
    job.block_status = select.text(13);
    if (!select.null(14)) job.block_ended_at = select.number(14);
    if (!select.null(15)) job.block_exit_code = static_cast<int>(select.number(15));
    job.connection = select.text(16);
    job.signal = select.text(17);
    jobs.push_back(std::move(job));
  }
  if (auto read = select.status(); !read) return read.error();
  return jobs;
}

base::Result<> remove_unstarted(const Database& database, const BlockQuery& query) {
  if (query.seq || query.failed || !query.status.empty() || !query.cwd.empty()) return {};
  std::vector<std::pair<std::string, std::int64_t>> gone;
  {
    Statement select(database, "SELECT command, id, terminal, owner, asked_at FROM job WHERE seq = 0");
    while (select.row()) {
      if (!query.terminal.empty() && select.text(2) != query.terminal) continue;
      if (!query.owner.empty() && select.text(3) != query.owner) continue;
      if (query.since && select.number(4) < *query.since) continue;
      if (query.until && select.number(4) >= *query.until) continue;
      if (has_all_words(select.text(0), query.text)) gone.emplace_back(select.text(0), select.number(1));
    }
    if (auto read = select.status(); !read) return read;
  }
  Statement removal(database, "DELETE FROM job WHERE id = ?1");
  for (const auto& [command, id] : gone) {
    if (auto done = removal.bind(1, id).run(); !done) return done;
  }
  return {};
}

}  // namespace duotty::store
