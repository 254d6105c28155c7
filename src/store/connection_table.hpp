#pragma once
// The table of SSH connections, on whatever thread owns the file at the moment.
#include <duotty/store/connection_store.hpp>

#include "sealer.hpp"
#include "stored_file.hpp"

namespace duotty::store {

class ConnectionTable {
 public:
  ConnectionTable(std::string path, std::string key_path);

  /// As StoredFile::open() and notice().
  base::Result<> open() { return file_.open(); }
  const std::string& notice() const noexcept { return file_.notice(); }

  /// The rest as ConnectionStore has it.
  base::Result<std::vector<ConnectionRow>> list();
  base::Result<ConnectionRow> find(const std::string& name);
  base::Result<std::vector<std::string>> add(std::vector<ConnectionStore::Fresh>& fresh);
  base::Result<ConnectionRow> change(const std::string& name, const ConnectionStore::Change& change);
  base::Result<ConnectionRow> remove(const std::string& name);
  base::Result<ConnectionSecrets> reveal(const std::string& name);

 private:
  base::Result<> write(const ConnectionRow& row);
  base::Result<> write_secrets(ConnectionRow& row, const ConnectionSecrets& secrets);
  base::Result<std::vector<ConnectionRow>> select(const char* condition, const std::string& value);

  StoredFile file_;
  Sealer sealer_;
};

}  // namespace duotty::store
