#include <duotty/base/text.hpp>
#include <duotty/http/sse_parser.hpp>

namespace duotty::http {

namespace {
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
}

base::Result<std::vector<SseEvent>> SseParser::feed(std::string_view bytes) {
  const auto too_large = [this] {
    return base::Error(base::Errc::too_large,
                       "An event of the stream is larger than " + std::to_string(limit_ / 1024) + " KiB.");
  };
  if (failed_) return too_large();
  std::vector<SseEvent> out;
  while (!bytes.empty()) {
    if (after_cr_) {
      after_cr_ = false;
      if (bytes.front() == '\n') {
        bytes.remove_prefix(1);
        continue;
      }
    }
    const std::size_t end = bytes.find_first_of("\r\n");
    line_.append(bytes.substr(0, end));
    if (line_.size() > limit_ || data_.size() + line_.size() > limit_ + 1) {
      failed_ = true;
      return too_large();
    }
    if (end == std::string_view::npos) break;
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    end_line(out);
  }
  return out;
}

void SseParser::end_line(std::vector<SseEvent>& out) {
  std::string_view line = line_;
  if (at_start_ && line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
  at_start_ = false;
  if (line.empty()) {
    if (auto event = dispatch()) out.push_back(std::move(*event));
  } else if (const std::size_t colon = line.find(':'); colon == std::string_view::npos) {
    take_field(line, {});
  } else if (colon > 0) {
    std::string_view value = line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    take_field(line.substr(0, colon), value);
  }
  line_.clear();
}

void SseParser::take_field(std::string_view name, std::string_view value) {
  if (name == "data") {
    if (has_data_) data_ += '\n';
    data_ += value;
    has_data_ = true;
  } else if (name == "event") {
    type_ = value;
  } else if (name == "id") {
    if (value.find('\0') == std::string_view::npos) id_ = value;
  } else if (name == "retry") {
    // Eight digits of milliseconds are more than a day; longer values overflow no arithmetic this way.
    if (const auto number = base::parse_u64(value); number && value.size() <= 8) {
      retry_ = std::chrono::milliseconds(*number);
    }
  }
}

std::optional<SseEvent> SseParser::dispatch() {
  std::optional<SseEvent> event;
  if (has_data_) {
    event.emplace();
    if (!type_.empty()) event->type = base::to_valid_utf8(type_);
    event->data = base::is_utf8(data_) ? std::move(data_) : base::to_valid_utf8(data_);
    event->id = base::to_valid_utf8(id_);
  }
  data_.clear();
  type_.clear();
  has_data_ = false;
  return event;
}

std::optional<SseEvent> SseParser::finish() {
  std::vector<SseEvent> none;
  std::optional<SseEvent> event;
  if (!failed_) {
    if (!line_.empty()) end_line(none);
    event = dispatch();
  }
  *this = SseParser(limit_);
  return event;
}

}  // namespace duotty::http
