#pragma once
// Messages on their way to one HTTP client, numbered, so that a client that lost its connection goes on where it was.
// What is kept is bounded: the oldest goes first.
#include <cstdint>
#include <deque>
#include <duotty/core/event.hpp>
#include <duotty/http/server.hpp>

#include "protocol.hpp"

namespace duotty::mcp {

class Stream {
 public:
  static constexpr std::size_t kMaxItems = 256;
  static constexpr std::size_t kMaxBytes = 1024 * 1024;

  Stream(core::asio::any_io_executor executor, std::string name) : name_(std::move(name)), changed_(executor) {}

  void push(const Json& message);
  /// Nothing comes any more.
  void finish();
  bool finished() const noexcept { return finished_; }
  std::size_t size() const noexcept { return items_.size(); }
  /// The texts that are kept, from the beginning.
  const std::deque<std::string>& texts() const noexcept { return items_; }
  /// Number of the item that comes next.
  std::uint64_t end() const noexcept { return first_ + items_.size(); }
  /// The id of an item: "<stream>-<number>".
  std::string id_of(std::uint64_t number) const { return name_ + "-" + std::to_string(number); }
  /// Suspends until there is an item, the stream is finished, or `deadline`.
  Task<> settle(std::chrono::steady_clock::time_point deadline);
  Task<> until_finished();
  /// Writes items from `from` on as server-sent events until the stream is finished, the client is gone or another
  /// reader comes. `numbered` gives them ids. True when the client was sent everything.
  Task<bool> pump(http::ResponseStream& out, std::uint64_t from, bool numbered);

 private:
  std::string name_;
  std::deque<std::string> items_;
  std::uint64_t first_ = 1;
  std::size_t bytes_ = 0;
  bool finished_ = false;
  std::uint64_t readers_ = 0;
  core::Event changed_;
};

/// "7-12" as stream and number; nothing when it is no id of ours.
std::optional<std::pair<std::string, std::uint64_t>> parse_event_id(std::string_view id);

}  // namespace duotty::mcp
