#pragma once
// The tables of commands and their output, on whatever thread owns the file at the moment. Nothing here waits for
// anything but the disk.
#include <duotty/store/block.hpp>
#include <duotty/store/job.hpp>
#include <string>
#include <variant>
#include <vector>

#include "stored_file.hpp"

namespace duotty::store {

/// What is written. A batch of them is one transaction.
struct PutRow {
  BlockRow row;
};
struct PutOutput {
  BlockKey key;
  std::vector<OutputPiece> pieces;
};
struct CloseMissing {
  std::vector<std::string> live_terminals;
};
struct PutSecret {
  BlockKey key;
};
struct PutJob {
  JobRow row;
};
using Write = std::variant<PutRow, PutOutput, CloseMissing, PutSecret, PutJob>;

class BlockTables {
 public:
  BlockTables(std::string path, CleanText clean);

  /// As StoredFile::open() and notice().
  base::Result<> open() { return file_.open(); }
  const std::string& notice() const noexcept { return file_.notice(); }

  /// Applies all or nothing. A file found damaged is set aside and the batch goes into the new one.
  base::Result<> apply(const std::vector<Write>& batch);
  /// Removes what is over the limits. `now`: milliseconds since 1970.
  base::Result<> prune(const BlockLimits& limits, std::int64_t now);

  base::Result<std::vector<FoundBlock>> find(const BlockQuery& query);
  base::Result<std::vector<StoredJob>> jobs(const JobQuery& query);
  base::Result<std::vector<OutputPiece>> output(const BlockKey& key);
  base::Result<std::int64_t> remove(const BlockQuery& query);

 private:
  Database& database() noexcept { return file_.database(); }
  base::Result<> write(const PutRow& put);
  base::Result<> write(const PutOutput& put);
  base::Result<> write(const CloseMissing& close);
  base::Result<> write(const PutSecret& secret);
  base::Result<> write(const PutJob& job);
  base::Result<> index_output(const BlockKey& key);
  base::Result<std::int64_t> used_bytes();
  base::Result<> prune_bytes(std::int64_t limit);
  base::Result<bool> remove_steps(const std::string& weigh, const std::string& what, std::int64_t due);

  StoredFile file_;
  CleanText clean_;
};

}  // namespace duotty::store
