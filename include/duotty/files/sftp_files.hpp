#pragma once
// The files of another machine, over SFTP. What they may be is the other machine's to decide; names are resolved there,
// so somebody who changes folders there during a call may lead it elsewhere (not a removal: src/files/sftp_removal.hpp).
#include <duotty/files/file_system.hpp>
#include <duotty/sftp/client.hpp>

namespace duotty::files {

class SftpFiles final : public FileSystem {
 public:
  /// `client` is started; it lives as long as this object and every file it opened.
  explicit SftpFiles(std::shared_ptr<sftp::Client> client) : client_(std::move(client)) {}

  const char* way() const noexcept override { return "sftp"; }
  Task<Result<std::vector<std::string>>> roots() override;
  Task<Result<std::string>> resolve(std::string path, bool real) override;
  Task<Result<Info>> stat(std::string path, bool follow) override;
  Task<Result<std::string>> link_target(std::string path) override;
  Task<Result<Listing>> list(std::string path, std::size_t most) override;
  Task<Result<std::unique_ptr<File>>> open(std::string path, Open how, std::uint32_t mode) override;
  Task<Result<>> mkdir(std::string path) override;
  Task<Result<>> mark_folder(std::string path, Marks marks) override;
  Task<Result<>> rename(std::string from, std::string to, bool over) override;
  Task<Result<>> remove(std::string path) override;
  Task<Result<Removal>> remove_tree(std::string path) override;

 private:
  Task<Result<std::string>> home();

  std::shared_ptr<sftp::Client> client_;
  std::string home_;
};

}  // namespace duotty::files
