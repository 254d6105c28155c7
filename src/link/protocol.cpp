#include <array>
#include <duotty/base/wire.hpp>
#include <duotty/link/protocol.hpp>
#include <utility>

namespace duotty::link {
namespace {

template <class M, class T>
concept Is = std::is_same_v<std::remove_const_t<M>, T>;
template <class M>
concept OnlyId = Is<M, Close> || Is<M, Opened> || Is<M, Closed> || Is<M, Unforward>;

// One description of each message serves both directions: its fields, in order, go to a writer or a reader.
template <class M, class A>
void visit_fields(M& m, A& a) {
  if constexpr (OnlyId<M>) {
    a(m.id);
  } else if constexpr (Is<M, Hello>) {
    a(m.version);
  } else if constexpr (Is<M, Connect>) {
    a(m.target), a(m.host), a(m.port), a(m.user), a(m.host_keys), a(m.step_ms), a(m.keepalive_s), a(m.idle_ms),
        a(m.agent);
  } else if constexpr (Is<M, SignIn>) {
    a(m.methods), a(m.password), a(m.key), a(m.passphrase);
  } else if constexpr (Is<M, Answers>) {
    a(m.answers);
  } else if constexpr (Is<M, Open>) {
    a(m.id), a(m.use), a(m.what), a(m.port), a(m.env), a(m.term), a(m.cols), a(m.rows), a(m.patience_ms);
  } else if constexpr (Is<M, Resize>) {
    a(m.id), a(m.cols), a(m.rows);
  } else if constexpr (Is<M, Signal>) {
    a(m.id), a(m.name);
  } else if constexpr (Is<M, Welcome>) {
    a(m.version), a(m.stage), a(m.target);
  } else if constexpr (Is<M, HostKey>) {
    a(m.type), a(m.blob);
  } else if constexpr (Is<M, Prompts>) {
    a(m.name), a(m.instruction), a(m.prompts), a(m.hidden);
  } else if constexpr (Is<M, Ready>) {
    a(m.method), a(m.banner), a(m.server);
  } else if constexpr (Is<M, Failed>) {
    a(m.step), a(m.reason), a(m.message);
  } else if constexpr (Is<M, OpenFailed>) {
    a(m.id), a(m.message), a(m.lost);
  } else if constexpr (Is<M, Exit>) {
    a(m.id), a(m.code), a(m.signal);
  } else if constexpr (Is<M, Forward>) {
    a(m.id), a(m.kind), a(m.bind), a(m.port), a(m.host), a(m.target);
  } else if constexpr (Is<M, Forwarding>) {
    visit_fields(m.forward, a);
    a(m.open), a(m.total), a(m.to_host), a(m.from_host), a(m.trouble);
  } else if constexpr (Is<M, ForwardFailed>) {
    a(m.id), a(m.message), a(m.lost);
  } else if constexpr (Is<M, TellForwards> || Is<M, ForwardsTold>) {
    a(m.round);
  } else {
    static_assert(Is<M, End> || Is<M, Leave>);
  }
}

constexpr std::array<std::string_view, static_cast<std::size_t>(Step::count)> kSteps = {
    "resolve", "connect", "handshake", "host_key", "sign_in", "use"};
constexpr std::array<std::string_view, static_cast<std::size_t>(Reason::count)> kReasons = {
    "unreachable", "timeout", "protocol", "closed", "refused", "bad_key", "unanswered", "internal"};

constexpr std::array<std::string_view, static_cast<std::size_t>(ForwardKind::count)> kKinds = {"local", "remote",
                                                                                               "dynamic"};

}  // namespace

std::string encode(const Message& message) {
  base::Writer writer;
  writer(static_cast<std::uint16_t>(message.index()));
  std::visit([&writer](const auto& m) { visit_fields(m, writer); }, message);
  return std::move(writer.out);
}

std::optional<Message> decode(std::string_view bytes) {
  if (bytes.size() > kMaxMessage) return std::nullopt;
  base::Reader reader(bytes);
  std::uint16_t type = 0xFFFF;
  reader(type);
  return base::read_alternative<Message>(type, reader, [](auto& m, auto& a) { visit_fields(m, a); });
}

std::string_view name(Step step) noexcept {
  return kSteps[static_cast<std::size_t>(step)];
}

std::string_view name(Reason reason) noexcept {
  return kReasons[static_cast<std::size_t>(reason)];
}

std::string_view name(ForwardKind kind) noexcept {
  return kKinds[static_cast<std::size_t>(kind)];
}

}  // namespace duotty::link
