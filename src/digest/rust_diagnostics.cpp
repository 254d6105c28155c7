#include "rust_diagnostics.hpp"

#include <string>
#include <vector>

#include "line_words.hpp"

namespace duotty::digest {
namespace {

using std::string;
using std::string_view;

bool is_header(string_view line) {
  return line.starts_with("error") || line.starts_with("warning");
}

/// A line of the drawing: "   |  ^^^ label", "12 |  code", "12 +  proposed", "  ::: path".
struct Row {
  string_view number;  ///< of the source line, empty for lines of marks
  char bar = 0;
  string_view text;  ///< behind the bar and a blank
};
bool read_row(string_view line, Row& row) {
  std::size_t at = line.find_first_not_of(' ');
  if (at == string_view::npos) return false;
  const std::size_t begin = at;
  while (at < line.size() && is_digit(line[at])) ++at;
  row.number = line.substr(begin, at - begin);
  if (at < line.size() && !row.number.empty() && line[at] != ' ') return false;
  at = line.find_first_not_of(' ', at);
  if (at == string_view::npos) return false;
  row.bar = line[at];
  if (row.bar != '|' && (row.number.empty() || (row.bar != '+' && row.bar != '-' && row.bar != '~'))) return false;
  if (at + 1 < line.size() && line[at + 1] != ' ') return false;
  row.text = at + 2 < line.size() ? line.substr(at + 2) : string_view();
  return true;
}

/// The words behind marks: "expected `String`" of "------  ^ expected `String`".
std::size_t label_at(string_view marks) {
  return std::min(marks.find_first_not_of(" |_^-/~+"), marks.size());
}

class Diagnostic {
 public:
  Diagnostic(Draft& draft, std::size_t header) : draft_(draft), header_(header) {
    warning_ = draft.line(header).starts_with("warning");
    place_ = trimmed(draft.line(header + 1)).substr(4);
    const std::size_t colon = place_.find(':');
    line_ =
        colon == string_view::npos ? string_view() : place_.substr(colon + 1, place_.find(':', colon + 1) - colon - 1);
  }
  /// Reads up to the end; returns the first line behind it.
  std::size_t read() {
    draft_.absorb(header_ + 1);
    std::size_t i = header_ + 2;
    while (i < draft_.size() && read(draft_.line(i))) {
      if (number_ && !warning_)
        draft_.take(i, "source lines");
      else if (warning_)
        draft_.take(i, "lines below warnings");
      else
        draft_.absorb(i);
      ++i;
    }
    end_change();
    string text = string(place_) + ": " + string(draft_.line(header_));
    if (!primary_.empty() && !said(primary_)) text += ": " + primary_;
    if (!warning_)
      for (const string& note : notes_) text += "\n  " + note;
    draft_.show(header_, std::move(text));
    if (i < draft_.size() && draft_.line(i).empty()) draft_.absorb(i);
    return i;
  }

