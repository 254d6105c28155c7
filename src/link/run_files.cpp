// What the process of a run and the worker write for each other.
#include <array>
#include <duotty/base/wire.hpp>
#include <duotty/link/run.hpp>

namespace duotty::link {
namespace {

/// A file of another version is none.
constexpr std::uint32_t kFormat = 1;
constexpr std::array<std::string_view, static_cast<std::size_t>(RunStatus::count)> kStatuses = {
    "completed", "timeout", "cancelled", "lost", "failed"};

template <class M, class A>
void visit_fields(M& m, A& a) {
  if constexpr (std::is_same_v<std::remove_const_t<M>, RunPlan>) {
    a(m.command), a(m.timeout_ms), a(m.term), a(m.cols), a(m.rows);
  } else {
    a(m.status), a(m.code), a(m.signal), a(m.note), a(m.at_ms);
  }
}

template <class M>
std::string written(const M& m) {
  base::Writer writer;
  writer(kFormat);
  visit_fields(m, writer);
  return std::move(writer.out);
}

template <class M>
std::optional<M> read(std::string_view bytes) {
  base::Reader reader(bytes);
  std::uint32_t format = 0;
  M m;
  reader(format);
  visit_fields(m, reader);
  if (!reader.finished() || format != kFormat) return std::nullopt;
  return m;
}

}  // namespace

std::string encode(const RunPlan& plan) {
  return written(plan);
}

std::string encode(const RunEnd& end) {
  return written(end);
}

std::optional<RunPlan> decode_plan(std::string_view bytes) {
  return read<RunPlan>(bytes);
}

std::optional<RunEnd> decode_end(std::string_view bytes) {
  return read<RunEnd>(bytes);
}

std::string_view name(RunStatus status) noexcept {
  return kStatuses[static_cast<std::size_t>(status)];
}

}  // namespace duotty::link
