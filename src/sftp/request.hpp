#pragma once
// What the files of the client share: a request under way, and the sentences of a server's status.
#include <duotty/sftp/client.hpp>

namespace duotty::sftp {

struct Request {
  explicit Request(core::asio::any_io_executor executor) : answered(std::move(executor)) {}
  core::Event answered;
  std::optional<Result<Reply>> answer;
  std::chrono::steady_clock::time_point sent = std::chrono::steady_clock::now();
  bool abandoned = false;  ///< nobody waits any more: a handle that still comes is given back
};

/// What a status other than ok means for `path`.
base::Error error_of(const Reply& status, const std::string& path);
/// An answer of a kind that does not fit the question.
base::Error unfitting();
/// A path as messages show it.
std::string shown(const std::string& path);

}  // namespace duotty::sftp
