#pragma once
// Records of transfers on the disk, for the next worker: a file each, mode 0600.
#include <duotty/core/offload.hpp>
#include <duotty/transfer/desk.hpp>
#include <string_view>

namespace duotty::transfer {

/// A record as bytes: without its places' files and rights. Pure.
std::string encode(const Record& record);
/// Nothing when the bytes are no record, or one of another version. Pure.
std::optional<Record> decode(std::string_view bytes);

/// Loop thread only.
class Ledger {
 public:
  /// `directory` is made when it is first needed; its parent exists. Empty: nothing is kept.
  explicit Ledger(std::string directory) : directory_(std::move(directory)) {}

  /// All there are, oldest first; what is none is removed. Blocks: for the start of a worker.
  std::vector<Record> load() const;
  /// Writes one; on the disk when this returns, after those asked for before. Errors: io.
  Task<Result<>> put(std::string id, std::string bytes);
  /// Removes some.
  Task<> remove(std::vector<std::string> ids);

 private:
  std::string directory_;
  core::Offload offload_;
};

}  // namespace duotty::transfer
