#pragma once
// The table of the audit, on whatever thread owns the file at the moment.
#include <duotty/store/audit_store.hpp>
#include <string>
#include <vector>

#include "stored_file.hpp"

namespace duotty::store {

class AuditTables {
 public:
  explicit AuditTables(std::string path);

  /// As StoredFile::open() and notice().
  base::Result<> open() { return file_.open(); }
  const std::string& notice() const noexcept { return file_.notice(); }

  /// Adds all or nothing.
  base::Result<> add(const std::vector<AuditRow>& rows);
  /// Removes what is over the limits. `now`: milliseconds since 1970.
  base::Result<> prune(const AuditLimits& limits, std::int64_t now);
  base::Result<std::vector<AuditRow>> find(const AuditQuery& query);

 private:
  base::Result<> insert(const std::vector<AuditRow>& rows);
  base::Result<> prune_to(std::int64_t id);

  StoredFile file_;
};

}  // namespace duotty::store
