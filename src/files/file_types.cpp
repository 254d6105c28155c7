#include "file_types.hpp"

#include <duotty/base/text.hpp>
#include <duotty/files/atomic_write.hpp>

namespace duotty::files {

WriteResult write_result(const Written& written) {
  WriteResult out;
  out.path = base::to_valid_utf8(written.path);
  out.size = static_cast<std::int64_t>(written.info.size);
  out.etag = written.info.etag();
  out.created = written.created;
  out.skipped = written.skipped;
  out.offset = out.size;
  return out;
}

Result<Marks> marks_of(const std::optional<double>& mtime, const std::optional<std::string>& mode) {
  Marks marks;
  if (mtime) marks.mtime_ns = static_cast<std::int64_t>(*mtime * 1e9);
  if (!mode) return marks;
  std::uint32_t bits = 0;
  for (const char digit : *mode) {
    if (digit < '0' || digit > '7') {
      return base::Error(base::Errc::invalid_params, "mode is octal: 0644.", "mode");
    }
    bits = bits * 8 + static_cast<std::uint32_t>(digit - '0');
  }
  marks.mode = bits & 0777U;
  return marks;
}

}  // namespace duotty::files
