#include "reply_filter.hpp"

#include <algorithm>
#include <cctype>

namespace duotty::cli {
namespace {

constexpr char kEscape = '\x1b';
constexpr char kBell = '\x07';
constexpr std::string_view kPasteBegin = "\x1b[200~";
constexpr std::string_view kPasteEnd = "\x1b[201~";
constexpr int kMaxQueries = 64;

using Kind = ReplyFilter::Piece::Kind;

void emit(ReplyFilter::Pieces& out, Kind kind, std::string_view bytes) {
  if (bytes.empty()) return;
  if (out.empty() || out.back().kind != kind) out.push_back({kind, {}});
  out.back().bytes += bytes;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// How far the header of a string (behind ESC and its introducer) is from being an answer's.
enum class Header { unfinished, reply, key };

Header osc_header(std::string_view text) {
  if (text.empty()) return Header::unfinished;
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  if (digits > 4 || (digits == 0)) return Header::key;
  if (digits == text.size()) return Header::unfinished;
  return text[digits] == ';' ? Header::reply : Header::key;
}

/// DCS answers: `> |` XTVERSION, `! |` DA3, digit `$ r` DECRQSS, digit `+ r` XTGETTCAP, digits `! ~` DECRQCRA.
Header dcs_header(std::string_view text) {
  if (text.empty()) return Header::unfinished;
  std::size_t at = 0;
  while (at < text.size() && is_digit(text[at])) ++at;
  if (at > 5) return Header::key;
  if (at == text.size()) return Header::unfinished;
  const char mark = text[at];
  const bool known = mark == '!' || (at == 0 ? mark == '>' : mark == '$' || mark == '+');
  if (!known) return Header::key;
  if (at + 1 == text.size()) return Header::unfinished;
  const char final = text[at + 1];
  const bool reply = mark == '!' ? final == '|' || final == '~' : mark == '>' ? final == '|' : final == 'r';
  return reply ? Header::reply : Header::key;
}

Header header_of(std::string_view held) {
  const std::string_view rest = held.substr(2);
  switch (held[1]) {
    case ']':
      return osc_header(rest);
    case 'P':
      return dcs_header(rest);
    default:
      return rest.empty() ? Header::unfinished : rest[0] == 'G' ? Header::reply : Header::key;  // ESC _ G
  }
}

/// The numeric parameters of a CSI sequence, 0 for those left out.
std::vector<int> parameters(std::string_view text) {
  std::vector<int> out{0};
  for (const char c : text) {
    if (is_digit(c)) {
      out.back() = std::min(out.back() * 10 + (c - '0'), 1'000'000);
    } else if (c == ';') {
      out.push_back(0);
    }
  }
  return out;
}

}  // namespace

void ReplyFilter::feed(std::string_view input, Pieces& out) {
  while (!input.empty()) {
    if (state_ == State::ground) {
      const std::size_t escape = std::min(input.find(kEscape), input.size());
      emit(out, Kind::typed, input.substr(0, escape));
      input.remove_prefix(escape);
      if (input.empty()) return;
    }
    step(input.front(), out);
    input.remove_prefix(1);
  }
}

std::optional<std::chrono::milliseconds> ReplyFilter::patience() const {
  switch (state_) {
    case State::ground:
    case State::paste:
      return std::nullopt;
    case State::reply:
    case State::reply_escape:
      return kReplyPatience;
    default:
      return held_.size() <= 2 ? kKeyPatience : kSequencePatience;
  }
}

void ReplyFilter::flush(Pieces& out) {
  if (state_ == State::paste) return;
  if (state_ == State::reply || state_ == State::reply_escape) held_.clear();
  release(out);
}

void ReplyFilter::note_output(std::string_view output) {
  // Both forms, CSI 6 n and CSI ? 6 n, by how much of one has matched: ESC [ (?) 6 n.
  for (const char c : output) {
    if (c == kEscape) {
      query_at_ = 1;
    } else if (query_at_ == 1 && c == '[') {
      query_at_ = 2;
    } else if (query_at_ == 2 && c == '?') {
      query_at_ = 3;
    } else if ((query_at_ == 2 || query_at_ == 3) && c == '6') {
      query_at_ = 4;
    } else {
      if (query_at_ == 4 && c == 'n') queries_ = std::min(queries_ + 1, kMaxQueries);
      query_at_ = 0;
    }
  }
}

void ReplyFilter::begin_escape() {
  held_.assign(1, kEscape);
  state_ = State::escape;
}

void ReplyFilter::release(Pieces& out) {
  emit(out, Kind::typed, held_);
  held_.clear();
  state_ = State::ground;
}

void ReplyFilter::step(char byte, Pieces& out) {
  switch (state_) {
    case State::ground:
      begin_escape();
      return;
    case State::escape:
      if (byte == kEscape) {
        release(out);
        begin_escape();
        return;
      }
      held_ += byte;
      if (byte == '[') {
        state_ = State::csi;
      } else if (byte == ']' || byte == 'P' || byte == '_') {
        state_ = State::header;
      } else {
        release(out);
      }
      return;
    case State::csi:
      on_csi(byte, out);
      return;
    case State::header:
      on_header(byte, out);
      return;
    case State::reply:
      ++swallowed_;
      if (byte == kEscape) {
        state_ = State::reply_escape;
      } else if (byte == kBell || byte == '\x18' || byte == '\x1a' || swallowed_ > kMaxReply) {
        held_.clear();
        state_ = State::ground;
      }
      return;
    case State::reply_escape:
      held_.clear();
      if (byte == '\\') {
        state_ = State::ground;
      } else {
        begin_escape();  // the answer was broken off by another sequence
        step(byte, out);
      }
      return;
    case State::paste:
      on_paste(byte, out);
      return;
  }
}

void ReplyFilter::on_csi(char byte, Pieces& out) {
  const auto code = static_cast<unsigned char>(byte);
  if (byte == kEscape) {
    release(out);
    begin_escape();
    return;
  }
  held_ += byte;
  if (code >= 0x20 && code < 0x40 && held_.size() < kMaxSequence) return;
  if (code < 0x40 || code > 0x7e) {
    release(out);
    return;
  }
  if (held_ == kPasteBegin) {
    emit(out, Kind::pasted, held_);
    held_.clear();
    paste_end_ = 0;
    state_ = State::paste;
    return;
  }
  if (is_reply()) held_.clear();
  release(out);
}

void ReplyFilter::on_header(char byte, Pieces& out) {
  if (byte == kEscape) {
    release(out);
    begin_escape();
    return;
  }
  held_ += byte;
  switch (header_of(held_)) {
    case Header::unfinished:
      return;
    case Header::key:
      release(out);
      return;
    case Header::reply:
      swallowed_ = held_.size();
      state_ = State::reply;
      return;
  }
}

void ReplyFilter::on_paste(char byte, Pieces& out) {
  emit(out, Kind::pasted, {&byte, 1});
  if (byte == kPasteEnd[paste_end_]) {
    ++paste_end_;
  } else {
    paste_end_ = byte == kEscape ? 1 : 0;
  }
  if (paste_end_ == kPasteEnd.size()) state_ = State::ground;
}

bool ReplyFilter::is_reply() {
  const char final = held_.back();
  const std::string_view body = std::string_view(held_).substr(2, held_.size() - 3);
  const char leader = body.empty() ? '\0' : body.front();
  if (final == 'R' && queries_ > 0 && !body.empty()) {
    --queries_;
    return true;
  }
  if (leader == '?' || leader == '>' || leader == '=') return true;  // no key, mouse or focus report has one
  if (body.empty() || leader == '<') return false;
  const auto numbers = parameters(body);
  switch (final) {
    case 'n':
    case 't':
      return true;
    case 'y':
      return body.back() == '$';
    case 'x':
      return numbers.size() >= 3;
    // A position in the first row looks like F3 with modifiers (xterm: CSI 1 ; 2 R to CSI 1 ; 16 R).
    case 'R':
      return numbers.size() == 2 && !(numbers[0] == 1 && numbers[1] >= 2 && numbers[1] <= 16);
    default:
      return false;
  }
}

}  // namespace duotty::cli
