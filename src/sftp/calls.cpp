// The calls of the client, one request each, or a few.
#include <duotty/sftp/client.hpp>

#include "request.hpp"

namespace duotty::sftp {
namespace {

using base::Errc;
using base::Error;

/// Bytes of names that one listing may hold.
constexpr std::size_t kMostNameBytes = std::size_t{32} << 20;

bool is_name(std::string_view name) {
  return !name.empty() && name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

}  // namespace

Task<Result<>> Client::ask_status(std::uint32_t id, Packet packet, std::string path) {
  auto reply = co_await ask(id, std::move(packet));
  if (!reply) co_return reply.error();
  if (reply->type != Type::status) co_return unfitting();
  if (reply->code != StatusCode::ok) co_return error_of(*reply, path);
  co_return Result<>();
}

Task<Result<Attributes>> Client::ask_attributes(std::uint32_t id, Packet packet, std::string path) {
  auto reply = co_await ask(id, std::move(packet));
  if (!reply) co_return reply.error();
  if (reply->type == Type::status) co_return error_of(*reply, path);
  if (reply->type != Type::attrs) co_return unfitting();
  co_return reply->attributes;
}

Task<Result<Attributes>> Client::stat(std::string path) {
  const auto id = next_id();
  Packet packet(Type::stat, id);
  packet.text(path);
  co_return co_await ask_attributes(id, std::move(packet), std::move(path));
}

Task<Result<Attributes>> Client::lstat(std::string path) {
  const auto id = next_id();
  Packet packet(Type::lstat, id);
  packet.text(path);
  co_return co_await ask_attributes(id, std::move(packet), std::move(path));
}

Task<Result<Attributes>> Client::fstat(Handle handle) {
  const auto id = next_id();
  Packet packet(Type::fstat, id);
  packet.text(handle.id);
  co_return co_await ask_attributes(id, std::move(packet), std::move(handle.path));
}

Task<Result<>> Client::set_attributes(std::string path, Attributes attributes) {
  const auto id = next_id();
  Packet packet(Type::setstat, id);
  packet.text(path).attributes(attributes);
  co_return co_await ask_status(id, std::move(packet), std::move(path));
}

Task<Result<>> Client::set_attributes(Handle handle, Attributes attributes) {
  const auto id = next_id();
  Packet packet(Type::fsetstat, id);
  packet.text(handle.id).attributes(attributes);
  co_return co_await ask_status(id, std::move(packet), std::move(handle.path));
}

Task<Result<std::string>> Client::ask_name(Type type, std::string path) {
  const auto id = next_id();
  Packet packet(type, id);
  packet.text(path);
  auto reply = co_await ask(id, std::move(packet));
  if (!reply) co_return reply.error();
  if (reply->type == Type::status) co_return error_of(*reply, path);
  if (reply->type != Type::name || reply->names.size() != 1) co_return unfitting();
  std::string name = std::move(reply->names.front().name);
  if (name.empty() || name.find('\0') != std::string::npos) co_return unfitting();
  co_return name;
}

Task<Result<std::string>> Client::realpath(std::string path) {
  co_return co_await ask_name(Type::realpath, std::move(path));
}

Task<Result<std::string>> Client::readlink(std::string path) {
  co_return co_await ask_name(Type::readlink, std::move(path));
}

Task<Result<>> Client::mkdir(std::string path, std::uint32_t mode) {
  const auto id = next_id();
  Packet packet(Type::mkdir, id);
  Attributes attributes;
  attributes.mode = mode;
  packet.text(path).attributes(attributes);
  co_return co_await ask_status(id, std::move(packet), std::move(path));
}

Task<Result<>> Client::rmdir(std::string path) {
  const auto id = next_id();
  Packet packet(Type::rmdir, id);
  packet.text(path);
  co_return co_await ask_status(id, std::move(packet), std::move(path));
}

Task<Result<>> Client::remove(std::string path) {
  const auto id = next_id();
  Packet packet(Type::remove, id);
  packet.text(path);
  co_return co_await ask_status(id, std::move(packet), std::move(path));
}

Task<Result<>> Client::rename(std::string from, std::string to, bool over) {
  const auto id = next_id();
  if (!over) {
    Packet packet(Type::rename, id);
    packet.text(from).text(to);
    co_return co_await ask_status(id, std::move(packet), std::move(from));
  }
  if (!version_.has("posix-rename@openssh.com")) {
    co_return Error(Errc::unsupported, "The SFTP server cannot replace a file in one step.");
  }
  Packet packet(Type::extended, id);
  packet.text("posix-rename@openssh.com").text(from).text(to);
  co_return co_await ask_status(id, std::move(packet), std::move(from));
}

Task<Result<Space>> Client::space(std::string path) {
  if (!version_.has("statvfs@openssh.com")) {
    co_return Error(Errc::unsupported, "The SFTP server does not tell how much room there is.");
  }
  const auto id = next_id();
  Packet packet(Type::extended, id);
  packet.text("statvfs@openssh.com").text(path);
  auto reply = co_await ask(id, std::move(packet));
  if (!reply) co_return reply.error();
  if (reply->type == Type::status) co_return error_of(*reply, path);
  if (reply->type != Type::extended_reply) co_return unfitting();
  co_return parse_space(reply->text);
}

Task<Result<>> Client::sync(Handle handle) {
  if (!version_.has("fsync@openssh.com")) co_return Result<>();
  const auto id = next_id();
  Packet packet(Type::extended, id);
  packet.text("fsync@openssh.com").text(handle.id);
  co_return co_await ask_status(id, std::move(packet), std::move(handle.path));
}

Task<Result<Handle>> Client::ask_handle(std::uint32_t id, Packet packet, std::string path) {
  Ticket ticket = send(id, packet.take());
  // Cancelled between the server's answer and its reader, the handle would stay open.
  struct GiveBack {
    Client& client;
    Ticket ticket;
    bool taken = false;
    ~GiveBack() {
      if (!taken && ticket->answer && *ticket->answer && (*ticket->answer)->type == Type::handle) {
        client.drop({(*ticket->answer)->text, {}});
      }
    }
  } guard{*this, ticket};
  auto reply = co_await answer(std::move(ticket));
  guard.taken = true;
  if (!reply) co_return reply.error();
  if (reply->type == Type::status) co_return error_of(*reply, path);
  if (reply->type != Type::handle) co_return unfitting();
  co_return Handle{std::move(reply->text), std::move(path)};
}

Task<Result<Handle>> Client::open(std::string path, std::uint32_t flags, std::uint32_t mode) {
  const auto id = next_id();
  Packet packet(Type::open, id);
  Attributes attributes;
  if (flags & open_flag::create) attributes.mode = mode;
  packet.text(path).u32(flags).attributes(attributes);
  auto handle = co_await ask_handle(id, std::move(packet), path);
  if (handle || handle.error().code() != Errc::io || !(flags & open_flag::exclusive)) co_return handle;
  // Version 3 has no status for "it exists": it is asked for.
  auto there = co_await lstat(path);
  if (!there) co_return handle;
  co_return Error(Errc::conflict, shown(path) + " exists already.", "path");
}

Task<Result<>> Client::close(Handle handle) {
  const auto id = next_id();
  Packet packet(Type::close, id);
  packet.text(handle.id);
  co_return co_await ask_status(id, std::move(packet), std::move(handle.path));
}

void Client::drop(const Handle& handle) {
  const auto id = next_id();
  Packet packet(Type::close, id);
  packet.text(handle.id);
  send(id, packet.take())->abandoned = true;
}

Task<Result<>> Client::read_names(Handle handle, std::size_t most, Listing& into) {
  std::size_t bytes = 0;
  for (;;) {
    const auto id = next_id();
    Packet packet(Type::readdir, id);
    packet.text(handle.id);
    auto reply = co_await ask(id, std::move(packet));
    if (!reply) co_return reply.error();
    if (reply->type == Type::status && reply->code == StatusCode::eof) co_return Result<>();
    if (reply->type == Type::status) co_return error_of(*reply, handle.path);
    // Nothing but an answer without an end would follow one without entries.
    if (reply->type != Type::name || reply->names.empty()) co_return unfitting();
    for (Name& name : reply->names) {
      if (name.name == "." || name.name == "..") continue;
      if (!is_name(name.name)) {
        co_return Error(Errc::protocol,
                        "The SFTP server lists an entry of " + shown(handle.path) + " that is no name.");
      }
      bytes += name.name.size();
      if (into.entries.size() >= most || bytes > kMostNameBytes) {
        into.complete = false;
        co_return Result<>();
      }
      into.entries.push_back(std::move(name));
    }
  }
}

Task<Result<Listing>> Client::list(std::string path, std::size_t most) {
  const auto id = next_id();
  Packet packet(Type::opendir, id);
  packet.text(path);
  auto handle = co_await ask_handle(id, std::move(packet), std::move(path));
  if (!handle) co_return handle.error();
  struct Close {
    Client& client;
    const Handle& handle;
    ~Close() { client.drop(handle); }
  } const close{*this, *handle};
  Listing listing;
  auto read = co_await read_names(*handle, most, listing);
  if (!read) co_return read.error();
  co_return listing;
}

}  // namespace duotty::sftp
