#pragma once
// The tables of commands and their output, on whatever thread owns the file at the moment. Nothing here waits for
// anything but the disk.
#include <duotty/store/block.hpp>
#include <string>
#include <variant>
#include <vector>

#include "sqlite.hpp"

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
using Write = std::variant<PutRow, PutOutput, CloseMissing>;

class BlockTables {
 public:
  explicit BlockTables(std::string path) : path_(std::move(path)) {}

  /// Opens the file and brings its schema up to date; sets a damaged one aside. What a person should know of that is in
  /// notice(). Errors: io; unsupported when a newer version of duotty made the file.
  base::Result<> open();
  const std::string& notice() const noexcept { return notice_; }

  /// Applies all or nothing. A file found damaged is set aside and the batch goes into the new one.
  base::Result<> apply(const std::vector<Write>& batch);
  /// Removes what is over the limits. `now`: milliseconds since 1970.
  base::Result<> prune(const BlockLimits& limits, std::int64_t now);

  base::Result<std::vector<BlockRow>> find(const BlockQuery& query);
  base::Result<std::vector<OutputPiece>> output(const BlockKey& key);
  base::Result<std::int64_t> remove(const BlockQuery& query);

 private:
  base::Result<> open_file();
  base::Result<> migrate();
  base::Result<> set_aside();
  base::Result<> apply_once(const std::vector<Write>& batch);
  base::Result<> write(const PutRow& put);
  base::Result<> write(const PutOutput& put);
  base::Result<> write(const CloseMissing& close);
  base::Result<std::int64_t> used_bytes();
  base::Result<> prune_bytes(std::int64_t limit);

  std::string path_;
  Database database_;
  std::string notice_;
};

}  // namespace duotty::store
