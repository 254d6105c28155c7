#pragma once
// Removes a folder of another machine over SFTP, which has no way to say "this folder and no link in its place".
#include <duotty/files/file_system.hpp>
#include <duotty/sftp/client.hpp>

namespace duotty::files {

/// One removal. Each folder gets a name that nobody else knows before it is looked into, so that a link which takes its
/// place meanwhile is not gone into; it gets its own name back when it cannot be removed.
class SftpRemoval {
 public:
  explicit SftpRemoval(sftp::Client& client) : client_(client) {}

  /// Removes the folder and all that is in it; what stays is in the answer. Errors: those of a lost connection.
  Task<Result<Removal>> run(std::string path);

 private:
  Task<Result<>> remove(std::string path, std::string shown, int depth);
  Task<Result<>> remove_inside(const std::string& path, const std::string& shown, int depth);

  Task<> remove_plain(const std::string& path, const std::vector<std::string>& names, std::size_t& next,
                      std::vector<std::string>& others);
  Task<Result<>> remove_other(std::string path, std::string shown, int depth);

  sftp::Client& client_;
  std::string top_;  ///< as it is called meanwhile
  Removal removal_;
};

}  // namespace duotty::files
