#include <array>
#include <cstring>
#include <duotty/base/text.hpp>
#include <duotty/exec/marks.hpp>

#include "record_text.hpp"

namespace duotty::exec {
namespace {

constexpr std::string_view introducer = "\x1b]7717";
constexpr char bel = '\a';
constexpr char can = '\x18';
constexpr char sub = '\x1a';
constexpr char esc = '\x1b';

/// True for a byte after the introducer that makes it OSC 7717 and not, say, OSC 77170.
bool ends_number(char byte) {
  return byte == ';' || byte == bel || byte == esc || byte == can || byte == sub;
}

std::optional<MarkKind> kind_of(std::string_view text) {
  if (text.size() != 1 || std::string_view("ABLPCODSEI").find(text[0]) == std::string_view::npos) return std::nullopt;
  return static_cast<MarkKind>(text[0]);
}

std::optional<std::string> decoded(std::string_view base64) {
  auto bytes = base::base64_decode(base64);
  if (!bytes) return std::nullopt;
  return std::move(*bytes);
}

void set_field(Mark& mark, std::string_view field) {
  const auto equals = field.find('=');
  if (equals == std::string_view::npos) return;
  const std::string_view key = field.substr(0, equals);
  const std::string_view value = field.substr(equals + 1);
  if (key == "cmd") {
    mark.command = decoded(value);
  } else if (key == "cwd") {
    mark.cwd = decoded(value);
    if (mark.cwd && mark.cwd->empty()) mark.cwd.reset();
  } else if (key == "ucmd") {
    mark.command = base::percent_decode(value, false);
  } else if (key == "ucwd") {
    mark.cwd = base::percent_decode(value, false);
    if (mark.cwd && mark.cwd->empty()) mark.cwd.reset();
  } else if (key == "n") {
    mark.number = base::parse_u64(value).value_or(0);
  } else if (key == "paste") {
    mark.pastes = value != "no";
  } else if (key == "line") {
    mark.tells_line = value == "yes";
  } else if (key == "text") {
    mark.line_has_text = value == "yes";
  } else if (key == "code") {
    const auto code = base::parse_u64(value);
    if (code && *code <= 255) mark.code = static_cast<int>(*code);
  } else if (key == "id") {
    mark.id = value;
  } else if (key == "shell") {
    mark.shell = value;
  } else if (key == "version") {
    mark.version = value;
  }
}

/// A mark from what stands between `7717;` and the terminator, if the nonce is ours.
std::optional<Mark> parse(std::string_view body, std::string_view nonce) {
  const auto fields = base::split(body, ';');
  if (fields.size() < 2 || nonce.empty() || !base::constant_time_equal(fields[0], nonce)) return std::nullopt;
  const auto kind = kind_of(fields[1]);
  if (!kind) return std::nullopt;
  Mark mark;
  mark.kind = *kind;
  for (std::size_t i = 2; i < fields.size(); ++i) set_field(mark, fields[i]);
  return mark;
}

}  // namespace

MarkFilter::MarkFilter(std::string nonce, std::uint64_t offset) : nonce_(std::move(nonce)), offset_(offset) {}

void MarkFilter::emit_text(std::string_view bytes, MarkSink& sink) {
  if (bytes.empty()) return;
  text_offset_ += bytes.size();
  sink.text(bytes);
}

void MarkFilter::feed(std::string_view bytes, MarkSink& sink) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    switch (state_) {
      case State::ground:
        at = take_text(bytes, at, sink);
        break;
      case State::prefix:
        at = take_prefix(bytes, at, sink);
        break;
      default:
        at = take_body(bytes, at, sink);
        break;
    }
  }
}

