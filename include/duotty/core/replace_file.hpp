#pragma once
// A file is replaced whole or not at all: who reads it, also after a crash, finds the old text or the new one.
#include <sys/types.h>

#include <duotty/base/error.hpp>
#include <string>
#include <string_view>

namespace duotty::core {

/// How a file is replaced.
struct ReplaceOptions {
  mode_t mode = 0600;       ///< of the new file, whatever the umask is
  bool keeps_mode = false;  ///< a file that is there keeps the mode it has
  bool synced = true;       ///< the new text is on the disk before the old one goes
  bool follows = false;     ///< a link stays one, and what it leads to is replaced; else the link itself is
  bool shared = false;      ///< others replace it too: the file beside it gets a name that nobody else uses
};

/// Replaces or makes `path`, over a new file beside it: `path`.new, or a random name when it is shared. After an error
/// (io) the old file is as it was and nothing lies beside it. Links are followed only in folders that nobody else can
/// write to: who can plant one would choose the file.
base::Result<> replace_file(const std::string& path, std::string_view text, const ReplaceOptions& options);
/// Writes all of `text` to a descriptor, waiting when it must; false, with errno, when it cannot.
bool write_all(int fd, std::string_view text);

}  // namespace duotty::core
