#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <duotty/base/unique_fd.hpp>
#include <duotty/store/event_mark.hpp>
#include <fstream>

namespace duotty::store {
namespace {
constexpr std::size_t kWidth = 128;
constexpr const char* kStopped = "stopped";
}  // namespace

std::optional<EventMark> read_event_mark(const std::string& path) {
  std::ifstream file(path);
  EventMark mark;
  if (!(file >> mark.id)) return std::nullopt;
  file >> mark.epoch >> mark.state;
  return mark;
}

bool write_event_mark(const std::string& path, const EventMark& mark) {
  const base::UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  std::string text = std::to_string(mark.id) + " " + (mark.epoch.empty() ? "-" : mark.epoch) + " " + mark.state;
  text.resize(kWidth - 1, ' ');
  text += '\n';
  return fd && ::pwrite(fd.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
}

std::string boot_word() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string word;
  file >> word;
  return word.empty() ? "unknown" : word;
}

std::uint64_t last_given(const std::optional<EventMark>& mark, std::uint64_t last, const std::string& epoch,
                         const std::string& boot) {
  if (!mark) return last;
  if (mark->state == kStopped) return std::max(mark->id, last);
  const bool whole = mark->epoch == epoch && mark->state == boot && boot != "unknown" && last <= mark->id &&
                     mark->id - last <= 2 * kEventIdsAhead;
  return whole ? last : std::max(mark->id, last);
}

}  // namespace duotty::store