std::size_t MarkFilter::take_text(std::string_view bytes, std::size_t at, MarkSink& sink) {
  std::size_t search = at;
  while (search < bytes.size()) {
    const void* found = std::memchr(bytes.data() + search, esc, bytes.size() - search);
    if (found == nullptr) break;
    const auto start = static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
    const std::string_view head = bytes.substr(start, introducer.size());
    if (!introducer.starts_with(head)) {
      search = start + 1;
      continue;
    }
    const std::size_t next = start + head.size();
    if (head.size() == introducer.size() && next < bytes.size() && !ends_number(bytes[next])) {
      search = next;
      continue;
    }
    emit_text(bytes.substr(at, start - at), sink);
    begin_ = offset_ + (start - at);
    offset_ = begin_ + head.size();
    matched_ = head.size();
    state_ = State::prefix;
    return next;
  }
  emit_text(bytes.substr(at), sink);
  offset_ += bytes.size() - at;
  return bytes.size();
}

std::size_t MarkFilter::take_prefix(std::string_view bytes, std::size_t at, MarkSink& sink) {
  if (matched_ < introducer.size() && bytes[at] == introducer[matched_]) {
    ++matched_;
    ++offset_;
    return at + 1;
  }
  if (matched_ == introducer.size() && ends_number(bytes[at])) {
    held_.clear();
    state_ = State::body;
    if (bytes[at] != ';') return at;
    ++offset_;
    return at + 1;
  }
  state_ = State::ground;
  emit_text(introducer.substr(0, matched_), sink);
  return at;
}

std::size_t MarkFilter::take_body(std::string_view bytes, std::size_t at, MarkSink& sink) {
  if (state_ == State::body_escape || state_ == State::discard_escape) {
    const bool keep = state_ == State::body_escape;
    if (bytes[at] == '\\') {
      ++offset_;
      keep ? finish(sink) : drop();
      return at + 1;
    }
    // The ESC was not the first half of ST: it ends this sequence and begins the next.
    drop();
    begin_ = offset_ - 1;
    matched_ = 1;
    state_ = State::prefix;
    return at;
  }
  static constexpr std::array<char, 5> enders{bel, can, sub, esc, '\0'};
  const std::size_t found = bytes.find_first_of(enders.data(), at, 4);
  const std::size_t end = found == std::string_view::npos ? bytes.size() : found;
  offset_ += end - at;
  if (state_ == State::body) {
    if (held_.size() + (end - at) <= max_mark) {
      held_.append(bytes, at, end - at);
    } else {
      held_ = {};
      state_ = State::discard;
    }
  }
  if (end == bytes.size()) return end;
  ++offset_;
  if (bytes[end] == esc) {
    state_ = state_ == State::body ? State::body_escape : State::discard_escape;
  } else if (bytes[end] == bel && state_ == State::body) {
    finish(sink);
  } else {
    drop();
  }
  return end + 1;
}

void MarkFilter::drop() {
  held_.clear();
  state_ = State::ground;
}

void MarkFilter::finish(MarkSink& sink) {
  auto mark = parse(held_, nonce_);
  drop();
  if (!mark) return;
  mark->begin = begin_;
  mark->end = offset_;
  mark->text_offset = text_offset_;
  sink.mark(*mark);
}

std::string MarkFilter::save() const {
  return RecordWriter("marks1")
      .number(static_cast<int>(state_))
      .offset(offset_)
      .offset(text_offset_)
      .offset(begin_)
      .offset(matched_)
      .bytes(held_)
      .take();
}

base::Result<MarkFilter> MarkFilter::restore(std::string nonce, std::string_view saved) {
  RecordReader reader("marks1", saved);
  MarkFilter filter(std::move(nonce));
  filter.state_ = static_cast<State>(reader.number<int>(0, static_cast<int>(State::discard_escape)));
  filter.offset_ = reader.offset();
  filter.text_offset_ = reader.offset();
  filter.begin_ = reader.offset();
  filter.matched_ = reader.number<std::size_t>(0, introducer.size());
  filter.held_ = reader.bytes();
  if (!reader.finished() || filter.held_.size() > max_mark || filter.begin_ > filter.offset_)
    return base::Error(base::Errc::invalid_params, "The saved mark filter state is malformed.", "saved");
  return filter;
}

std::string encode_mark(std::string_view nonce, MarkKind kind, std::string_view fields) {
  std::string out(introducer);
  out += ';';
  out += nonce;
  out += ';';
  out += static_cast<char>(kind);
  out += fields;
  out += "\x1b\\";
  return out;
}

}  // namespace duotty::exec
