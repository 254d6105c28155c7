#pragma once
// The web UI's files, served from the binary by an exact table: a path is in the table or it does not exist. Knows
// nothing of users: the files are public and hold no secret.
#include <duotty/base/embedded.hpp>
#include <duotty/http/message.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace duotty::http {

/// Serves embedded files. `x.br` and `x.gz` are precompressed siblings of `x` and are not paths of their own. Names
/// with a hash below `assets/` are cached for ever, everything else is revalidated by a strong ETag. `/` and the
/// client's routes (`/t/...`, `/settings...`, `/login`) get `index.html`.
class Assets {
 public:
  /// `files` must outlive this object. With `override_directory`, files are read from that folder instead at each
  /// request (development only; names that leave the folder are refused), without a cache.
  explicit Assets(std::span<const base::EmbeddedFile> files, std::string override_directory = {});
  ~Assets();
  Assets(Assets&&) noexcept;
  Assets& operator=(Assets&&) noexcept;

  /// The answer to a GET or HEAD of a file or client route; nullopt when there is no such path.
  std::optional<Response> find(const Request& request) const;
  /// 404: JSON under /api, /ws and /mcp, a small HTML page elsewhere.
  static Response not_found(const Request& request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The media type of a file name, by its extension (pure); application/octet-stream when unknown.
std::string_view media_type(std::string_view path);

}  // namespace duotty::http
