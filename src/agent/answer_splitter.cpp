// Tells an answer from the command it proposes, line by line while it streams.
#include <algorithm>
#include <array>
#include <duotty/agent/answer.hpp>
#include <duotty/base/text.hpp>
#include <utility>

namespace duotty::agent {

namespace {

constexpr std::string_view blanks = " \t";
constexpr std::size_t longest_held_line = 16 * 1024;

constexpr std::array<std::string_view, 5> shell_words{"bash", "sh", "shell", "zsh", "fish"};
constexpr std::array<std::string_view, 4> console_words{"", "console", "terminal", "shellsession"};

std::string_view without_indent(std::string_view line) {
  return line.substr(std::min(line.find_first_not_of(blanks), line.size()));
}

/// Length of the run of one character at the beginning.
std::size_t run_length(std::string_view text) {
  if (text.empty()) return 0;
  return std::min(text.find_first_not_of(text.front()), text.size());
}

bool is_blank(std::string_view line) {
  return without_indent(line).empty();
}

/// True while `line` may still turn out to be a fence (CommonMark 4.5): blanks and a run of marks, or a whole fence.
bool may_be_fence(std::string_view line) {
  const std::string_view rest = without_indent(line);
  if (rest.empty()) return true;
  if (rest.front() != '`' && rest.front() != '~') return false;
  const std::size_t run = run_length(rest);
  return run >= 3 || run == rest.size();
}

/// Splits an info string into its first word and what follows it.
std::pair<std::string, std::string_view> split_info(std::string_view info) {
  const std::size_t end = std::min(info.find_first_of(blanks), info.size());
  return {base::to_lower(info.substr(0, end)), base::trim(info.substr(end))};
}

template <std::size_t N>
bool among(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

std::string AnswerSplitter::feed(std::string_view text) {
  std::string out;
  for (const char c : text) take(out, c);
  return out;
}

void AnswerSplitter::take(std::string& out, char c) {
  if (c == '\n') {
    if (kind_ == Kind::text) {
      end_text_line(out);
    } else {
      end_block_line(out);
    }
    line_.clear();
    line_shown_ = false;
    return;
  }
  if (line_shown_) {
    out += c;
    return;
  }
  line_ += c;
  const bool decided = kind_ == Kind::text ? !may_be_fence(line_) : false;
  if (decided || line_.size() > longest_held_line) begin_line(out);
}

/// The line is no fence: it is shown from here on as it comes.
void AnswerSplitter::begin_line(std::string& out) {
  if (kind_ == Kind::text) {
    show(out, line_);
  } else {
    if (single_) show_code(out, *std::exchange(single_, std::nullopt));
    kind_ = Kind::code;
    show(out, "    " + line_);
  }
  line_.clear();
  line_shown_ = true;
}

void AnswerSplitter::end_text_line(std::string& out) {
  if (line_shown_ || is_blank(line_)) return end_shown_line();
  if (open_block(out, line_)) return;
  show(out, line_);
  end_shown_line();
}

/// Takes a line that looks like a fence; false when it is text after all.
bool AnswerSplitter::open_block(std::string& out, std::string_view line) {
  const std::string_view fence = without_indent(line);
  const std::size_t run = run_length(fence);
  if (run < 3) return false;
  std::string_view info = base::trim(fence.substr(run));
  const std::string closing(run, fence.front());
  const bool one_line = info.size() > run && info.ends_with(closing);
  if (one_line) info = base::trim(info.substr(0, info.size() - run));
  const auto [word, rest] = split_info(info);
  if (!one_line && fence.front() == '`' && info.find('`') != std::string_view::npos) return false;
  fence_char_ = fence.front();
  fence_length_ = run;
  fence_indent_ = line.size() - fence.size();
  const bool named = word == "command" || among(word, shell_words);
  if (one_line && !(named && !rest.empty())) {
    show(out, "`" + std::string(info) + "`");
    end_shown_line();
    return true;
  }
  kind_ = word == "command"            ? Kind::command
          : among(word, shell_words)   ? Kind::shell
          : among(word, console_words) ? Kind::prompted
                                       : Kind::code;
  single_.reset();
  if (!rest.empty() && (one_line || word == "command")) single_ = rest;
  if (one_line) close_block(out);
  return true;
}

void AnswerSplitter::end_block_line(std::string& out) {
  if (line_shown_) return end_shown_line();
  std::string_view line = line_;
  const std::string_view bare = base::trim(line);
  if (!bare.empty() && bare.front() == fence_char_ && run_length(bare) == bare.size() && bare.size() >= fence_length_) {
    return close_block(out);
  }
  // The indent of the fence is no part of the code.
  const std::size_t indent = std::min({line.find_first_not_of(blanks), line.size(), fence_indent_});
  line.remove_prefix(indent);
  bool closes = false;
  if (const std::string closing(fence_length_, fence_char_); kind_ == Kind::command && bare.ends_with(closing)) {
    line = line.substr(0, line.rfind(closing));
    closes = true;
  }
  if (is_blank(line)) {
    if (kind_ == Kind::code) breaks_ += '\n';
  } else if (kind_ != Kind::code && !single_) {
    single_ = line;
  } else {
    if (single_) show_code(out, *std::exchange(single_, std::nullopt));
    kind_ = Kind::code;
    show_code(out, line);
  }
  if (closes) close_block(out);
}

void AnswerSplitter::close_block(std::string& out) {
  const Kind kind = std::exchange(kind_, Kind::text);
  if (!single_) return;
  std::string line = *std::exchange(single_, std::nullopt);
  if (kind == Kind::command && !command_) {
    release_held(out);
    command_ = std::move(line);
  } else if ((kind == Kind::shell || (kind == Kind::prompted && line.starts_with("$ "))) && !command_) {
    release_held(out);
    held_ = std::move(line);
    held_breaks_ = std::exchange(breaks_, {});
  } else {
    show_code(out, line);
  }
}

void AnswerSplitter::show(std::string& out, std::string_view text) {
  release_held(out);
  if (any_shown_) out.append(breaks_.substr(0, 2));
  breaks_.clear();
  out += text;
  any_shown_ = true;
}

void AnswerSplitter::show_code(std::string& out, std::string_view line) {
  show(out, "    " + std::string(line));
  end_shown_line();
}

void AnswerSplitter::end_shown_line() {
  breaks_ += '\n';
}

void AnswerSplitter::release_held(std::string& out) {
  if (!held_) return;
  const std::string line = *std::exchange(held_, std::nullopt);
  const std::string after = std::exchange(breaks_, std::exchange(held_breaks_, {}));
  show_code(out, line);
  breaks_ += after;
}

AnswerSplitter::Rest AnswerSplitter::finish(AnswerEnd end) {
  Rest rest;
  std::string& out = rest.display;
  if (!line_.empty()) take(out, '\n');
  if (kind_ != Kind::text) {
    if (end == AnswerEnd::complete) {
      close_block(out);
    } else if (single_) {
      show_code(out, *std::exchange(single_, std::nullopt));
    }
  }
  if (held_ && !command_ && end == AnswerEnd::complete) command_ = *std::exchange(held_, std::nullopt);
  release_held(out);
  if (command_) {
    rest.command = sanitize_command(*command_);
    if (!rest.command) show_code(out, *command_);
  }
  return rest;
}

}  // namespace duotty::agent