 private:
  bool read(string_view line) {
    number_ = false;
    const string_view text = trimmed(line);
    Row row;
    if (text.starts_with("--> ") || text.starts_with("::: ")) {
      place(text);
    } else if (text.starts_with("= ") && line.starts_with(' ')) {
      end_change();
      if (!contains(text, "on by default")) notes_.emplace_back(text.substr(2));
      open_ = !notes_.empty();
      below_ = true;
      return true;
    } else if (line.starts_with("help: ") || line.starts_with("note: ")) {
      end_change();
      notes_.emplace_back(text);
      below_ = true;
      change_ = line.starts_with("help: ");
      elsewhere_ = {};
    } else if (read_row(line, row)) {
      number_ = !row.number.empty();
      if (number_) source_ = row;
      if (change_) {
        proposed(row);
      } else if (!number_) {
        label(row.text);
      }
    } else if (open_ && line.starts_with("      ")) {
      notes_.back() += " " + string(text);  // the rest of a note
      return true;
    } else {
      return text == "...";
    }
    open_ = false;
    return true;
  }
  /// Whether the first line says what a label says.
  bool said(string_view label) const {
    const string_view header = draft_.line(header_);
    if (warning_ && label.starts_with("help: ")) return true;
    if (label == "not found in this scope") return contains(header, "in this scope");
    const std::size_t quote = label.find('`');
    return contains(header, label) || (quote != string_view::npos && contains(header, label.substr(quote)));
  }
  void place(string_view text) {
    elsewhere_ = text.substr(4);
    if (elsewhere_.starts_with("/rustc/")) return;
    if (!notes_.empty() && text.starts_with("--> ")) notes_.back() += " (" + string(elsewhere_) + ")";
  }
  void label(string_view marks) {
    const std::size_t at = label_at(marks);
    if (at == marks.size()) return;
    const std::size_t mark = marks.find_last_not_of(' ', at == 0 ? 0 : at - 1);
    const string text(trimmed(marks.substr(at)));
    if (at > 0 && mark < at && marks[mark] == '^' && primary_.empty() && !below_) {
      primary_ = text;
      return;
    }
    string where;
    if (!elsewhere_.empty() && !elsewhere_.starts_with("/rustc/") && !below_)
      where = string(elsewhere_.substr(0, elsewhere_.find(':'))) + ":";
    if (source_.number != line_ && !elsewhere_.starts_with("/rustc/")) where += string(source_.number) + ": ";
    notes_.push_back(where + text);
  }
  /// A line of a change that is proposed: as a whole, or what the marks below it say is new.
  void proposed(const Row& row) {
    if (row.bar == '+' || row.bar == '~') {
      if (!row.number.empty()) whole_.push_back(string(row.number) + ": " + string(trimmed(row.text)));
      return;
    }
    if (!row.number.empty() || row.text.find_first_not_of(" +~-") != string_view::npos) return;
    for (std::size_t at = row.text.find_first_of("+~"); at < row.text.size();) {
      const std::size_t end = std::min(row.text.find_first_not_of("+~", at), row.text.size());
      if (at < source_.text.size())
        parts_.push_back("`" + string(source_.text.substr(at, end - at)) + "` at " + string(source_.number) + ":" +
                         std::to_string(at + 1));
      at = std::min(row.text.find_first_of("+~", end), row.text.size());
    }
  }
  void end_change() {
    for (const auto* lines : {&whole_, &parts_})
      for (const string& each : *lines) notes_.back() += (&each == &lines->front() ? ": " : "; ") + each;
    if (change_ && whole_.empty() && parts_.empty() && source_.bar != 0 && proposal_of(source_))
      notes_.back() += ": " + string(source_.number) + ": " + string(trimmed(source_.text));
    whole_.clear();
    parts_.clear();
    change_ = false;
    source_ = {};
  }
  static bool proposal_of(const Row& row) { return !row.number.empty() && row.bar == '|'; }

  Draft& draft_;
  std::size_t header_;
  bool warning_ = false;
  string_view place_;
  string_view line_;       ///< number of the line it is about
  string_view elsewhere_;  ///< another place that is shown
  string primary_;
  std::vector<string> notes_;
  std::vector<string> whole_;  ///< proposed lines
  std::vector<string> parts_;  ///< proposed words
  Row source_;                 ///< the source line above
  bool number_ = false;        ///< the line just read has a source line
  bool open_ = false;          ///< a note may go on
  bool below_ = false;         ///< below the first "note:" or "help:"
  bool change_ = false;        ///< below "help:", a change is drawn
};

}  // namespace

void give_rust_diagnostics(Draft& draft) {
  for (std::size_t i = 0; i + 1 < draft.size();) {
    const bool begins = is_header(draft.line(i)) && draft.line(i + 1).starts_with(' ') &&
                        trimmed(draft.line(i + 1)).starts_with("--> ");
    i = begins ? Diagnostic(draft, i).read() : i + 1;
  }
}

}  // namespace duotty::digest
