// Tests of Ruby, PHP and .NET: rspec, phpunit, dotnet test.
#include <algorithm>
#include <array>

#include "reducers.hpp"

namespace duotty::digest {
namespace {

using std::string;
using std::string_view;

constexpr const char* kOther = "other lines";
constexpr std::array kRules = {
    // rspec
    Rule{"Finished in ", kOther}, Rule{"Randomized with seed ", kOther}, Rule{"Run options: ", kOther},
    // phpunit
    Rule{"PHPUnit ", kOther}, Rule{"Runtime:  ", kOther}, Rule{"Configuration: ", kOther},
    Rule{"Random Seed: ", kOther}, Rule{"Time: ", kOther},
    // dotnet
    Rule{"  Determining projects to restore", "build steps"}, Rule{"  All projects are up-to-date", "build steps"},
    Rule{"  Restored ", "build steps"}, Rule{"Test run for ", kOther}, Rule{"Microsoft (R) Test Execution", kOther},
    Rule{"VSTest version ", kOther}, Rule{"Copyright (c) Microsoft", kOther}, Rule{"Starting test execution", kOther},
    Rule{"A total of ", kOther}, Rule{"  Passed ", "passing tests"}, Rule{"  Skipped ", "skipped tests"},
    Rule{"   at System.", "frames"}, Rule{"   at Xunit.", "frames"}, Rule{"   at NUnit.", "frames"},
    Rule{"   at Microsoft.", "frames"}};

bool is_rspec_total(string_view line) {
  return leading_number(line) && contains(line, " example") && contains(line, " failure");
}

/// ".....F*" of rspec, "..F.E   4 / 4 (100%)" of phpunit.
bool is_dots(string_view line) {
  const std::size_t end = line.find_first_not_of(".F*EPSIWRDN");
  if (end == 0 || line.find('.') >= end) return false;
  if (end == string_view::npos) return true;
  const string_view rest = trimmed(line.substr(end));
  return line[end] == ' ' && leading_number(rest) && rest.ends_with("%)");
}

bool is_caret(string_view line) {
  const string_view text = trimmed(line);
  return text.starts_with('^') && text.find_first_not_of('^') == string_view::npos;
}

/// Failures of rspec: "  1) Cart totals" and what is below it, up to the totals.
class RspecReader {
 public:
  explicit RspecReader(Draft& draft) : draft_(draft) {
    for (std::size_t i = 0; i < draft.size(); ++i) {
      failures_ = failures_ || draft.line(i) == "Failures:";
      dots_ = dots_ || is_dots(draft.line(i));
      if (const string_view text = trimmed(draft.line(i)); text.starts_with("# ./"))
        places_ += string(text.substr(2, text.find(":in ") - 2)) + "\n";
    }
  }
  void read() {
    for (std::size_t i = 0; i < draft_.size(); ++i) {
      const string_view line = draft_.line(i);
      if (line.starts_with("Pending: ") || line == "Failures:" || line == "Failed examples:" ||
          line.starts_with("Finished in ") || is_rspec_total(line))
        part_ = line.front() == 'P' ? Part::pending : line == "Failures:" ? Part::failures : Part::after;
      if (part_ == Part::examples) example(i, line);
      if (part_ == Part::pending && (line.empty() || line.starts_with("  ") || line.starts_with("Pending: ")))
        draft_.take(i, "lines of pending tests");
      if (part_ == Part::failures) failure(i, line, trimmed(line));
      if (part_ == Part::after) after(i, line);
    }
  }

 private:
  enum class Part { examples, pending, failures, after };

