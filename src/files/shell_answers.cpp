#include "shell_answers.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <duotty/base/plain_text.hpp>
#include <duotty/base/text.hpp>
#include <duotty/files/paths.hpp>

namespace duotty::files {
namespace {

using base::Errc;
using base::Error;
using Words = std::vector<std::string_view>;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kDay = 24 * 3600;
/// Times in nanoseconds reach no further.
constexpr int kFirstYear = 1700;
constexpr int kLastYear = 2260;
/// No program takes a longer argument, where printf is one.
constexpr std::size_t kMostPrinted = std::size_t{16} << 10;
constexpr std::size_t kShown = 200;

Words words_of(std::string_view line) {
  Words out;
  while (!line.empty()) {
    const auto end = std::min(line.find(' '), line.size());
    if (end > 0) out.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return out;
}

template <class Number>
bool read(std::string_view word, Number& into, int base = 10) {
  const auto [end, failed] = std::from_chars(word.data(), word.data() + word.size(), into, base);
  return failed == std::errc() && end == word.data() + word.size();
}

Kind kind_of(std::uint32_t mode) {
  return S_ISREG(mode) ? Kind::file : S_ISDIR(mode) ? Kind::folder : S_ISLNK(mode) ? Kind::link : Kind::other;
}

/// "81a4 120 1700000000 0 0 4711"
std::optional<Found> found_of_stat(const Words& words) {
  Found found;
  std::uint32_t mode = 0;
  std::int64_t second = 0;
  if (words.size() != 6 || !read(words[0], mode, 16) || !read(words[1], found.info.size) || !read(words[2], second) ||
      !read(words[3], found.info.uid) || !read(words[4], found.info.gid) || !read(words[5], found.node) ||
      second > INT64_MAX / kSecond || second < INT64_MIN / kSecond) {
    return std::nullopt;
  }
  found.info.kind = kind_of(mode);
  found.info.mode = mode & 07777;
  found.info.mtime_ns = second * kSecond;
  return found;
}

/// "-rwsr-xr-x", perhaps with one more character
bool read_mode(std::string_view word, Info& info) {
  if (word.size() < 10) return false;
  info.kind = word[0] == '-' ? Kind::file : word[0] == 'd' ? Kind::folder : word[0] == 'l' ? Kind::link : Kind::other;
  for (std::size_t i = 1; i <= 9; ++i) {
    const char c = word[i];
    if (c != '-' && c != 'S' && c != 'T') info.mode |= 1U << (9 - i);
    const bool special = c == 's' || c == 'S' || c == 't' || c == 'T';
    if (special && i % 3 == 0) info.mode |= 04000U >> (i / 3 - 1);
  }
  return true;
}

/// "Nov 23 00:54" or "Nov 23 2024", in UTC
std::optional<std::int64_t> second_of(std::string_view month, std::string_view day, std::string_view rest,
                                      std::int64_t now_s) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  namespace chrono = std::chrono;
  const auto at = std::find(kMonths.begin(), kMonths.end(), month);
  unsigned number = 0;
  if (at == kMonths.end() || !read(day, number)) return std::nullopt;
  const auto second = [&](int year, std::int64_t in_day) -> std::optional<std::int64_t> {
    const chrono::year_month_day date(
        chrono::year(year), chrono::month(static_cast<unsigned>(at - kMonths.begin() + 1)), chrono::day(number));
    if (!date.ok() || year < kFirstYear || year > kLastYear) return std::nullopt;
    return chrono::sys_days(date).time_since_epoch().count() * kDay + in_day;
  };
  int year = 0;
  const auto colon = rest.find(':');
  if (colon == std::string_view::npos) return read(rest, year) ? second(year, 0) : std::nullopt;
  unsigned hour = 0;
  unsigned minute = 0;
  if (!read(rest.substr(0, colon), hour) || !read(rest.substr(colon + 1), minute) || hour > 23 || minute > 59) {
    return std::nullopt;
  }
  const std::int64_t in_day = hour * 3600 + minute * 60;
  const chrono::sys_days today(chrono::days(now_s / kDay));
  year = static_cast<int>(chrono::year_month_day(today).year());
  // Clocks differ: what is a little ahead of ours is not a year old.
  const auto this_year = second(year, in_day);
  return this_year && *this_year <= now_s + kDay ? this_year : second(year - 1, in_day);
}

/// "4711 -rw-r--r-- 1 0 0 120 Nov 23 00:54"; devices have two numbers instead of the size
std::optional<Found> found_of_ls(const Words& words, std::int64_t now_s) {
  Found found;
  const bool device = words.size() == 10;
  if ((words.size() != 9 && !device) || !read(words[0], found.node) || !read_mode(words[1], found.info) ||
      !read(words[3], found.info.uid) || !read(words[4], found.info.gid) ||
      (!device && !read(words[5], found.info.size))) {
    return std::nullopt;
  }
  const auto date = words.end() - 3;
  const auto second = second_of(date[0], date[1], date[2], now_s);
  if (!second) return std::nullopt;
  found.info.mtime_ns = *second * kSecond;
  return found;
}

/// For the format of printf, within single quotes.
void put_printed(char byte, std::string& out) {
  switch (byte) {
    case '\0':
      out += "\\000";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '%':
      out += "%%";
      break;
    case '\'':
      out += "'\\''";
      break;
    default:
      out += byte;
  }
}

const char* reason_of(char letter) {
  switch (letter) {
    case 'r':
      return "The host does not let this user look into it.";
    case 'e':
      return "It is not empty.";
    default:
      return "The host does not let this user remove it.";
  }
}

}  // namespace

Error error_of(const ShellAnswer& answer, const std::string& path) {
  const std::string name = shown(path);
  switch (static_cast<Verdict>(answer.status)) {
    case Verdict::not_found:
      return {Errc::not_found, "There is no " + name + " on the host.", "path"};
    case Verdict::denied:
      return {Errc::denied, "The host does not let this user do that with " + name + ".", "path"};
    case Verdict::exists:
      return {Errc::conflict, name + " exists already.", "path"};
    case Verdict::link:
      return {Errc::invalid_params, name + " is a link.", "path"};
    case Verdict::other_kind:
      return {Errc::invalid_params, name + " is of another kind.", "path"};
    case Verdict::not_empty:
      return {Errc::conflict, name + " is not empty. Remove what is in it first.", "path"};
    case Verdict::unsupported:
      return {Errc::unsupported, "The host lacks find, by which folders are removed. Remove what is in it one by one."};
    case Verdict::no_folder:
      return {Errc::not_found, "There is no folder for " + name + " on the host.", "path"};
    case Verdict::done:
    case Verdict::words:
      break;
  }
  const std::string words = base::clean_line(answer.body, kShown);
  return {Errc::io, name + ": the host says \"" + (words.empty() ? "failure" : words) + "\"."};
}

std::optional<Found> parse_found(std::string_view line, std::int64_t now_s) {
  const Words words = words_of(line);
  return words.size() == 6 ? found_of_stat(words) : found_of_ls(words, now_s);
}

std::optional<std::vector<Entry>> parse_entries(std::string_view body, std::int64_t now_s) {
  std::vector<Entry> out;
  while (!body.empty()) {
    const auto begin = body.find(" ./");
    const auto end = begin == std::string_view::npos ? begin : body.find("/\n", begin + 3);
    if (end == std::string_view::npos) return std::nullopt;
    const auto found = parse_found(body.substr(0, begin), now_s);
    const auto name = body.substr(begin + 3, end - begin - 3);
    if (!found || name.empty() || name.find('/') != std::string_view::npos) return std::nullopt;
    out.push_back({std::string(name), found->info});
    body.remove_prefix(end + 2);
  }
  return out;
}

std::optional<Removal> parse_removal(std::string_view body, const std::string& path) {
  const auto line = body.substr(0, body.find('\n'));
  const Words numbers = words_of(line);
  std::uint64_t all = 0;
  Removal out;
  if (numbers.size() != 2 || !read(numbers[0], all) || !read(numbers[1], out.failed)) return std::nullopt;
  out.removed = all - std::min(all, out.failed);
  body.remove_prefix(std::min(line.size() + 1, body.size()));
  const auto words_end = body.find("//\n");
  if (words_end == std::string_view::npos) return out;
  const std::string words = base::clean_line(body.substr(0, words_end), kShown);
  body.remove_prefix(words_end + 3);
  while (out.failures.size() < kMostFailures) {
    const auto end = body.find("//");
    if (end == std::string_view::npos || end + 3 >= body.size()) break;
    const char letter = body[end + 2];
    const bool said = letter == 'o' && !words.empty();
    out.failures.push_back(
        {std::string(body.substr(0, end)), said ? "The host says \"" + words + "\"." : reason_of(letter)});
    body.remove_prefix(end + 4);
  }
  if (out.failed > 0 && out.failures.empty()) out.failures.push_back({path, "The host says \"" + words + "\"."});
  return out;
}

std::string request_of(std::string_view function, std::string_view first, std::string_view second,
                       std::string_view third) {
  std::string out(function);
  for (const auto argument : {first, second, third}) out += ' ' + base::shell_quote(argument);
  return out;
}

std::string print_request(const std::string& path, std::string_view bytes) {
  const std::string file = base::shell_quote(path);
  std::string out = "if [ -f " + file + " ] && ! [ -L " + file + " ]; then {\n";
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, kMostPrinted);
    bytes.remove_prefix(piece.size());
    out += "printf '";
    for (std::size_t i = 0; i < piece.size(); ++i) {
      // What begins so would be an option.
      if (i == 0 && piece[i] == '-') {
        out += "\\055";
      } else {
        put_printed(piece[i], out);
      }
    }
    out += "'\n";
  }
  return out + "} >>" + file + "; f_wrote " + file + "; else (exit 42); fi";
}

std::string umask_for(std::uint32_t mode) {
  std::string out;
  for (const auto& [who, shift] : {std::pair('g', 3U), std::pair('o', 0U)}) {
    const std::uint32_t missing = ~(mode >> shift) & 6U;
    if (missing == 0) continue;
    if (!out.empty()) out += ',';
    out += who;
    out += '-';
    if ((missing & 4U) != 0) out += 'r';
    if ((missing & 2U) != 0) out += 'w';
  }
  return out;
}

std::string touch_time(std::int64_t mtime_ns) {
  namespace chrono = std::chrono;
  const std::int64_t second = mtime_ns / kSecond;
  if (mtime_ns < 0 || second / kDay > 2'900'000) return {};
  const chrono::year_month_day date(chrono::sys_days(chrono::days(second / kDay)));
  const auto two = [](std::int64_t number) { return std::string(number < 10 ? "0" : "") + std::to_string(number); };
  const std::int64_t in_day = second % kDay;
  return std::to_string(static_cast<int>(date.year())) + two(static_cast<unsigned>(date.month())) +
         two(static_cast<unsigned>(date.day())) + two(in_day / 3600) + two(in_day / 60 % 60) + "." + two(in_day % 60);
}

}  // namespace duotty::files
