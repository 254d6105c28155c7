#include <algorithm>
#include <duotty/agent/redact.hpp>

#include "redact_match.hpp"

namespace duotty::agent {

namespace {

constexpr std::size_t shortest_exact = 6;
constexpr std::size_t most_held = 16 * 1024;
constexpr std::string_view token_ends = " \t\r\n\"'`,;&)}]<>|";

/// Lines that belong to a private key block: base64, header fields of older formats, nothing.
bool is_key_line(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with("Proc-Type:") || line.starts_with("DEK-Info:") || line.starts_with("Comment:")) return true;
  return std::all_of(line.begin(), line.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
           c == '=';
  });
}

}  // namespace

Redactor::Redactor(std::vector<std::string> exact) : exact_(std::move(exact)) {
  std::erase_if(exact_, [](const std::string& text) { return text.size() < shortest_exact; });
  // Of two secrets that begin alike, the longer one is tried first.
  std::sort(exact_.begin(), exact_.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

std::string Redactor::feed(std::string_view text) {
  pending_ += text;
  std::string out;
  scan(out, More::possible);
  return out;
}

std::string Redactor::finish() {
  std::string out;
  scan(out, More::none);
  pending_.clear();
  mode_ = Mode::text;
  previous_ = '\n';
  return out;
}

void Redactor::scan(std::string& out, More more) {
  for (bool progress = true; progress && !pending_.empty();) {
    const Mode before = mode_;
    std::size_t used = 0;
    switch (mode_) {
      case Mode::text:
        used = scan_text(out, more);
        break;
      case Mode::private_key:
        used = skip_key(more);
        // A line that belongs to no key ends the block although its end mark is missing.
        if (used == 0 && (more == More::none || pending_.find('\n') != std::string::npos)) mode_ = Mode::text;
        if (pending_.substr(0, used).find("-----END ") != std::string::npos) mode_ = Mode::text;
        break;
      case Mode::token:
        used = skip_to(token_ends);
        break;
      case Mode::line:
        used = skip_to("\n");
        break;
    }
    if (used > 0) previous_ = pending_[used - 1];
    pending_.erase(0, used);
    progress = used > 0 || mode_ != before;
  }
}

/// Looks at the text until a mode begins, the text is used up or more is needed; returns how much is dealt with.
std::size_t Redactor::scan_text(std::string& out, More more) {
  for (std::size_t i = 0; i < pending_.size();) {
    const std::string_view rest = std::string_view(pending_).substr(i);
    const char before = i > 0 ? pending_[i - 1] : previous_;
    const auto end = more == More::possible ? TextEnd::open : TextEnd::final;
    SecretMatch match = match_secret(rest, before, end, exact_);
    bool forced = false;
    if (match.what == SecretMatch::What::wait) {
      if (rest.size() < most_held) return i;
      match = match_secret(rest, before, TextEnd::final, exact_);
      forced = true;
    }
    if (match.what != SecretMatch::What::secret) {
      out += pending_[i++];
      continue;
    }
    out.append(rest.substr(0, match.keep)).append(redacted_mark);
    i += match.keep + match.hide;
    if (match.then == SecretMatch::Then::private_key) {
      mode_ = Mode::private_key;
    } else if (match.then == SecretMatch::Then::line) {
      mode_ = Mode::line;
    } else if (forced && i == pending_.size()) {
      mode_ = Mode::token;
    }
    if (mode_ != Mode::text) return i;
  }
  return pending_.size();
}

/// Length of the next line if it belongs to a private key block; through the end mark where that stands in it.
std::size_t Redactor::skip_key(More more) const {
  const std::size_t line_end = pending_.find('\n');
  const std::string_view line = std::string_view(pending_).substr(0, line_end);
  if (const std::size_t mark = line.find("-----END "); mark != std::string_view::npos) {
    const std::size_t close = line.find("-----", mark + 9);
    if (close != std::string_view::npos) return close + 5;
    return line_end == std::string_view::npos && more == More::possible && line.size() < most_held ? 0 : line.size();
  }
  if (line_end == std::string_view::npos) {
    const bool ends = more == More::none && is_key_line(line);
    return ends || line.size() >= most_held ? pending_.size() : 0;
  }
  return is_key_line(line) || line.starts_with("\\n") ? line_end + 1 : 0;
}

/// Drops everything up to one of `ends`, where text begins again.
std::size_t Redactor::skip_to(std::string_view ends) {
  const std::size_t end = pending_.find_first_of(ends);
  if (end == std::string::npos) return pending_.size();
  mode_ = Mode::text;
  return end;
}

std::string redact(std::string_view text, const std::vector<std::string>& exact) {
  Redactor redactor(exact);
  std::string out = redactor.feed(text);
  return out + redactor.finish();
}

}  // namespace duotty::agent
