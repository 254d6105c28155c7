#pragma once
// The files behind SSH connections: one SFTP channel for each, or where the host has none a few shells, opened when
// they are first needed, again when they were lost or their connection was edited, and closed when nobody has used them
// for a while, so that they do not keep their connection.
#include <duotty/core/event.hpp>
#include <duotty/core/scope.hpp>
#include <duotty/files/file_system.hpp>
#include <duotty/remote/link_pool.hpp>
#include <duotty/rpc/method.hpp>
#include <list>
#include <map>
#include <memory>
#include <string>

namespace duotty::daemon {

/// Loop thread only; stop() before it goes, and before the pool.
class RemoteFiles {
 public:
  RemoteFiles(boost::asio::any_io_executor executor, remote::LinkPool& links);
  RemoteFiles(const RemoteFiles&) = delete;
  RemoteFiles& operator=(const RemoteFiles&) = delete;
  ~RemoteFiles();

  /// What went wrong while connecting goes to the call's details. Errors: those of LinkPool::acquire(); upstream when
  /// the host has neither SFTP nor a shell; those of sftp::Client::start() and files::ShellFiles::start() when the
  /// connection is lost meanwhile.
  core::Task<base::Result<std::shared_ptr<files::FileSystem>>> find(rpc::Call& call, std::string connection);
  /// Ends every channel.
  core::Task<> stop();

 private:
  struct Place;
  core::Task<> open(std::shared_ptr<Place> place, std::string connection);
  core::Task<base::Result<>> connect(Place& place, const std::string& connection);
  core::Task<base::Result<>> open_sftp(Place& place);
  core::Task<base::Result<>> open_shell(Place& place);
  core::Task<> close(std::shared_ptr<Place> place);
  core::Task<> close_unused();

  boost::asio::any_io_executor executor_;
  remote::LinkPool& links_;
  std::map<std::string, std::shared_ptr<Place>> places_;
  std::list<std::shared_ptr<Place>> closing_;
  std::map<std::string, std::weak_ptr<remote::Link>> without_sftp_;
  core::Event news_;
  bool watching_ = false;
  core::Scope scope_;
};

}  // namespace duotty::daemon
