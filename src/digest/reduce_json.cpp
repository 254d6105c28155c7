// JSON: arrays by their first elements, long texts cut, everything that speaks of an error kept.
#include <array>

#include "reducers.hpp"

namespace duotty::digest {
namespace {

using std::string;
using std::string_view;

constexpr std::size_t kElements = 3;  ///< of an array that are given
constexpr std::size_t kText = 120;    ///< bytes of a string
constexpr std::size_t kDepth = 64;
constexpr std::size_t kMembers = 40;  ///< of an object that are given

/// Reads a value and writes it short. Fails on what is no JSON; depth is bounded.
class JsonReader {
 public:
  explicit JsonReader(string_view text) : text_(text) {}

  /// The whole text as one value, or several one after the other.
  bool read(string& out) {
    for (blanks(); at_ < text_.size(); blanks()) {
      if (!out.empty()) out += '\n';
      if (!value(out, 0)) return false;
    }
    return true;
  }
  std::size_t left_out() const { return left_out_; }

 private:
  void blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r'))
      ++at_;
  }
  bool take(char c) {
    blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool raw_text(string_view& raw) {
    if (!take('"')) return false;
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    if (at_ >= text_.size()) return false;
    raw = text_.substr(begin, at_ - begin);
    ++at_;
    return true;
  }
  bool value(string& out, std::size_t depth) {
    blanks();
    if (at_ >= text_.size() || depth > kDepth) return false;
    if (text_[at_] == '{') return object(out, depth);
    if (text_[at_] == '[') return array(out, depth);
    if (text_[at_] == '"') {
      string_view raw;
      if (!raw_text(raw)) return false;
      const bool trouble = trouble_of(raw) != Trouble::none;
      const bool whole = raw.size() <= kText || trouble;
      troubles_ += trouble ? 1 : 0;
      out += '"';
      out += whole ? string(raw) : string(raw.substr(0, boundary(raw, kText))) + "…";
      out += '"';
      if (!whole) ++left_out_;
      return true;
    }
    const std::size_t begin = at_;
    while (at_ < text_.size() && string_view(",]} \n\t\r").find(text_[at_]) == string_view::npos) ++at_;
    const string_view word = text_.substr(begin, at_ - begin);
    const bool number = !word.empty() && (is_digit(word[0]) || word[0] == '-');
    if (!number && word != "true" && word != "false" && word != "null") return false;
    out += word;
    return true;
  }
  bool array(string& out, std::size_t depth) {
    if (!take('[')) return false;
    out += '[';
    std::size_t count = 0;
    std::size_t given = 0;
    if (!take(']')) {
      do {
        const std::size_t before = troubles_;
        string element;
        const std::size_t hidden = left_out_;
        if (!value(element, depth + 1)) return false;
        // An element beyond the first ones has a place when it tells of an error.
        if (++count <= kElements || troubles_ > before) {
          out += (given++ == 0 ? "" : ",") + element;
        } else {
          left_out_ = hidden + 1;
        }
      } while (take(','));
      if (!take(']')) return false;
    }
    if (given < count) out += ",… +" + std::to_string(count - given);
    out += ']';
    return true;
  }
  bool object(string& out, std::size_t depth) {
    if (!take('{')) return false;
    out += '{';
    std::size_t count = 0;
    std::size_t given = 0;
    if (!take('}')) {
      do {
        string_view key;
        blanks();
        const std::size_t begin = at_;
        const std::size_t before = troubles_;
        if (!raw_text(key) || !take(':')) return false;
        string member;
        if (!value(member, depth + 1)) return false;
        // Of what has members of its own the key alone: each of those was looked at.
        const bool nested = text_[at_ - 1] == '}' || text_[at_ - 1] == ']';
        // "error": null tells of none.
        const bool none = member == "null" || member == "false" || member == "0" || member == "[]" || member == R"("")";
        troubles_ += !none && trouble_of(nested ? key : text_.substr(begin, at_ - begin)) != Trouble::none ? 1 : 0;
        if (++count <= kMembers || troubles_ > before) {
          out += (given++ == 0 ? "" : ",") + string("\"") + string(key) + "\":" + member;
        } else {
          ++left_out_;
        }
      } while (take(','));
      if (!take('}')) return false;
    }
    if (given < count) out += ",… +" + std::to_string(count - given);
    out += '}';
    return true;
  }

  string_view text_;
  std::size_t at_ = 0;
  std::size_t left_out_ = 0;
  std::size_t troubles_ = 0;  ///< texts and members so far that tell of one
};

/// First and last line of the JSON in the text: whole output, or what follows the first line that opens it.
void reduce_json(Draft& draft, const Known&) {
  std::size_t first = 0;
  while (first < draft.size() && !draft.line(first).starts_with("{") && !draft.line(first).starts_with("[")) ++first;
  std::size_t last = draft.size();
  while (last > first && !draft.line(last - 1).starts_with("}") && !draft.line(last - 1).starts_with("]") &&
         !draft.line(last - 1).ends_with("}") && !draft.line(last - 1).ends_with("]"))
    --last;
  if (first >= last) return;
  const char* begin = draft.line(first).data();
  const string_view end = draft.line(last - 1);
  const string_view text(begin, static_cast<std::size_t>(end.data() + end.size() - begin));
  string out;
  JsonReader reader(text);
  if (!reader.read(out) || out.size() >= text.size()) return;
  for (std::size_t i = first; i < last; ++i) draft.absorb(i);
  draft.show(first, std::move(out));
  if (reader.left_out() > 0) draft.mention("elements and ends of long texts");
}

bool detects_json(const Draft& draft) {
  const string_view line = draft.line(0);
  const bool opens =
      line == "{" || line == "[" || line.starts_with("{\"") || line.starts_with("[{") || line.starts_with("[\"");
  const string_view last = draft.line(draft.size() - 1);
  return opens && (last.ends_with("}") || last.ends_with("]"));
}

constexpr std::array kFamilies = {
    Family{"json", "JSON: the first elements of arrays, long texts cut, what tells of errors",
           [](const Command& c) { return c.is("jq"); }, detects_json, reduce_json},
};

}  // namespace

std::span<const Family> json_families() {
  return kFamilies;
}

}  // namespace duotty::digest
