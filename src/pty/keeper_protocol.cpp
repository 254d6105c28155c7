#include "keeper_protocol.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace duotty::pty::wire {
namespace {

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

class Writer {
 public:
  template <class T>
  requires std::is_integral_v<T>
  void operator()(T value) {
    auto bits = static_cast<std::uint64_t>(value);
    for (std::size_t i = 0; i < sizeof(T); ++i, bits >>= 8) out.push_back(static_cast<char>(bits & 0xFF));
  }
  void operator()(Step step) { (*this)(static_cast<std::uint8_t>(step)); }
  void operator()(const std::string& text) {
    (*this)(static_cast<std::uint32_t>(text.size()));
    out += text;
  }
  void operator()(const std::vector<std::string>& list) {
    (*this)(static_cast<std::uint32_t>(list.size()));
    for (const std::string& text : list) (*this)(text);
  }

  std::string out;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <class T>
  requires std::is_integral_v<T>
  void operator()(T& value) {
    if (!take(sizeof(T))) return;
    std::uint64_t bits = 0;
    for (std::size_t i = sizeof(T); i-- > 0;) bits = bits << 8 | static_cast<unsigned char>(taken_[i]);
    value = static_cast<T>(bits);
  }
  void operator()(Step& step) {
    std::uint8_t value = 0;
    (*this)(value);
    if (value >= static_cast<std::uint8_t>(Step::count)) ok_ = false;
    step = static_cast<Step>(value);
  }
  void operator()(std::string& text) {
    std::uint32_t size = 0;
    (*this)(size);
    if (take(size)) text = taken_;
  }
  void operator()(std::vector<std::string>& list) {
    std::uint32_t count = 0;
    (*this)(count);
    // Every element takes at least its length: a count beyond that is a lie, and nothing is allocated for it.
    if (count > rest_.size() / sizeof(std::uint32_t)) ok_ = false;
    for (std::uint32_t i = 0; ok_ && i < count; ++i) (*this)(list.emplace_back());
  }

  bool finished() const { return ok_ && rest_.empty(); }

 private:
  bool take(std::size_t count) {
    if (!ok_ || count > rest_.size()) return ok_ = false;
    taken_ = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return true;
  }

  std::string_view rest_;
  std::string_view taken_;
  bool ok_ = true;
};

template <std::size_t I = 0>
std::optional<Message> decode_as(std::size_t type, Reader& reader) {
  if constexpr (I < std::variant_size_v<Message>) {
    if (type != I) return decode_as<I + 1>(type, reader);
    std::variant_alternative_t<I, Message> message;
    visit_fields(message, reader);
    if (!reader.finished()) return std::nullopt;
    return Message(std::in_place_index<I>, std::move(message));
  } else {
    return std::nullopt;
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
  return decode_as(type, reader);
}

bool valid_id(std::string_view id) noexcept {
  return !id.empty() && id.size() <= kMaxIdLength && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

}  // namespace duotty::pty::wire
