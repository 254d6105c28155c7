#pragma once
// The files of the server's own machine, below granted folders: no link, no "..", and nobody who changes folders
// meanwhile leads out of them. The kernel resolves every path (openat2(2)), or each step is opened by itself.
#include <duotty/core/offload.hpp>
#include <duotty/files/file_system.hpp>
#include <functional>

namespace duotty::files {

struct LocalOptions {
  /// The granted folders as they are now, absolute.
  std::function<std::vector<std::string>()> roots;
  /// Folders and files nobody gets at, also below a granted one: the server's own.
  std::vector<std::string> closed;
  /// False: as on a kernel without openat2; for tests.
  bool openat2 = true;
};

/// What one call works with, a value for the thread that does the work.
struct Grant {
  std::vector<std::string> roots;
  std::vector<std::string> closed;
  bool openat2 = true;
};

/// Its blocking calls are done on a thread of its own.
class LocalFiles final : public FileSystem {
 public:
  explicit LocalFiles(LocalOptions options) : options_(std::move(options)) {}

  const char* way() const noexcept override { return "local"; }
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
  Grant grant() const { return {options_.roots(), options_.closed, options_.openat2}; }
  LocalOptions options_;
  core::Offload offload_;
  core::Offload removing_;  ///< trees may take long, and nothing else should wait for them
};

}  // namespace duotty::files
