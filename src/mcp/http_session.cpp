#include "http_session.hpp"

#include <algorithm>

namespace duotty::mcp {
namespace {

constexpr std::string_view kUnasked = "0";  ///< name of the stream that belongs to no request

}  // namespace

HttpSession::HttpSession(core::asio::any_io_executor executor, std::string id, const Engine& engine, rpc::Call call)
    : executor_(executor),
      id_(std::move(id)),
      unasked_(executor, std::string(kUnasked)),
      session_(executor, engine, std::move(call), [this](const Json& message) { unasked_.push(message); }),
      scope_(executor) {}

std::shared_ptr<Stream> HttpSession::run(std::vector<Message> requests, bool progress) {
  std::string name = std::to_string(++made_);
  auto stream = std::make_shared<Stream>(executor_, name);
  streams_.push_back({std::move(name), stream});
  auto missing = std::make_shared<std::size_t>(requests.size());
  for (auto& request : requests) {
    std::string what = "request " + request.method;
    scope_.spawn(std::move(what), answer(std::move(request), stream, missing, progress));
  }
  return stream;
}

Task<> HttpSession::answer(Message message, std::shared_ptr<Stream> stream, std::shared_ptr<std::size_t> missing,
                           bool progress) {
  Session::Out before;
  if (progress) before = [stream](const Json& one) { stream->push(one); };
  auto answer = co_await session_.answer(std::move(message), std::move(before));
  if (answer) stream->push(*answer);
  if (--*missing > 0) co_return;
  stream->finish();
  const auto done = [](const Kept& kept) { return kept.stream->finished(); };
  const auto finished = std::count_if(streams_.begin(), streams_.end(), done);
  if (static_cast<std::size_t>(finished) > kKeptStreams) {
    streams_.erase(std::find_if(streams_.begin(), streams_.end(), done));
  }
}

Stream* HttpSession::find(std::string_view name) {
  if (name == kUnasked) return &unasked_;
  const auto found =
      std::find_if(streams_.begin(), streams_.end(), [&](const Kept& kept) { return kept.name == name; });
  return found == streams_.end() ? nullptr : found->stream.get();
}

void HttpSession::forget(const std::shared_ptr<Stream>& stream) {
  streams_.remove_if([&](const Kept& kept) { return kept.stream == stream; });
}

Task<> HttpSession::stop() {
  unasked_.finish();
  co_await scope_.stop();
  for (auto& kept : streams_) kept.stream->finish();
  co_await session_.stop();
}

}  // namespace duotty::mcp
