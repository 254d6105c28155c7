#include "files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <duotty/base/unique_fd.hpp>
#include <duotty/core/replace_file.hpp>
#include <duotty/record/json_members.hpp>
#include <duotty/record/json_text.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace duotty::recording {
namespace {

using Json = nlohmann::json;
using State = Recording::State;

constexpr State kStates[] = {State::running, State::stopped, State::ended, State::full, State::failed};
/// A description is a few hundred bytes.
constexpr std::uintmax_t kLargestDescription = 64 * 1024;

base::Error trouble(const std::string& file) {
  return {base::Errc::io, "Cannot write " + file + ": " + std::strerror(errno) + "."};
}

std::string described(const Recording& r) {
  return Json{{"id", r.id},
              {"terminal", r.terminal},
              {"terminal_name", r.terminal_name},
              {"epoch", r.epoch},
              {"owner", r.owner},
              {"by", r.by},
              {"title", r.title},
              {"state", name(r.state)},
              {"started_at", r.started_at},
              {"duration", r.duration},
              {"cols", r.cols},
              {"rows", r.rows},
              {"bytes", r.bytes},
              {"offset", r.offset},
              {"max_bytes", r.max_bytes}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<Recording> recording_of(const std::string& text, const std::string& id) {
  const auto json = record::parse_json(text);
  if (!json || !json->is_object() || record::text_of(*json, "id") != id) return std::nullopt;
  Recording r;
  r.id = id;
  r.terminal = record::text_of(*json, "terminal");
  r.terminal_name = record::text_of(*json, "terminal_name");
  r.epoch = record::text_of(*json, "epoch");
  r.owner = record::text_of(*json, "owner");
  r.by = record::text_of(*json, "by");
  r.title = record::text_of(*json, "title");
  const std::string state = record::text_of(*json, "state");
  r.state = State::failed;
  for (const State one : kStates) {
    if (name(one) == state) r.state = one;
  }
  r.started_at = record::number_of(*json, "started_at");
  r.duration = record::number_of(*json, "duration");
  const auto whole = [&](const char* member, double most) {
    return static_cast<std::uint64_t>(std::clamp(record::number_of(*json, member), 0.0, most));
  };
  r.cols = static_cast<int>(whole("cols", 1000));
  r.rows = static_cast<int>(whole("rows", 1000));
  r.bytes = whole("bytes", 9e15);
  r.offset = whole("offset", 9e15);
  r.max_bytes = whole("max_bytes", 9e15);
  return r;
}

}  // namespace

base::Result<> append(const std::string& folder, Recording& recording, const std::vector<CastEvent>& events,
                      const CastHeader* header) {
  const std::string file = folder + "/" + recording.id + ".cast";
  std::string text = header ? cast_line(*header) : std::string();
  for (const CastEvent& event : events) {
    const std::string line = cast_line(event);
    if (recording.bytes + text.size() + line.size() > recording.max_bytes) {
      recording.state = State::full;
      break;
    }
    text += line;
    recording.duration = std::max(recording.duration, event.time);
  }
  if (!text.empty()) {
    const base::UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd || ::ftruncate(fd.get(), static_cast<off_t>(recording.bytes)) != 0 || ::lseek(fd.get(), 0, SEEK_END) < 0 ||
        !core::write_all(fd.get(), text)) {
      return trouble(file);
    }
  }
  recording.bytes += text.size();
  core::ReplaceOptions options;
  options.synced = false;
  return core::replace_file(folder + "/" + recording.id + ".json", described(recording), options);
}

std::vector<Recording> read_all(const std::string& folder) {
  std::vector<Recording> out;
  std::error_code none;
  for (std::filesystem::directory_iterator it(folder, none), end; !none && it != end; it.increment(none)) {
    const auto& path = it->path();
    std::error_code gone;
    if (path.extension() != ".json" || it->file_size(gone) > kLargestDescription || gone) continue;
    std::ifstream file(path);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    if (auto one = recording_of(text, path.stem().string())) out.push_back(std::move(*one));
  }
  return out;
}

base::Result<std::string> read_lines(const std::string& file, std::uint64_t offset, std::size_t limit,
                                     std::uint64_t end) {
  const base::UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) return base::Error(base::Errc::not_found, "The file of this recording is gone.");
  std::string out;
  while (offset + out.size() < end) {
    const std::size_t want = std::min<std::uint64_t>(std::max<std::size_t>(limit, 4096), end - offset - out.size());
    const std::size_t had = out.size();
    out.resize(had + want);
    const ssize_t got = ::pread(fd.get(), out.data() + had, want, static_cast<off_t>(offset + had));
    out.resize(had + static_cast<std::size_t>(std::max<ssize_t>(0, got)));
    if (got <= 0) break;
    const auto cut = out.size() > limit ? out.rfind('\n', limit - 1) : out.rfind('\n');
    if (cut != std::string::npos) return out.substr(0, cut + 1);
    // One line is longer than the limit: it is given whole.
    if (const auto first = out.find('\n'); first != std::string::npos) return out.substr(0, first + 1);
  }
  return std::string();
}

void remove_files(const std::string& folder, const std::string& id) {
  for (const char* suffix : {".json", ".cast"}) static_cast<void>(::unlink((folder + "/" + id + suffix).c_str()));
}

}  // namespace duotty::recording
