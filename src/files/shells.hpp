#pragma once
// The shells of one host. Each reads host/files.sh once and then answers requests, one at a time, or ends as the reader
// or writer of one file. Nothing that a host says or leaves unsaid lets a call hang or grow without bound.
#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>
#include <duotty/core/event.hpp>
#include <duotty/files/shell_files.hpp>

#include "shell_answers.hpp"

namespace duotty::files {

/// For what is done in a moment, and for what may take long.
inline constexpr std::chrono::seconds kSoon{120};
inline constexpr std::chrono::seconds kLater{3600};

/// One shell. Errors of all calls: unreachable when it has ended, timeout; it is of no use after one.
class Shell {
 public:
  Shell(const boost::asio::any_io_executor& executor, ShellChannel channel, std::string nonce);

  /// Sends all of it, at the pace of the host.
  Task<Result<>> send(std::string bytes);
  /// Nothing more is sent.
  void end_input();
  /// The answer to what was sent. Error too_large.
  Task<Result<ShellAnswer>> answer(std::chrono::seconds patience);
  /// The first line of an answer; what follows is read by data() or rest().
  Task<Result<std::string>> begin();
  /// Up to `most` bytes of an answer whose end is that of the shell; none at its end. `status` tells how it ended.
  Task<Result<std::string>> data(std::size_t most, int& status);
  /// Nothing has come and the shell is there.
  bool idle();
  /// What has come and was no answer.
  std::string_view unread() const noexcept { return arrived_; }

 private:
  using time_point = std::chrono::steady_clock::time_point;
  Task<Result<>> ready(boost::asio::posix::descriptor_base::wait_type what, time_point deadline);
  Task<Result<bool>> more(time_point deadline);
  Task<Result<>> skip_to_begin(time_point deadline);
  std::optional<int> end_at(std::size_t at) const;

  boost::asio::posix::stream_descriptor socket_;
  std::shared_ptr<void> hold_;
  std::string nonce_;
  std::string arrived_;
  bool ended_ = false;
};

/// Held by shared pointers, so that files that are open keep it. Loop thread only.
class Shells {
 public:
  Shells(boost::asio::any_io_executor executor, OpenShell open);
  Shells(const Shells&) = delete;
  Shells& operator=(const Shells&) = delete;

  /// Opens the first. Errors: those of OpenShell; unreachable.
  Task<Result<>> start();
  /// What a request is answered. Errors: those of OpenShell, and of Shell.
  Task<Result<ShellAnswer>> ask(std::string request, std::chrono::seconds patience = kSoon);
  /// The same, as an error when it is not done.
  Task<Result<std::string>> done(std::string request, std::string path, std::chrono::seconds patience = kSoon);
  /// A shell of its own that carries out `request`, which ends it, up to the first line of its answer.
  Task<Result<std::unique_ptr<Shell>>> stream(std::string request, std::string& first);
  /// Where one starts.
  const std::string& home() const noexcept { return home_; }

 private:
  class Lease;
  Task<Result<std::unique_ptr<Shell>>> take();

  boost::asio::any_io_executor executor_;
  OpenShell open_;
  std::string ways_;  ///< by which the host tells what a file is; empty: not known yet
  std::string home_;
  std::vector<std::unique_ptr<Shell>> idle_;
  std::size_t busy_ = 0;  ///< with requests
  core::Event news_;
};

/// Seconds since 1970.
std::int64_t now_s();

}  // namespace duotty::files
