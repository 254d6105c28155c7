#pragma once
// The database of commands, `duotty.db`. Writes are queued and done in batches on a thread of its own; reads wait for
// the writes before them. A file that is damaged is set aside and a new one begun; when the database cannot be used at
// all, writes do nothing and reads say why.
#include <boost/asio/any_io_executor.hpp>
#include <duotty/base/error.hpp>
#include <duotty/core/task.hpp>
#include <duotty/store/block.hpp>
#include <duotty/store/job.hpp>
#include <memory>
#include <string>
#include <vector>

namespace duotty::store {

/// Loop thread only.
class BlockStore {
 public:
  /// Opens `path` (made with mode 0600) in the background. Without `clean` outputs cannot be searched.
  BlockStore(core::asio::any_io_executor executor, std::string path, BlockLimits limits, CleanText clean = nullptr);
  BlockStore(const BlockStore&) = delete;
  BlockStore& operator=(const BlockStore&) = delete;
  ~BlockStore();

  /// Queues a row. A key that is there already is changed only if it stood as running and this one has ended; its time,
  /// its words and who ran it stay as they were first told.
  void put(BlockRow row);
  /// Queues output of a row that was put before. Pieces that are there already stay; one that does not begin at a
  /// multiple of kPiece or is longer than kPiece is cut.
  void put_output(BlockKey key, std::vector<OutputPiece> pieces);
  /// Rows that stand as running in terminals other than these are marked as lost.
  void close_missing(std::vector<std::string> live_terminals);
  /// Queues a note that a command which runs has read something without an echo: its output is not searched.
  void put_secret(BlockKey key);
  /// Queues a job; one of the same name is replaced.
  void put_job(JobRow row);
  /// From now on; what is over goes with the next write.
  void set_limits(BlockLimits limits);

  /// Errors: io with the reason when there is no usable database.
  core::Task<base::Result<std::vector<FoundBlock>>> find(BlockQuery query);
  /// Errors as find().
  core::Task<base::Result<std::vector<StoredJob>>> jobs(JobQuery query);
  /// The output that is kept, in order, with gaps where none is. Errors as find().
  core::Task<base::Result<std::vector<OutputPiece>>> output(BlockKey key);
  /// Removes every row that the query's conditions name, whatever its limit, with their outputs and jobs; how many.
  /// Errors as find().
  core::Task<base::Result<std::int64_t>> remove(BlockQuery query);

  /// Suspends until everything queued so far is in the file.
  core::Task<> flush();
  /// Flushes and closes.
  core::Task<> stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace duotty::store
