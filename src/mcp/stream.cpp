#include "stream.hpp"

#include <algorithm>
#include <duotty/base/text.hpp>
#include <duotty/http/sse_writer.hpp>
#include <duotty/record/json_text.hpp>

namespace duotty::mcp {

void Stream::push(const Json& message) {
  if (finished_) return;
  items_.push_back(record::to_text(message));
  bytes_ += items_.back().size();
  while (items_.size() > kMaxItems || (bytes_ > kMaxBytes && items_.size() > 1)) {
    bytes_ -= items_.front().size();
    items_.pop_front();
    ++first_;
  }
  changed_.notify();
}

void Stream::finish() {
  finished_ = true;
  changed_.notify();
}

Task<> Stream::settle(std::chrono::steady_clock::time_point deadline) {
  while (items_.empty() && !finished_) {
    const bool more = co_await changed_.wait_until(deadline);
    if (!more) co_return;
  }
}

Task<> Stream::until_finished() {
  while (!finished_) co_await changed_.wait();
}

Task<bool> Stream::pump(http::ResponseStream& out, std::uint64_t from, bool numbered) {
  const std::uint64_t reader = ++readers_;
  changed_.notify();
  std::uint64_t next = from;
  while (true) {
    next = std::max(next, first_);
    while (next < end() && readers_ == reader) {
      const std::string id = numbered ? id_of(next) : std::string{};
      const std::string bytes =
          http::format_sse({.event = "message", .id = id, .data = items_[static_cast<std::size_t>(next - first_)]});
      ++next;
      auto sent = co_await out.write(bytes);
      if (!sent) co_return false;
      next = std::max(next, first_);
    }
    if (readers_ != reader) co_return false;
    if (finished_) co_return true;
    const bool more = co_await changed_.wait_until(std::chrono::steady_clock::now() + http::sse_heartbeat_interval);
    if (more) continue;
    auto sent = co_await out.write(http::sse_heartbeat);
    if (!sent) co_return false;
  }
}

std::optional<std::pair<std::string, std::uint64_t>> parse_event_id(std::string_view id) {
  const auto dash = id.rfind('-');
  if (dash == std::string_view::npos || dash == 0) return std::nullopt;
  const auto number = base::parse_u64(id.substr(dash + 1));
  if (!number) return std::nullopt;
  return std::pair{std::string(id.substr(0, dash)), *number};
}

}  // namespace duotty::mcp
