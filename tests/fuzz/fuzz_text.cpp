// Readers of foreign text, each with what its contract promises. The first byte chooses the reader, the second how the
// rest is cut.
#include <cstdint>
#include <duotty/agent/answer.hpp>
#include <duotty/base/text.hpp>
#include <duotty/digest/plain.hpp>
#include <duotty/exec/input_guard.hpp>
#include <duotty/exec/marks.hpp>
#include <duotty/http/sse_parser.hpp>
#include <duotty/record/json_text.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "reply_filter.hpp"
#include "require.hpp"

namespace {

using namespace duotty;

using duotty::fuzz::require;

/// Calls `take` with the pieces of `bytes`.
template <class Take>
void in_pieces(std::string_view bytes, std::size_t step, Take take) {
  for (std::size_t at = 0; at < bytes.size(); at += step) take(bytes.substr(at, step));
}

void json(std::string_view bytes) {
  const auto parsed = record::parse_json(bytes);
  if (!parsed) return;
  const std::string text = record::to_text(*parsed);
  const auto again = record::parse_json(text);
  require(again.has_value() && record::to_text(*again) == text, "JSON changes when it is read again");
}

/// Everything a mark filter hands out, as text.
class Found final : public exec::MarkSink {
 public:
  std::string text_bytes;
  std::string marks;
  void text(std::string_view bytes) override { text_bytes += bytes; }
  void mark(const exec::Mark& mark) override {
    require(mark.begin < mark.end && mark.text_offset == text_bytes.size(), "a mark stands nowhere");
    marks += static_cast<char>(mark.kind) + std::to_string(mark.begin) + "-" + std::to_string(mark.end) + " " +
             mark.command.value_or("") + mark.cwd.value_or("") + mark.id + mark.shell + mark.version +
             std::to_string(mark.code.value_or(-1)) + "\n";
  }
};

void marks(std::string_view bytes, std::size_t step) {
  Found whole;
  exec::MarkFilter one("nonce");
  one.feed(bytes, whole);
  require(one.offset() == bytes.size() && one.text_offset() == whole.text_bytes.size(), "bytes are miscounted");
  Found cut;
  exec::MarkFilter other("nonce");
  in_pieces(bytes, step, [&](std::string_view piece) {
    other.feed(piece, cut);
    auto restored = exec::MarkFilter::restore("nonce", other.save());
    require(restored.has_value(), "what was saved is refused");
    other = std::move(*restored);
  });
  require(whole.text_bytes == cut.text_bytes && whole.marks == cut.marks, "the cuts are seen in the marks");
  static_cast<void>(exec::MarkFilter::restore("nonce", bytes));
}

void plain(std::string_view bytes, std::size_t step) {
  const std::string whole = digest::plain_text(bytes);
  digest::PlainText reader;
  std::string cut;
  in_pieces(bytes, step, [&](std::string_view piece) { reader.feed(piece, cut); });
  reader.finish(cut);
  require(whole == cut, "the cuts are seen in plain text");
  for (const std::string& text :
       {whole, digest::shown_text(bytes, 20), digest::command_output(bytes, 1 + static_cast<int>(step), 4)}) {
    require(base::is_utf8(text), "plain text is not UTF-8");
    require(text.find('\x1b') == std::string::npos, "an escape is left in plain text");
  }
}

void events(std::string_view bytes, std::size_t step) {
  const auto read = [&](std::size_t each) {
    http::SseParser parser(4096);
    std::string out;
    in_pieces(bytes, each, [&](std::string_view piece) {
      const auto found = parser.feed(piece);
      if (!found) return;
      for (const auto& event : *found) out += event.type + "|" + event.data + "|" + event.id + "\n";
    });
    return out;
  };
  // Of a piece that is too large nothing is handed out, so only streams within the limit must agree.
  if (bytes.size() <= 4096) require(read(bytes.size() + 1) == read(step), "the cuts are seen in the events");
}

void answer(std::string_view bytes, std::size_t step) {
  const std::string whole = agent::sanitize_display(bytes);
  agent::DisplaySanitizer reader;
  std::string cut;
  in_pieces(bytes, step, [&](std::string_view piece) { cut += reader.feed(piece); });
  cut += reader.finish();
  require(whole == cut, "the cuts are seen in an answer");
  require(base::is_utf8(whole), "an answer is not UTF-8");
  for (const char c : whole) require(c == '\n' || c == '\t' || static_cast<unsigned char>(c) >= 0x20, "a control");
  agent::AnswerSplitter splitter;
  static_cast<void>(splitter.feed(whole));
  static_cast<void>(splitter.finish(agent::AnswerEnd::complete));
  if (const auto command = agent::sanitize_command(bytes)) {
    require(command->find_first_of("\r\n\x1b") == std::string::npos, "a command has more than one line");
  }
}

void typed(std::string_view bytes) {
  const auto clean = exec::sanitize_typed(bytes, exec::Newlines::keep);
  require(clean.has_value() && base::is_utf8(*clean), "typed text is refused or not UTF-8");
  require(clean->find('\x1b') == std::string::npos, "an escape is typed");
  const auto twice = exec::sanitize_typed(*clean, exec::Newlines::keep);
  require(twice.has_value() && *twice == *clean, "cleaning again takes more out");
  static_cast<void>(exec::prefill_line(bytes));
}

void replies(std::string_view bytes, std::size_t step) {
  const auto read = [&](std::size_t each) {
    cli::ReplyFilter filter;
    filter.note_output("\x1b[6n");
    cli::ReplyFilter::Pieces out;
    in_pieces(bytes, each, [&](std::string_view piece) { filter.feed(piece, out); });
    filter.flush(out);
    std::string text;
    for (const auto& piece : out) text += piece.bytes;
    require(text.size() <= bytes.size(), "the filter adds keys");
    return text;
  };
  require(read(bytes.size() + 1) == read(step), "the cuts are seen in the keys");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t step = 1 + data[1] % 16;
  switch (data[0] % 7) {
    case 0:
      json(bytes);
      break;
    case 1:
      marks(bytes, step);
      break;
    case 2:
      plain(bytes, step);
      break;
    case 3:
      events(bytes, step);
      break;
    case 4:
      answer(bytes, step);
      break;
    case 5:
      typed(bytes);
      break;
    default:
      replies(bytes, step);
  }
  return 0;
}
