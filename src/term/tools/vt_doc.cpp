// Prints docs/vt.md from the dispatch tables; `--check FILE` compares instead and fails when the file is old.
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

#include "dispatch.hpp"
#include "modes_table.hpp"

namespace duotty::term {
namespace {

std::string code(std::string text) {
  // A pipe would end the table's cell.
  for (std::size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) text.insert(at, "\\");
  // A backtick inside needs a longer fence.
  return text.find('`') == std::string::npos ? "`" + text + "`" : "`` " + text + " ``";
}

void row(std::string& out, const std::string& bytes, const char* mnemonic, const char* doc) {
  out += "| " + bytes + " | " + mnemonic + " | " + doc + " |\n";
}

void head(std::string& out, const char* title) {
  out += std::string("\n## ") + title + "\n\n| bytes | name | what it does |\n|---|---|---|\n";
}

std::string control_name(unsigned char value) {
  char text[32];
  if (value < 0x20) {
    std::snprintf(text, sizeof text, "0x%02x", value);
  } else {
    std::snprintf(text, sizeof text, "ESC %c", value - 0x40);
  }
  return text;
}

std::string document() {
  std::string out =
      "# Control sequences\n\n"
      "What duotty's terminal state understands. This page is printed by `vt_doc` from the tables that the parser "
      "uses.\n"
      "C1 controls are written ESC and a character, or as the characters U+0080 to U+009F in UTF-8. Everything that is "
      "not\n"
      "listed is read to its end and has no effect.\n\n"
      "Nothing is reported that a program could have put there to come back as typing, or that it could not see\n"
      "otherwise: no title, font, selection or clipboard, and no checksum of cells (DECRQCRA), which gives the screen\n"
      "away one cell at a time.\n\n"
      "Images (sixel, iTerm2, and the kitty protocol, which is APC G) are not drawn and move nothing, so DA1 does not\n"
      "offer sixel and queries of the kitty protocol are not answered. Where they were sent and how large they say they\n"
      "are is known to readers ([0019](adr/0019-images-are-noted-not-drawn.md)).\n\n"
      "Under mode 2027 a grapheme cluster (UAX #29) stands in one place: two cells wide when it is a flag, has\n"
      "VARIATION SELECTOR-16 or a wide character in it, else one. The page's emulator does the same from the same\n"
      "tables; `duotty attach` leaves it to the terminal around it. Without the mode, which is off at first, each\n"
      "character has its own width.\n";
  head(out, "Controls");
  for (const ControlEntry& entry : control_table()) row(out, code(control_name(entry.code)), entry.mnemonic, entry.doc);
  head(out, "ESC");
  for (const SequenceEntry& entry : esc_table()) {
    std::string bytes = "ESC";
    if (entry.intermediate != 0) (bytes += ' ') += entry.intermediate;
    bytes += entry.final == 0 ? std::string(" X") : std::string(" ") + entry.final;
    row(out, code(bytes), entry.mnemonic, entry.doc);
  }
  head(out, "CSI");
  for (const SequenceEntry& entry : csi_table()) {
    std::string bytes = "CSI ";
    if (entry.leader != 0) (bytes += entry.leader) += ' ';
    bytes += "Pm ";
    if (entry.intermediate != 0)
      bytes += entry.intermediate == ' ' ? std::string("SP ") : std::string(1, entry.intermediate) + " ";
    row(out, code(bytes + entry.final), entry.mnemonic, entry.doc);
  }
  out += "\n## Modes\n\n| mode | name | what it is |\n|---|---|---|\n";
  for (const ModeEntry& entry : mode_table()) {
    row(out, code((entry.kind == ModeEntry::Kind::dec ? "?" : "") + std::to_string(entry.number)), entry.mnemonic,
        entry.doc);
  }
  out += "\n## OSC\n\n| number | what it does |\n|---|---|\n";
  for (const OscEntry& entry : osc_table())
    out += "| " + code(std::to_string(entry.number)) + " | " + entry.doc + " |\n";
  head(out, "DCS");
  for (const DcsEntry& entry : dcs_table()) {
    const std::string intermediate = entry.intermediate == 0 ? "" : std::string(" ") + entry.intermediate;
    row(out, code("DCS" + intermediate + " " + entry.final), entry.mnemonic, entry.doc);
  }
  return out;
}

int check(const char* path, const std::string& expected) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (text.str() == expected) return 0;
  std::fprintf(stderr, "%s is not what the tables say; write it again with: vt_doc > %s\n", path, path);
  return 1;
}

}  // namespace
}  // namespace duotty::term

int main(int argc, char** argv) {
  const std::string text = duotty::term::document();
  if (argc == 3 && std::strcmp(argv[1], "--check") == 0) return duotty::term::check(argv[2], text);
  std::fputs(text.c_str(), stdout);
  return 0;
}
