#include "remote_files.hpp"

#include <duotty/files/sftp_files.hpp>
#include <duotty/files/shell_files.hpp>
#include <duotty/remote/methods.hpp>
#include <nlohmann/json.hpp>
#include <optional>

namespace duotty::daemon {
namespace {

using base::Error;
using base::Result;
using core::Task;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::minutes kUnused{3};
/// A shell waits so long for a place when the host has no more for this connection.
constexpr std::chrono::seconds kPatience{60};

/// A channel for a shell, whose errors nobody reads: what matters they write to their output.
Task<Result<files::ShellChannel>> shell_of(std::shared_ptr<remote::Link> link, std::string command,
                                           std::chrono::seconds patience) {
  auto stream = co_await link->exec(std::move(command), patience);
  if (!stream) co_return stream.error();
  (*stream)->errors.reset();
  files::ShellChannel channel;
  channel.data = std::move((*stream)->data);
  channel.hold = std::shared_ptr<remote::Stream>(std::move(*stream));
  co_return channel;
}

}  // namespace

/// What is open on a link; `files` is handed out, so that its use count tells whether somebody works with it.
struct RemoteFiles::Place {
  explicit Place(std::shared_ptr<remote::Link> on) : link(std::move(on)) {}

  std::shared_ptr<remote::Link> link;
  std::unique_ptr<remote::Stream> stream;
  std::shared_ptr<sftp::Client> client;
  std::shared_ptr<files::FileSystem> files;
  std::optional<Error> failed;
  bool opening = true;
  Clock::time_point used = Clock::now();

  bool alive() const { return link->alive() && (!client || client->alive()); }
};

RemoteFiles::RemoteFiles(boost::asio::any_io_executor executor, remote::LinkPool& links)
    : executor_(executor), links_(links), news_(executor), scope_(executor) {}

RemoteFiles::~RemoteFiles() = default;

Task<Result<std::shared_ptr<files::FileSystem>>> RemoteFiles::find(rpc::Call& call, std::string connection) {
  remote::Attempt attempt;
  const auto link = co_await links_.acquire(connection, attempt);
  if (!link) {
    call.details = remote::details_of(attempt);
    co_return link.error();
  }
  for (;;) {
    auto& slot = places_[connection];
    if (slot && !slot->opening && (slot->link != *link || !slot->alive()))
      scope_.spawn("lost files", close(std::exchange(slot, nullptr)));
    if (!slot) {
      slot = std::make_shared<Place>(*link);
      scope_.spawn("files of a connection", open(slot, connection));
    }
    const auto place = slot;
    while (place->opening && !scope_.stopping()) co_await news_.wait();
    if (place->opening) co_return Error(base::Errc::closed, "The server is stopping.");
    if (place->link != *link) continue;
    if (place->failed) co_return *place->failed;
    place->used = Clock::now();
    co_return place->files;
  }
}

Task<> RemoteFiles::open(std::shared_ptr<Place> place, std::string connection) {
  auto connected = co_await connect(*place, connection);
  if (!connected) {
    place->failed = connected.error();
    if (place->client) co_await place->client->stop();
    if (const auto at = places_.find(connection); at != places_.end() && at->second == place) places_.erase(at);
  }
  place->opening = false;
  news_.notify();
  if (connected && !std::exchange(watching_, true)) scope_.spawn("unused files", close_unused());
}

Task<Result<>> RemoteFiles::connect(Place& place, const std::string& connection) {
  Result<> sftp = Error(base::Errc::upstream, "it was refused before.");
  if (without_sftp_[connection].lock() != place.link) sftp = co_await open_sftp(place);
  if (sftp) co_return sftp;
  if (!place.link->alive()) co_return Error(base::Errc::unreachable, sftp.error().message());
  auto shell = co_await open_shell(place);
  if (shell) {
    without_sftp_[connection] = place.link;
    co_return shell;
  }
  if (!place.link->alive()) co_return Error(base::Errc::unreachable, shell.error().message());
  co_return Error(base::Errc::upstream, "The host offers no files: by SFTP (" + sftp.error().message() +
                                            "), nor by a shell (" + shell.error().message() + ").");
}

Task<Result<>> RemoteFiles::open_sftp(Place& place) {
  auto stream = co_await place.link->subsystem("sftp");
  if (!stream) co_return stream.error();
  place.stream = std::move(*stream);
  place.client = std::make_shared<sftp::Client>(executor_, std::move(place.stream->data));
  auto started = co_await place.client->start();
  if (started) {
    place.files = std::make_shared<files::SftpFiles>(place.client);
    co_return started;
  }
  co_await place.client->stop();
  place.client.reset();
  place.stream.reset();
  co_return started;
}

Task<Result<>> RemoteFiles::open_shell(Place& place) {
  // The first finds a place at once or not at all: a host whose places are taken may well have SFTP.
  const auto first = std::make_shared<bool>(true);
  auto open = [link = place.link, first](std::string command) {
    const auto patience = std::exchange(*first, false) ? std::chrono::seconds(0) : kPatience;
    return shell_of(link, std::move(command), patience);
  };
  auto files = std::make_shared<files::ShellFiles>(executor_, std::move(open));
  auto started = co_await files->start();
  if (started) place.files = std::move(files);
  co_return started;
}

Task<> RemoteFiles::close(std::shared_ptr<Place> place) {
  const auto at = closing_.insert(closing_.end(), place);
  if (place->client) co_await place->client->stop();
  closing_.erase(at);
}

Task<> RemoteFiles::close_unused() {
  while (!places_.empty()) {
    co_await core::sleep_for(kUnused);
    for (auto at = places_.begin(); at != places_.end();) {
      auto& place = at->second;
      if (place->files && place->files.use_count() > 1) place->used = Clock::now();
      if (place->opening || Clock::now() - place->used < kUnused) {
        ++at;
        continue;
      }
      scope_.spawn("unused files", close(std::move(place)));
      at = places_.erase(at);
    }
  }
  watching_ = false;
}

Task<> RemoteFiles::stop() {
  co_await scope_.stop();
  news_.notify();
  for (const auto& [connection, place] : places_) closing_.push_back(place);
  for (const auto& place : closing_) {
    if (place->client) co_await place->client->stop();
  }
  closing_.clear();
  places_.clear();
}

}  // namespace duotty::daemon
