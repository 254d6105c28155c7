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

}  // namespace duotty::files
