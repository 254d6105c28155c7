#pragma once
// A file that the build put inside the binary (src/cmake/embed.cmake).
#include <string_view>

namespace duotty::base {

/// One embedded file; `path` is relative to the embedded folder. The bytes live as long as the program.
struct EmbeddedFile {
  const char* path;
  const char* begin;
  const char* end;
  std::string_view bytes() const { return {begin, static_cast<std::string_view::size_type>(end - begin)}; }
};

}  // namespace duotty::base
