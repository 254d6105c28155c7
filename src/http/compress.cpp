#include "compress.hpp"

#include <zlib.h>

#include <duotty/base/text.hpp>
#include <stdexcept>

namespace duotty::http {

bool accepts_coding(const Headers& headers, std::string_view coding) {
  bool any = false;
  for (const auto& [name, value] : headers) {
    if (!base::iequals(name, "Accept-Encoding")) continue;
    for (const std::string_view item : base::split(value, ',')) {
      const std::size_t mark = item.find(';');
      const std::string_view word = base::trim(item.substr(0, mark));
      std::string_view weight = mark == std::string_view::npos ? "q=1" : base::trim(item.substr(mark + 1));
      if (weight.starts_with("q=") || weight.starts_with("Q=")) weight.remove_prefix(2);
      const bool refused = !weight.empty() && weight.find_first_not_of("0.") == std::string_view::npos;
      if (base::iequals(word, coding)) return !refused;
      if (word == "*") any = !refused;
    }
  }
  return any;
}

bool worth_compressing(const Response& response) {
  if (response.bytes().size() <= 1024 || response.headers.has("Content-Encoding") || response.status == 206) {
    return false;
  }
  const std::string_view type = response.headers.get("Content-Type");
  return type.starts_with("application/json") || type.starts_with("text/markdown") || type.starts_with("text/plain");
}

std::string gzip(std::string_view text) {
  z_stream stream{};
  constexpr int with_gzip_header = 15 + 16;
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, with_gzip_header, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int end = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (end != Z_STREAM_END) throw std::logic_error("deflateBound was too small");
  return out;
}

}  // namespace duotty::http
