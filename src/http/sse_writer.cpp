#include <duotty/http/sse_writer.hpp>

namespace duotty::http {
namespace {

void put_line(std::string& out, std::string_view field, std::string_view value) {
  out += field;
  for (const char c : value) {
    if (c != '\r' && c != '\n' && c != '\0') out += c;
  }
  out += '\n';
}

}  // namespace

std::string format_sse(const SseFields& event) {
  std::string out;
  out.reserve(event.data.size() + event.event.size() + event.id.size() + 32);
  if (!event.event.empty()) put_line(out, "event: ", event.event);
  if (!event.id.empty()) put_line(out, "id: ", event.id);
  std::string_view rest = event.data;
  for (;;) {
    const std::size_t end = rest.find_first_of("\r\n");
    out += "data: ";
    out += rest.substr(0, end);
    out += '\n';
    if (end == std::string_view::npos) break;
    const bool pair = rest.substr(end, 2) == "\r\n";
    rest.remove_prefix(end + (pair ? 2 : 1));
  }
  out += '\n';
  return out;
}

Response sse_head() {
  Response response;
  response.headers = Headers{
      {"Content-Type", "text/event-stream; charset=utf-8"}, {"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}};
  return response;
}

}  // namespace duotty::http
