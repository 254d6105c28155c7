// The terminal state as a program, for suites of cases that are not ours (tests/conformance/public). Reads commands,
// one a line, and answers each with one line of JSON:
//   reset COLS ROWS SCROLLBACK   begins anew
//   feed COUNT                   takes the COUNT bytes after the line; answers what the terminal replied, in
//   hexadecimal resize COLS ROWS dump                         screen, scrollback, cursor and looks
// With one argument COLSxROWS it feeds all of its input and prints one dump.
#include <duotty/base/text.hpp>
#include <duotty/term/terminal.hpp>

#include <charconv>
#include <iostream>
#include <iterator>
#include <sstream>

#include "recorder.hpp"
#include "state.hpp"

namespace duotty::term::testing {
namespace {

constexpr int max_feed = 64 << 20;

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) {
      out += c;
    } else {
      out += "\\u00" + base::hex_encode({&c, 1});
    }
  }
  return out + '"';
}

std::string color_name(Color color) {
  if (color.kind() == Color::Kind::palette) return std::to_string(color.index());
  if (color.kind() == Color::Kind::none) return "";
  const char bytes[] = {static_cast<char>(color.r()), static_cast<char>(color.g()), static_cast<char>(color.b())};
  return "#" + base::hex_encode({bytes, sizeof bytes});
}

std::string look(const Pen& pen, const Tables& tables) {
  static constexpr std::pair<Attribute, const char*> names[] = {
      {bold, "bold"},           {faint, "faint"},   {italic, "italic"},     {blink, "blink"},     {inverse, "inverse"},
      {invisible, "invisible"}, {strike, "strike"}, {overline, "overline"}, {guarded, "guarded"},
  };
  std::string flags;
  for (const auto& [bit, name] : names) {
    if (pen.style.has(bit)) flags += (flags.empty() ? "" : " ") + std::string(name);
  }
  return "{\"fg\":" + quoted(color_name(pen.style.foreground)) + ",\"bg\":" + quoted(color_name(pen.style.background)) +
         ",\"ul\":" + quoted(color_name(pen.style.underline_color)) +
         ",\"underline\":" + std::to_string(static_cast<int>(pen.style.underline)) + ",\"flags\":" + quoted(flags) +
         ",\"link\":" + quoted(tables.links[pen.link].uri) + "}";
}

class Dump {
 public:
  explicit Dump(const Terminal& terminal) : terminal_(terminal), state_(terminal.state()) {}

  std::string text() {
    const RowId top = terminal_.top_row();
    const std::string above = rows(terminal_.first_row(), top);
    const std::string screen = rows(top, terminal_.end_row());
    std::string looks;
    for (const auto& [style, number] : numbers_) looks += (number == 0 ? "" : ",") + look(style, state_.tables);
    const auto flag = [](bool on) { return on ? "true" : "false"; };
    const auto line = static_cast<std::int64_t>(terminal_.cursor().row - top);
    return "{\"cols\":" + std::to_string(terminal_.size().cols) + ",\"rows\":" + std::to_string(terminal_.size().rows) +
           ",\"cursor\":[" + std::to_string(terminal_.cursor().col) + "," + std::to_string(line) + "]" +
           ",\"pending\":" + flag(terminal_.pending_wrap()) + ",\"visible\":" + flag(terminal_.cursor_visible()) +
           ",\"alternate\":" + flag(terminal_.alternate_screen()) +
           ",\"reversed\":" + flag(terminal_.modes().reverse_video) + ",\"title\":" + quoted(terminal_.title()) +
           ",\"screen\":[" + screen + "],\"scrollback\":[" + above + "],\"looks\":[" + looks + "]}";
  }

 private:
  /// Looks are numbered in the order of their first use.
  std::size_t number(std::uint32_t style) {
    const Pen& pen = state_.tables.styles[style];
    for (const auto& [known, index] : numbers_) {
      if (known == pen) return index;
    }
    numbers_.emplace_back(pen, numbers_.size());
    return numbers_.size() - 1;
  }

  /// Cells are [text, width, look]; the right half of a wide character has the width 0.
  std::string rows(RowId from, RowId to) {
    std::string out;
    for (RowId id = from; id < to; ++id) {
      Row row;
      state_.fetch(id, row);
      out += (id == from ? "{\"wrapped\":" : ",{\"wrapped\":") + std::string(row.wrapped() ? "true" : "false");
      out += ",\"cells\":[";
      for (int col = 0; col < terminal_.size().cols; ++col) {
        const Cell cell = row.at(col);
        std::string content;
        state_.tables.append_text(content, cell);
        const int width = cell.is_tail() ? 0 : cell.is_wide() ? 2 : 1;
        out += (col == 0 ? "[" : ",[") + quoted(content) + "," + std::to_string(width) + "," +
               std::to_string(number(cell.style)) + "]";
      }
      out += "]}";
    }
    return out;
  }

  const Terminal& terminal_;
  const State& state_;
  std::vector<std::pair<Pen, std::size_t>> numbers_;
};

class Session {
 public:
  Session() { start({80, 24}, 1000); }

  /// False when the command cannot be understood.
  bool run(const std::string& line, std::istream& in, std::ostream& out) {
    std::istringstream words(line);
    std::string name;
    int first = 0;
    int second = 0;
    int third = 0;
    words >> name >> first >> second >> third;
    if (name == "feed" && first >= 0 && first <= max_feed) {
      std::string bytes(static_cast<std::size_t>(first), '\0');
      if (!in.read(bytes.data(), first)) return false;
      terminal_->feed(bytes);
      out << "{\"reply\":\"" << base::hex_encode(std::exchange(host_.replies, {})) << "\"}\n";
    } else if (name == "reset") {
      start({first, second}, static_cast<std::size_t>(std::max(third, 0)));
      out << "{}\n";
    } else if (name == "resize") {
      terminal_->resize({first, second});
      out << "{}\n";
    } else if (name == "dump") {
      out << Dump(*terminal_).text() << '\n';
    } else {
      return false;
    }
    out.flush();
    return true;
  }

 private:
  void start(Size size, std::size_t scrollback) {
    Options options;
    options.scrollback_lines = scrollback;
    terminal_ = std::make_unique<Terminal>(size, host_, options);
  }

  Recorder host_;
  std::unique_ptr<Terminal> terminal_;
};

int dump_once(std::string_view size, std::istream& in) {
  Size wanted;
  const char* const end = size.data() + size.size();
  const auto cols = std::from_chars(size.data(), end, wanted.cols);
  if (cols.ec != std::errc{} || cols.ptr == end || *cols.ptr != 'x') return 2;
  if (std::from_chars(cols.ptr + 1, end, wanted.rows).ec != std::errc{}) return 2;
  Host silent;
  Terminal terminal(wanted, silent);
  terminal.feed(std::string(std::istreambuf_iterator<char>(in), {}));
  std::cout << Dump(terminal).text() << '\n';
  return 0;
}

}  // namespace
}  // namespace duotty::term::testing

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  if (argc == 2) return duotty::term::testing::dump_once(argv[1], std::cin);
  duotty::term::testing::Session session;
  for (std::string line; std::getline(std::cin, line);) {
    if (!session.run(line, std::cin, std::cout)) {
      std::cerr << "vt_dump: not understood: " << line << '\n';
      return 2;
    }
  }
  return 0;
}
