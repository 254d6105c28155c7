// Ranges of files, with several requests under way.
#include <algorithm>
#include <duotty/sftp/client.hpp>

#include "request.hpp"

namespace duotty::sftp {

Download::Download(Client& client, Handle handle, std::uint64_t offset, std::uint64_t end)
    : client_(client),
      handle_(std::move(handle)),
      asked_(offset),
      position_(offset),
      end_(std::max(offset, end)),
      ahead_(client.read_size_) {}

Ticket Download::ask(std::uint64_t offset, std::size_t size) {
  const auto id = client_.next_id();
  Packet packet(Type::read, id);
  packet.text(handle_.id).u64(offset).u32(static_cast<std::uint32_t>(size));
  return client_.send(id, packet.take());
}

void Download::ask_ahead() {
  const std::uint64_t until = std::min<std::uint64_t>(end_, position_ + ahead_);
  while (asked_ < until) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(client_.read_size_, end_ - asked_));
    pieces_.push_back({ask(asked_, size), asked_, size});
    asked_ += size;
  }
}

Task<Result<std::string>> Download::next() {
  ask_ahead();
  if (pieces_.empty()) co_return std::string();
  Piece piece = std::move(pieces_.front());
  pieces_.pop_front();
  const std::size_t wanted = piece.size;
  std::string begin;
  auto bytes = co_await rest_of(std::move(begin), std::move(piece));
  if (!bytes) co_return bytes.error();
  position_ += bytes->size();
  if (bytes->size() < wanted) {
    // The file ends here, whatever the server says of what was asked for beyond.
    pieces_.clear();
    asked_ = end_ = position_;
  }
  ahead_ = std::min(ahead_ * 2, std::max(client_.options_.window, client_.read_size_));
  co_return bytes;
}

Task<Result<std::string>> Download::rest_of(std::string begin, Piece piece) {
  for (;;) {
    const std::size_t wanted = piece.size - begin.size();
    auto reply = co_await client_.answer(std::move(piece.ticket));
    if (!reply) co_return reply.error();
    if (reply->type == Type::status && reply->code == StatusCode::eof) co_return begin;
    if (reply->type == Type::status) co_return error_of(*reply, handle_.path);
    if (reply->type != Type::data || reply->text.empty() || reply->text.size() > wanted) co_return unfitting();
    if (begin.empty()) {
      begin = std::move(reply->text);
    } else {
      begin += reply->text;
    }
    if (begin.size() == piece.size) co_return begin;
    piece.ticket = ask(piece.offset + begin.size(), piece.size - begin.size());
  }
}

Upload::Upload(Client& client, Handle handle, std::uint64_t offset)
    : client_(client), handle_(std::move(handle)), position_(offset) {}

Task<Result<>> Upload::settle_one() {
  Piece piece = std::move(pieces_.front());
  pieces_.pop_front();
  auto reply = co_await client_.answer(std::move(piece.ticket));
  under_way_ -= piece.size;
  if (!reply) {
    failed_ = reply.error();
  } else if (reply->type != Type::status) {
    failed_ = unfitting();
  } else if (reply->code != StatusCode::ok) {
    failed_ = error_of(*reply, handle_.path);
    // SFTP has no word for it, and nothing else is as common.
    if (reply->code == StatusCode::failure) {
      failed_ = base::Error(failed_->code(), failed_->message() + " Its disk or the user's quota may be full.");
    }
  }
  if (failed_) co_return *failed_;
  co_return Result<>();
}

Task<Result<>> Upload::send(std::string piece) {
  while (!pieces_.empty() && under_way_ + piece.size() > client_.options_.window) {
    auto settled = co_await settle_one();
    if (!settled) co_return settled;
  }
  const auto id = client_.next_id();
  Packet packet(Type::write, id);
  const std::size_t size = piece.size();
  packet.text(handle_.id).u64(position_).u32(static_cast<std::uint32_t>(size));
  pieces_.push_back({client_.send(id, packet.take(size), std::move(piece)), size});
  under_way_ += size;
  position_ += size;
  co_return Result<>();
}

Task<Result<>> Upload::write(std::string bytes) {
  if (failed_) co_return *failed_;
  const std::size_t whole = client_.write_size_;
  if (kept_.empty() && bytes.size() == whole) co_return co_await send(std::move(bytes));
  for (std::string_view rest = bytes; !rest.empty();) {
    const auto piece = rest.substr(0, whole - kept_.size());
    rest.remove_prefix(piece.size());
    if (kept_.empty() && piece.size() == whole) {
      auto sent = co_await send(std::string(piece));
      if (!sent) co_return sent;
      continue;
    }
    // Many small requests are slower than one copy.
    kept_ += piece;
    if (kept_.size() < whole) continue;
    auto sent = co_await send(std::exchange(kept_, {}));
    if (!sent) co_return sent;
  }
  co_return Result<>();
}

Task<Result<>> Upload::finish() {
  if (!kept_.empty() && !failed_) {
    auto sent = co_await send(std::exchange(kept_, {}));
    if (!sent) co_return sent;
  }
  while (!pieces_.empty()) {
    auto settled = co_await settle_one();
    if (!settled) co_return settled;
  }
  if (failed_) co_return *failed_;
  co_return Result<>();
}

}  // namespace duotty::sftp
