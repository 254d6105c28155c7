#include <duotty/base/text.hpp>
#include <duotty/http/assets.hpp>
#include <duotty/http/digest.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "compress.hpp"

namespace duotty::http {
namespace {

constexpr std::string_view immutable = "public, max-age=31536000, immutable";
constexpr std::string_view revalidate = "no-cache";

/// `assets/name-<8 or more of [A-Za-z0-9_-]>.ext`, as the bundler names files by their content.
bool has_hash(std::string_view path) {
  if (!path.starts_with("assets/")) return false;
  const std::string_view stem = path.substr(0, path.rfind('.'));
  const std::size_t dash = stem.find('-');
  return dash != std::string_view::npos && stem.size() - dash > 8;
}

bool is_client_route(std::string_view path) {
  return path == "/" || path.starts_with("/t/") || path == "/login" || path == "/settings" ||
         path.starts_with("/settings/");
}

/// One file with its precompressed forms.
struct File {
  std::string_view plain, gzip, brotli;
  std::string etag;  ///< made at the first request: hashing every file would delay the start
};

bool matches(std::string_view if_none_match, const std::string& etag) {
  for (std::string_view item : base::split(if_none_match, ',')) {
    item = base::trim(item);
    if (item.starts_with("W/")) item.remove_prefix(2);
    if (item == "*" || item == etag) return true;
  }
  return false;
}

Response head_of(const std::string& path) {
  Response response;
  response.headers.add("Content-Type", std::string(media_type(path)));
  response.headers.add("Cache-Control", std::string(has_hash(path) ? immutable : revalidate));
  return response;
}

Response serve(const Request& request, const std::string& path, File& file) {
  if (file.etag.empty()) file.etag = sha256_hex(file.plain).substr(0, 20);
  Response response = head_of(path);
  response.static_body = file.plain;
  std::string tag = file.etag;
  if (!file.brotli.empty() || !file.gzip.empty()) response.headers.add("Vary", "Accept-Encoding");
  // Each coding is a representation of its own and has its own strong tag (RFC 9110 section 8.8.3).
  if (!file.brotli.empty() && accepts_coding(request.headers, "br")) {
    response.static_body = file.brotli;
    response.headers.add("Content-Encoding", "br");
    tag += "-br";
  } else if (!file.gzip.empty() && accepts_coding(request.headers, "gzip")) {
    response.static_body = file.gzip;
    response.headers.add("Content-Encoding", "gzip");
    tag += "-gz";
  }
  tag = "\"" + tag + "\"";
  response.headers.add("ETag", tag);
  if (matches(request.headers.get("If-None-Match"), tag)) {
    response.status = 304;
    response.static_body = {};
  }
  return response;
}

}  // namespace

struct Assets::Impl {
  std::map<std::string, File, std::less<>> files;
  std::filesystem::path folder;

  std::optional<Response> from_folder(const std::string& path) const {
    std::error_code failed;
    const auto full = std::filesystem::canonical(folder / path, failed);
    if (failed || !full.native().starts_with(folder.native() + "/")) return std::nullopt;
    if (!std::filesystem::is_regular_file(full, failed)) return std::nullopt;
    std::ifstream stream(full, std::ios::binary);
    Response response = head_of(path);
    response.headers.set("Cache-Control", "no-store");
    response.body.assign(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
    return response;
  }
};

Assets::Assets(std::span<const base::EmbeddedFile> files, std::string override_directory)
    : impl_(std::make_unique<Impl>()) {
  if (!override_directory.empty()) {
    std::error_code failed;
    impl_->folder = std::filesystem::canonical(override_directory, failed);
  }
  for (const base::EmbeddedFile& file : files) {
    const std::string_view path = file.path;
    if (!path.ends_with(".br") && !path.ends_with(".gz")) {
      impl_->files[std::string(path)] = {file.bytes(), {}, {}, {}};
    }
  }
  for (const base::EmbeddedFile& file : files) {
    const std::string_view path = file.path;
    if (path.size() < 3) continue;
    const auto owner = impl_->files.find(path.substr(0, path.size() - 3));
    if (owner == impl_->files.end()) continue;
    if (path.ends_with(".br")) owner->second.brotli = file.bytes();
    if (path.ends_with(".gz")) owner->second.gzip = file.bytes();
  }
}

Assets::~Assets() = default;
Assets::Assets(Assets&&) noexcept = default;
Assets& Assets::operator=(Assets&&) noexcept = default;

std::optional<Response> Assets::find(const Request& request) const {
  if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
  const std::string path = is_client_route(request.path) ? "index.html" : request.path.substr(1);
  if (!impl_->folder.empty()) return impl_->from_folder(path);
  const auto found = impl_->files.find(path);
  if (found == impl_->files.end()) return std::nullopt;
  return serve(request, path, found->second);
}

Response Assets::not_found(const Request& request) {
  for (const std::string_view prefix : {"/api", "/ws", "/mcp"}) {
    const std::string_view path = request.path;
    if (path == prefix || (path.starts_with(prefix) && path.substr(prefix.size()).starts_with('/'))) {
      return error_response(base::Error(
          base::Errc::not_found, "No such path: " + base::shorten(path, 200) + ". GET /api/openapi.json lists them."));
    }
  }
  return text_response(
      "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Not found</title>"
      "<p>There is nothing here. <a href=\"/\">Go to the terminals</a>.</p></html>\n",
      "text/html; charset=utf-8", 404);
}

std::string_view media_type(std::string_view path) {
  static constexpr std::pair<std::string_view, std::string_view> types[] = {
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json"},
      {".map", "application/json"},
      {".webmanifest", "application/manifest+json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".ico", "image/x-icon"},
      {".webp", "image/webp"},
      {".woff2", "font/woff2"},
      {".woff", "font/woff"},
      {".ttf", "font/ttf"},
      {".wasm", "application/wasm"},
      {".txt", "text/plain; charset=utf-8"},
      {".md", "text/markdown; charset=utf-8"},
  };
  for (const auto& [ending, type] : types) {
    if (path.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

}  // namespace duotty::http
