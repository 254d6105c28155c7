#pragma once
// The files of another machine that has no SFTP, by its POSIX shell and the programs that every system has
// (docs/adr/0023). What they may be is the other machine's to decide, as with SFTP; times have whole seconds, on hosts
// without stat(1) minutes.
#include <boost/asio/any_io_executor.hpp>
#include <duotty/base/unique_fd.hpp>
#include <duotty/files/file_system.hpp>
#include <functional>

namespace duotty::files {

/// A program on the other machine.
struct ShellChannel {
  base::UniqueFd data;         ///< a connected local stream socket: its standard input and output
  std::shared_ptr<void> hold;  ///< it ends with this
};
/// Runs a command by whatever shell the account has, without a terminal.
using OpenShell = std::function<Task<Result<ShellChannel>>(std::string command)>;

class Shells;

/// A few shells are kept for what is asked; reading and writing what is not small takes one of its own.
class ShellFiles final : public FileSystem {
 public:
  ShellFiles(boost::asio::any_io_executor executor, OpenShell open);

  /// Learns what the host can. Once, before any other call. Errors: those of `open`; unreachable when what runs there
  /// has ended, or has said nothing that a shell says, in time.
  Task<Result<>> start();

  const char* way() const noexcept override { return "shell"; }
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
  std::shared_ptr<Shells> shells_;
};

}  // namespace duotty::files
