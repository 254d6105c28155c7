// Logs: lines with a time before them.
#include <algorithm>
#include <array>
#include <unordered_map>

#include "reducers.hpp"

namespace duotty::digest {
namespace {

using std::string;
using std::string_view;

constexpr std::size_t kFirst = 2;        ///< lines of one form that are given
constexpr std::size_t kErrorsFirst = 8;  ///< errors that differ in nothing but numbers: given of the beginning
constexpr std::size_t kErrorsLast = 3;   ///< and of the end

/// Access logs: quotes around a request, then a status. The status, 0 when it is none.
std::uint64_t http_status(string_view line) {
  const std::size_t protocol = line.find(" HTTP/");
  if (protocol == string_view::npos) return 0;
  const std::size_t quote = line.find("\" ", protocol);
  return quote == string_view::npos ? 0 : leading_number(line.substr(quote + 2)).value_or(0);
}

string_view body_of(string_view line) {
  // docker compose: "web-1  | text"
  const std::size_t bar = line.substr(0, 40).find(" | ");
  if (bar != string_view::npos && is_letter(line.front()) &&
      trimmed(line.substr(0, bar)).find(' ') == string_view::npos)
    line = line.substr(bar + 3);
  return line.substr(after_time(line));
}

/// Goes on with a word; once it has a number in it, also what joins the parts of addresses and versions.
bool is_wordy(char c, bool number) {
  return is_letter(c) || is_digit(c) || (number && string_view("._-:/@").find(c) != string_view::npos);
}

/// The form of a message: numbers, quoted words and what stands behind "=" do not count.
std::uint64_t form_of(string_view body) {
  std::uint64_t hash = 1469598103934665603ULL;
  const auto mix = [&](char c) { hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL; };
  for (std::size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    if (is_digit(c) || is_letter(c)) {
      // A word with a number in it is a number: hashes, addresses, ids.
      const std::size_t begin = i;
      bool number = is_digit(c);
      while (i + 1 < body.size() && is_wordy(body[i + 1], number)) number = is_digit(body[++i]) || number;
      if (number) mix('#');
      for (std::size_t k = begin; !number && k <= i; ++k) mix(body[k]);
    } else if (c == '"' || c == '\'') {
      const std::size_t end = body.find(c, i + 1);
      if (end != string_view::npos && end - i < 200) i = end;
      mix('"');
    } else if (c == '=' && i + 1 < body.size() && body[i + 1] != ' ') {
      mix(c);
      while (i + 1 < body.size() && body[i + 1] != ' ' && body[i + 1] != '"') ++i;
    } else if (c != ' ') {
      mix(c);
    }
  }
  return hash;
}

struct Form {
  std::vector<std::size_t> lines;
  std::size_t same = 1;  ///< how often the last line given came again without a difference
};

void fold_errors(Draft& draft, const Form& form) {
  const bool errors = draft.trouble(form.lines.front()) == Trouble::error;
  const std::size_t first = errors ? kErrorsFirst : kFirst;
  const std::size_t last = errors ? kErrorsLast : kFirst;
  if (form.lines.size() <= first + last + 2) return;
  for (std::size_t n = first; n + last < form.lines.size(); ++n)
    draft.take(form.lines[n], errors ? "errors that differ in numbers only" : "warnings that differ in numbers only");
}

void reduce_log(Draft& draft, const Known&) {
  std::unordered_map<std::uint64_t, Form> forms;
  std::unordered_map<std::uint64_t, Form> errors;
  for (std::size_t i = 0; i < draft.size(); ++i) {
    if (draft.line(i).empty() || draft.touched(i)) continue;
    const string_view body = body_of(draft.line(i));
    const std::uint64_t status = http_status(draft.line(i));
    if (status >= 400) {
      draft.pin(i);
      continue;
    }
    // Only lines with a time may be folded here: others are of an unknown kind, such as frames of a trace.
    const bool timed = body.data() != draft.line(i).data() || status > 0;
    if (!timed) continue;
    (draft.trouble(i) == Trouble::none ? forms : errors)[form_of(status > 0 ? body.substr(body.find('"') + 1) : body)]
        .lines.push_back(i);
  }
  for (const auto& [hash, form] : errors) fold_errors(draft, form);
  for (const auto& [hash, form] : forms) {
    if (form.lines.size() <= kFirst + 1) continue;
    for (std::size_t n = kFirst - 1; n + 1 < form.lines.size(); ++n)
      draft.drop(form.lines[n], "lines of a form that is shown");
    const std::size_t last = form.lines.back();
    draft.show(last, string(draft.line(last)) + " (×" + std::to_string(form.lines.size()) + ")");
  }
}

bool detects_log(const Draft& draft) {
  if (draft.size() < 8) return false;
  const std::size_t lines = std::min<std::size_t>(draft.size(), 400);
  return count_lines(draft,
                     [](string_view line) { return body_of(line).data() != line.data() || http_status(line) > 0; }) *
             2 >
         lines;
}

constexpr std::array kFamilies = {
    Family{"log", "logs: one line of each form with its count; every error",
           [](const Command& c) {
             return c.is("journalctl") || c.is("dmesg") ||
                    ((c.is("docker") || c.is("kubectl") || c.is("podman") || c.is("oc")) &&
                     (c.word(0) == "logs" || c.word(1) == "logs"));
           },
           detects_log, reduce_log},
};

}  // namespace

std::span<const Family> log_families() {
  return kFamilies;
}

}  // namespace duotty::digest
