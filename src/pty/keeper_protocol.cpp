#include "keeper_protocol.hpp"

#include <algorithm>
#include <duotty/base/wire.hpp>
#include <type_traits>
#include <utility>

namespace duotty::pty::wire {
namespace {

using base::Reader;
using base::Writer;

// One description of each message serves both directions: `visit` hands its fields, in order, to a writer or a reader.

template <class M, class A>
requires std::is_same_v<std::remove_const_t<M>, Exit>
void visit(M& m, A& a) {
  a(m.code), a(m.signal), a(m.user_us), a(m.system_us), a(m.max_rss_kib);
}
template <class M>
concept OnlyId = std::is_same_v<M, Forget> || std::is_same_v<M, Resume> || std::is_same_v<M, Output>;
template <class M>
concept OnlyName = std::is_same_v<M, Stash> || std::is_same_v<M, Unstash> || std::is_same_v<M, Stashed>;
template <class M>
concept Empty = std::is_same_v<M, Restart> || std::is_same_v<M, Stop> || std::is_same_v<M, Ready>;

template <class Const, class A>
void visit_fields(Const& m, A& a) {
  using M = std::remove_const_t<Const>;
  if constexpr (OnlyId<M>) {
    a(m.id);
  } else if constexpr (OnlyName<M>) {
    a(m.name);
  } else if constexpr (std::is_same_v<M, Hello>) {
    a(m.version), a(m.pid);
  } else if constexpr (std::is_same_v<M, Spawn>) {
    a(m.id), a(m.argv), a(m.env), a(m.cwd), a(m.cols), a(m.rows), a(m.meta), a(m.in_memory), a(m.capacity);
  } else if constexpr (std::is_same_v<M, Meta>) {
    a(m.id), a(m.bytes);
  } else if constexpr (std::is_same_v<M, Signal>) {
    a(m.id), a(m.number), a(m.target);
  } else if constexpr (std::is_same_v<M, Terminal>) {
    a(m.id), a(m.pid), a(m.cols), a(m.rows), a(m.meta), a(m.has_master), a(m.has_exited);
    visit(m.exit, a);
  } else if constexpr (std::is_same_v<M, Spawned>) {
    a(m.id), a(m.pid);
  } else if constexpr (std::is_same_v<M, SpawnFailed>) {
    a(m.id), a(m.error), a(m.step);
  } else if constexpr (std::is_same_v<M, Exited>) {
    a(m.id);
    visit(m.exit, a);
  } else {
    static_assert(Empty<M>);
  }
}

}  // namespace

std::string encode(const Message& message) {
  Writer writer;
  writer(static_cast<std::uint16_t>(message.index()));
  std::visit([&writer](const auto& m) { visit_fields(m, writer); }, message);
  return std::move(writer.out);
}

std::optional<Message> decode(std::string_view bytes) {
  if (bytes.size() > kMaxMessage) return std::nullopt;
  Reader reader(bytes);
  std::uint16_t type = 0xFFFF;
  reader(type);
  return base::read_alternative<Message>(type, reader, [](auto& m, auto& a) { visit_fields(m, a); });
}

bool valid_id(std::string_view id) noexcept {
  return !id.empty() && id.size() <= kMaxIdLength && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

}  // namespace duotty::pty::wire