  void example(std::size_t i, string_view line) {
    if (is_dots(line)) return draft_.drop(i, kOther);
    if (contains(line, " (FAILED - ")) {
      if (failures_) draft_.absorb(i);
    } else if (line.starts_with("  ") && !dots_ && draft_.trouble(i) == Trouble::none) {
      draft_.take(i, contains(line, " (PENDING: ") ? "lines of pending tests" : "passing tests");
    } else if (!line.empty() && !dots_ && (i == 0 || draft_.line(i - 1).empty()) && i + 1 < draft_.size() &&
               draft_.line(i + 1).starts_with("  ") && draft_.trouble(i) == Trouble::none) {
      draft_.take(i, kOther);  // the title of a group
    }
  }
  void failure(std::size_t i, string_view line, string_view text) {
    if (line == "Failures:" || text.empty() || text == "(compared using ==)") {
      difference_ = false;
      draft_.absorb(i);
    } else if (leading_number(text) && contains(text, ") ") && line.starts_with("  ") && !line.starts_with("     ")) {
      values_ = difference_ = false;
      draft_.show(i, string(text));
    } else if (text.starts_with("# ./")) {
      draft_.show(i, string(text.substr(0, text.find(":in "))));
    } else if (text.starts_with("# /")) {
      draft_.take(i, "frames");
    } else if (text == "Diff:" && values_) {
      difference_ = true;
      draft_.absorb(i);
    } else if (difference_ && line.starts_with("       ") && draft_.trouble(i) == Trouble::none) {
      draft_.take(i, "repetitions");
    } else if (is_caret(line) || (line.starts_with("  ") && i + 1 < draft_.size() && is_caret(draft_.line(i + 1)))) {
      draft_.take(i, "source lines");
    } else if (line.starts_with("  ")) {
      values_ = values_ || text.starts_with("got: ");
      draft_.show(i, string(text));
    }
  }
  void after(std::size_t i, string_view line) {
    if (line == "Failed examples:") return draft_.absorb(i);
    if (!line.starts_with("rspec ./")) return;
    const string_view place = line.substr(6, line.find(" # ") - 6);
    if (contains("\n" + places_, "\n" + string(place) + "\n")) draft_.absorb(i);
  }

  Draft& draft_;
  Part part_ = Part::examples;
  string places_;          ///< of all frames
  bool failures_ = false;  ///< there is a part that tells them
  bool dots_ = false;      ///< examples are dots
  bool values_ = false;    ///< the failure has both values
  bool difference_ = false;
};

void reduce_spec(Draft& draft, const Known&) {
  if (count_lines(draft, is_rspec_total) > 0 ||
      (draft.size() > 0 && contains(draft.line(draft.size() - 1), "rspec ./")))
    RspecReader(draft).read();
  bool phpunit = false;
  bool dotnet = false;
  for (std::size_t i = 0; i < draft.size(); ++i) {
    phpunit = phpunit || draft.line(i).starts_with("PHPUnit ");
    dotnet = dotnet || draft.line(i).starts_with("  Failed ");
  }
  for (std::size_t i = 0; i < draft.size(); ++i) {
    const string_view line = draft.line(i);
    const string_view text = trimmed(line);
    if (draft.touched(i) || drop_by(draft, i, kRules)) continue;
    if (phpunit && is_dots(line)) {
      draft.take(i, kOther);
    } else if (phpunit && (text == "--" || text == "@@ @@" || text == "│ @@ @@" || text == "│")) {
      draft.absorb(i);
    } else if (phpunit && text.starts_with('/') && contains(text, "/vendor/")) {
      draft.take(i, "frames");
    } else if (dotnet && line.starts_with("[xUnit.net ") && line.ends_with(" [FAIL]")) {
      draft.absorb(i);
    } else if (contains(line, " -> /") && line.ends_with(".dll")) {
      draft.take(i, "build steps");
    }
  }
}

constexpr std::array kFamilies = {
    Family{"spec", "rspec, phpunit, dotnet test: failures and totals",
           [](const Command& c) {
             return c.is("rspec") || c.is("phpunit") || c.is("pest") || (c.is("dotnet") && c.word(0) == "test");
           },
           [](const Draft& draft) {
             return count_lines(draft, [](string_view line) {
                      return (line.starts_with("PHPUnit ") && contains(line, " by Sebastian")) ||
                             (is_rspec_total(line)) || (line.starts_with("Test run for ") && contains(line, ".dll"));
                    }) > 0;
           },
           reduce_spec},
};

}  // namespace

std::span<const Family> spec_families() {
  return kFamilies;
}

}  // namespace duotty::digest
