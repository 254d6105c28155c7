#pragma once
// The table of events, on whatever thread owns the file at the moment.
#include <duotty/store/event_store.hpp>
#include <string>
#include <vector>

#include "stored_file.hpp"

namespace duotty::store {

class EventTables {
 public:
  explicit EventTables(std::string path);

  /// As StoredFile::open() and notice().
  base::Result<> open() { return file_.open(); }
  const std::string& notice() const noexcept { return file_.notice(); }

  /// The newest `most` and the file's word, which is made as `fresh` when it has none.
  base::Result<KeptEvents> load(const std::string& fresh, std::size_t most);
  /// Adds all or nothing; of those before, the newest `keep` stay.
  base::Result<> add(const std::vector<EventRow>& rows, bool prune, std::size_t keep);

 private:
  StoredFile file_;
  std::uint64_t newest_ = 0;  ///< id in the table
};

}  // namespace duotty::store
