#include "run_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <duotty/base/utc_time.hpp>
#include <duotty/base/wire.hpp>
#include <duotty/core/replace_file.hpp>
#include <duotty/link/spool.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "spawn.hpp"

namespace duotty::remote {
namespace {

using base::Errc;
using base::Error;
using base::UniqueFd;
using jobs::HostJob;

/// A file of another version is none.
constexpr std::uint32_t kFormat = 1;

double seconds(std::uint64_t milliseconds) {
  return static_cast<double>(milliseconds) / 1000;
}

std::optional<std::string> text_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

Error not_made(const std::string& folder) {
  return {Errc::io, "No folder for the command can be made at " + folder + ": " + std::strerror(errno) + "."};
}

base::Result<> write(const std::string& path, const std::string& text) {
  core::ReplaceOptions options;
  options.synced = false;
  return core::replace_file(path, text, options);
}

base::Result<UniqueFd> fill_and_start(const std::string& program, const std::string& folder, const HostJob& job,
                                      const RunRequest& request) {
  const std::string control = folder + "/control";
  if (auto done = write(folder + "/about", encode_about(job)); !done) return done.error();
  if (auto done = write(folder + "/plan", link::encode(request.plan)); !done) return done.error();
  if (!request.input.empty()) {
    if (auto done = write(folder + "/stdin", request.input); !done) return done.error();
  }
  if (::mkfifo(control.c_str(), 0600) != 0) return not_made(folder);
  // Without a reader it cannot be opened for writing; the process is one before it lets its parent go.
  const UniqueFd reader(::open(control.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  UniqueFd orders(::open(control.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
  if (!reader || !orders) return not_made(folder);
  if (auto started = spawn_detached({program, "link-run", request.socket, folder}); !started) return started.error();
  return orders;
}

}  // namespace

std::string encode_about(const HostJob& job) {
  base::Writer writer;
  writer(kFormat), writer(job.id), writer(job.connection), writer(job.command), writer(job.by), writer(job.owner);
  writer(static_cast<std::uint64_t>(job.asked * 1000));
  return std::move(writer.out);
}

std::optional<HostJob> decode_about(std::string_view bytes) {
  base::Reader reader(bytes);
  std::uint32_t format = 0;
  std::uint64_t asked = 0;
  HostJob job;
  reader(format), reader(job.id), reader(job.connection), reader(job.command), reader(job.by), reader(job.owner);
  reader(asked);
  if (!reader.finished() || format != kFormat) return std::nullopt;
  job.asked = seconds(asked);
  return job;
}

base::Result<UniqueFd> start_run(const std::string& program, const std::string& folder, const HostJob& job,
                                 const RunRequest& request) {
  if (::mkdir(folder.c_str(), 0700) != 0) return not_made(folder);
  auto orders = fill_and_start(program, folder, job, request);
  std::error_code none;
  if (!orders) std::filesystem::remove_all(folder, none);
  return orders;
}

std::optional<HostJob> read_run(const std::string& folder, UniqueFd& control) {
  const auto about = text_of_file(folder + "/about");
  auto job = about ? decode_about(*about) : std::nullopt;
  if (!job) return std::nullopt;
  control.reset(::open((folder + "/control").c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
  struct stat st {};
  if (control && (::fstat(control.get(), &st) != 0 || !S_ISFIFO(st.st_mode))) control.reset();
  if (control) {
    read_progress(folder, *job);
  } else {
    read_end(folder, *job);
  }
  return job;
}

void read_progress(const std::string& folder, HostJob& job) {
  const auto meter = link::read_meter(folder);
  if (!meter) return;
  job.written = meter->total;
  job.begun = seconds(meter->begun_ms);
  if (!job.over && meter->begun_ms > 0) job.status = "running";
}

void read_end(const std::string& folder, HostJob& job) {
  read_progress(folder, job);
  job.over = true;
  const auto text = text_of_file(folder + "/end");
  const auto end = text ? link::decode_end(*text) : std::nullopt;
  if (!end) {
    job.status = "lost";
    job.note = "Its process has ended without a word. The command may go on there.";
    std::error_code none;
    const auto last = std::filesystem::last_write_time(folder + "/meter", none);
    job.ended = none ? job.asked
                     : std::chrono::duration<double>(std::chrono::file_clock::to_sys(last).time_since_epoch()).count();
    return;
  }
  job.status = link::name(end->status);
  if (end->code >= 0) job.exit_code = end->code;
  job.signal = end->signal;
  job.note = end->note;
  job.ended = seconds(end->at_ms);
}

}  // namespace duotty::remote
