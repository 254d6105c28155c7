// Tables: columns padded with blanks, as ps, df, systemctl and most tools print them. And files printed as they are.
#include <algorithm>
#include <array>

#include "reducers.hpp"

namespace duotty::digest {
namespace {

using std::string;
using std::string_view;

constexpr std::size_t kRows = 40;

bool is_row(string_view line) {
  return cells_of(line).size() >= 3;
}

bool is_upper(string_view word) {
  bool letter = false;
  for (const char c : word) {
    if (c >= 'a' && c <= 'z') return false;
    letter = letter || is_letter(c);
  }
  return letter;
}

/// Two blanks are enough between cells.
string squeezed(string_view line) {
  string out;
  std::size_t blanks = 0;
  for (const char c : line) {
    if (c == ' ' || c == '\t') {
      ++blanks;
      continue;
    }
    if (blanks > 0) out.append(out.empty() ? 0 : std::min<std::size_t>(blanks, 2), ' ');
    blanks = 0;
    out += c;
  }
  return out;
}

void reduce_table(Draft& draft, const Known&) {
  std::size_t rows = 0;
  std::size_t all = 0;
  for (std::size_t i = 0; i < draft.size(); ++i) all += is_row(draft.line(i)) ? 1 : 0;
  for (std::size_t i = 0; i < draft.size(); ++i) {
    const string_view line = draft.line(i);
    if (draft.touched(i) || !is_row(line)) continue;
    if (draft.pinned(i) || draft.trouble(i) != Trouble::none) continue;
    if (++rows > kRows && all > kRows + 10) {
      draft.drop(i, "rows of the table");
    } else {
      draft.show(i, squeezed(line));
    }
  }
}

bool detects_table(const Draft& draft) {
  if (draft.size() < 3) return false;
  const std::size_t lines = std::min<std::size_t>(draft.size(), 400);
  const auto head = cells_of(draft.line(0));
  std::size_t upper = 0;
  for (const string_view cell : head) upper += is_upper(cell) ? 1 : 0;
  const std::size_t rows = count_lines(draft, is_row);
  return head.size() >= 3 && rows * 10 > lines * 8 && (upper >= 2 || lines > 6);
}

constexpr std::array kTables = {
    Family{"table", "tables such as ps, df, systemctl: narrow columns, the first rows",
           [](const Command& c) {
             return c.is("ps") || c.is("df") || c.is("systemctl") || c.is("lsblk") || c.is("netstat") || c.is("ss") ||
                    c.is("lsof") || c.is("free") || c.is("top") || c.is("mount");
           },
           detects_table, reduce_table},
};

// --- ip ------------------------------------------------------------------------------------------------------------

/// "2: eth0: <BROADCAST,UP> mtu 1500 qdisc ... state UP group default qlen 1000"
bool is_interface(string_view line) {
  return leading_number(line) && contains(line, ": <") && contains(line, "> mtu ");
}

/// Words up to the one that no reader asks for.
string until(string_view line, string_view word) {
  return string(trimmed(line.substr(0, std::min(line.find(word), line.size()))));
}

void reduce_ip(Draft& draft, const Known&) {
  bool interface = false;
  for (std::size_t i = 0; i < draft.size(); ++i) {
    const string_view line = draft.line(i);
    const string_view text = trimmed(line);
    if (is_interface(line)) {
      const std::size_t state = line.find(" state ");
      string head = until(line, " qdisc ");
      if (state != string_view::npos) head += " " + string(words_of(line.substr(state), 3)[1]);
      draft.show(i, std::move(head));
      interface = true;
      draft.mention("queues, groups, broadcast addresses");
    } else if (interface && text.starts_with("valid_lft forever")) {
      draft.absorb(i);
    } else if (interface && (text.starts_with("link/") || text.starts_with("inet"))) {
      string shorter = " " + string(text.starts_with("link/") ? text.substr(5) : text);
      if (const std::size_t at = shorter.find(" brd "); at != string::npos)
        shorter.erase(at, std::min(shorter.find(' ', at + 5), shorter.size()) - at);
      draft.show(i, std::move(shorter));
    }
  }
}

constexpr std::array kIp = {
    Family{"ip", "ip addr, ip link: interfaces, their states and addresses",
           [](const Command& c) { return c.is("ip"); },
           [](const Draft& draft) { return count_lines(draft, is_interface) > 0; }, reduce_ip},
};

// --- files ----------------------------------------------------------------------------------------------------------

void leave(Draft&, const Known&) {}

constexpr std::array kFiles = {
    Family{"file", "cat, head, sed -n and others that print a file: as it is, beyond 400 lines its beginning and end",
           [](const Command& c) {
             return c.is_any({"cat", "head", "tail", "sed", "less", "more", "bat", "batcat", "nl", "awk", "xxd",
                              "hexdump", "man", "tac"});
           },
           nullptr, leave},
};

}  // namespace

std::span<const Family> table_families() {
  return kTables;
}
std::span<const Family> ip_families() {
  return kIp;
}
std::span<const Family> file_families() {
  return kFiles;
}

}  // namespace duotty::digest
