#include "config_file.hpp"

#include <algorithm>
#include <array>
#include <duotty/base/text.hpp>
#include <duotty/ssh/names.hpp>
#include <set>

#include "config_words.hpp"

namespace duotty::ssh {
namespace {

using base::Errc;
using base::Error;

constexpr std::size_t kMostNotes = 100;
constexpr std::size_t kLongestWord = 4096;

struct KeyRow {
  std::string_view word;
  ConfigKey key;
};
constexpr std::array kKeys = {
    KeyRow{"hostname", ConfigKey::host_name},
    KeyRow{"user", ConfigKey::user},
    KeyRow{"port", ConfigKey::port},
    KeyRow{"identityfile", ConfigKey::identity_file},
    KeyRow{"proxyjump", ConfigKey::proxy_jump},
    KeyRow{"proxycommand", ConfigKey::proxy_command},
    KeyRow{"serveraliveinterval", ConfigKey::keepalive},
    KeyRow{"forwardagent", ConfigKey::forward_agent},
    KeyRow{"setenv", ConfigKey::set_env},
    KeyRow{"stricthostkeychecking", ConfigKey::host_key_checking},
    KeyRow{"userknownhostsfile", ConfigKey::known_hosts_file},
};

struct TestRow {
  std::string_view word;
  ConfigTest::About about;
};
constexpr std::array kTests = {
    TestRow{"host", ConfigTest::About::host},
    TestRow{"originalhost", ConfigTest::About::original_host},
    TestRow{"user", ConfigTest::About::user},
    TestRow{"localuser", ConfigTest::About::local_user},
};

/// True when a line's words can be what its keyword takes.
bool makes_sense(ConfigKey key, const std::vector<std::string>& words) {
  if (words.empty() || words.front().empty()) return false;
  for (const std::string& word : words) {
    if (word.size() > kLongestWord || word.find('\0') != std::string::npos) return false;
  }
  switch (key) {
    case ConfigKey::port:
      return parse_port(words.front()).has_value();
    case ConfigKey::keepalive:
      return parse_config_time(words.front()).has_value();
    case ConfigKey::set_env:
      return std::all_of(words.begin(), words.end(), [](const std::string& word) {
        return check_variable(std::string_view(word).substr(0, word.find('='))) && word.find('=') != std::string::npos;
      });
    case ConfigKey::host_key_checking: {
      constexpr std::array kWords = {"yes", "true", "no", "false", "off", "ask", "accept-new"};
      return std::find(kWords.begin(), kWords.end(), base::to_lower(words.front())) != kWords.end();
    }
    default:
      return true;
  }
}

}  // namespace

/// Reads one text after another, included ones where their Include stands.
struct ConfigFile::Reader {
  ConfigFile& into;
  const IncludeFiles& include;
  const ConfigLimits& limits;
  std::size_t bytes = 0;
  std::size_t lines = 0;
  std::size_t files = 0;

  struct Place {
    std::string name;
    std::size_t line = 0;
    std::size_t depth = 0;
    std::vector<std::size_t> outer;  ///< conditions of the blocks around the Include
  };

  void note(const Place& place, std::string_view what) {
    if (into.notes_.size() == kMostNotes) return;
    into.notes_.push_back("line " + std::to_string(place.line) + " of " + place.name + ": " + std::string(what));
  }

  void begin(const Place& place, std::optional<ConfigCondition> condition) {
    Section section;
    section.conditions = place.outer;
    if (condition) {
      section.conditions.push_back(into.conditions_.size());
      into.conditions_.push_back(std::move(*condition));
    }
    into.sections_.push_back(std::move(section));
  }

  base::Result<> read(std::string_view text, Place place) {
    bytes += text.size();
    if (bytes > limits.text) {
      return Error(Errc::too_large, "The configuration is longer than " + std::to_string(limits.text) + " bytes.");
    }
    begin(place, std::nullopt);
    while (!text.empty()) {
      const auto end = std::min(text.find('\n'), text.size());
      ++place.line;
      if (++lines > limits.lines) {
        return Error(Errc::too_large, "The configuration has more than " + std::to_string(limits.lines) + " lines.");
      }
      if (auto done = take(config_line(text.substr(0, end)), place); !done) return done;
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    return {};
  }

  base::Result<> take(ConfigLine line, const Place& place) {
    if (line.keyword.empty()) return {};
    if (line.open_quote) {
      note(place, "a quote is not closed; the line is passed over.");
    } else if (line.keyword == "host") {
      begin_host(std::move(line.words), place);
    } else if (line.keyword == "match") {
      begin_match(line.words, place);
    } else if (line.keyword == "include") {
      return take_include(line.words, place);
    } else {
      take_setting(std::move(line), place);
    }
    return {};
  }

  void begin_host(std::vector<std::string> patterns, const Place& place) {
    ConfigCondition condition;
    condition.never = patterns.empty();
    if (patterns.empty()) note(place, "Host without a name; its block is passed over.");
    condition.tests.push_back({ConfigTest::About::host_line, false, std::move(patterns)});
    begin(place, std::move(condition));
  }

  void begin_match(const std::vector<std::string>& given, const Place& place) {
    ConfigCondition condition;
    // "host=name" is "host name".
    std::vector<std::string> words;
    for (const std::string& word : given) {
      const auto equals = words.size() % 2 == 0 ? word.find('=') : std::string::npos;
      words.push_back(word.substr(0, equals));
      if (equals != std::string::npos) words.push_back(word.substr(equals + 1));
    }
    const char* trouble = words.empty() ? "Match without a criterion; its block is passed over." : nullptr;
    if (words.size() == 1 && base::iequals(words.front(), "all")) {
      condition.tests.push_back({ConfigTest::About::all, false, {}});
      words.clear();
    }
    for (std::size_t i = 0; i < words.size(); i += 2) {
      std::string_view word = words[i];
      const bool negated = word.starts_with('!');
      if (negated) word.remove_prefix(1);
      const auto* row =
          std::find_if(kTests.begin(), kTests.end(), [&](const TestRow& one) { return base::iequals(one.word, word); });
      if (row == kTests.end() || i + 1 == words.size()) {
        trouble = base::iequals(word, "exec")
                      ? "Match exec is never run; its block is passed over."
                      : "a criterion of Match that is not known here; its block is passed over.";
        break;
      }
      condition.tests.push_back({row->about, negated, {words[i + 1]}});
    }
    if (trouble) {
      note(place, trouble);
      condition.never = true;
    }
    begin(place, std::move(condition));
  }

  base::Result<> take_include(const std::vector<std::string>& words, const Place& place) {
    if (!include) {
      note(place, "Include is not followed here.");
      return {};
    }
    if (place.depth >= limits.depth) {
      return Error(Errc::too_large, "line " + std::to_string(place.line) + " of " + place.name +
                                        ": Include is nested deeper than " + std::to_string(limits.depth) + " files.");
    }
    const std::vector<std::size_t> around = into.sections_.back().conditions;
    for (const std::string& word : words) {
      auto found = include(word, limits.text - bytes);
      if (!found) return found.error();
      if (found->empty()) note(place, "Include names no file that can be read.");
      for (const IncludedFile& file : *found) {
        if (++files > limits.files) {
          return Error(Errc::too_large,
                       "The configuration includes more than " + std::to_string(limits.files) + " files.");
        }
        if (auto done = read(file.text, Place{file.path, 0, place.depth + 1, around}); !done) return done;
      }
    }
    // What follows belongs to the block that the Include stands in.
    Section rest;
    rest.conditions = around;
    into.sections_.push_back(std::move(rest));
    return {};
  }

  void take_setting(ConfigLine line, const Place& place) {
    const auto* row =
        std::find_if(kKeys.begin(), kKeys.end(), [&](const KeyRow& one) { return one.word == line.keyword; });
    if (row == kKeys.end()) {
      for (const char* word : {"localforward", "remoteforward", "dynamicforward"}) {
        if (line.keyword == word) note(place, line.keyword + " is not taken; open it at the connection.");
      }
      return;
    }
    if (!makes_sense(row->key, line.words)) {
      note(place, std::string(row->word) + " has no value that makes sense; the line is passed over.");
      return;
    }
    into.sections_.back().settings.push_back({row->key, std::move(line.words)});
  }
};

ConfigFile::ConfigFile() = default;
ConfigFile::ConfigFile(ConfigFile&&) noexcept = default;
ConfigFile& ConfigFile::operator=(ConfigFile&&) noexcept = default;
ConfigFile::~ConfigFile() = default;

base::Result<ConfigFile> ConfigFile::parse(std::string_view text, const std::string& name, const IncludeFiles& include,
                                           const ConfigLimits& limits) {
  ConfigFile file;
  file.effort_ = limits.effort;
  Reader reader{file, include, limits};
  if (auto done = reader.read(text, Reader::Place{name, 0, 0, {}}); !done) return done.error();
  return file;
}

std::vector<std::string> ConfigFile::names() const {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const ConfigCondition& condition : conditions_) {
    for (const ConfigTest& test : condition.tests) {
      if (test.about != ConfigTest::About::host_line) continue;
      for (const std::string& pattern : test.patterns) {
        if (pattern.starts_with('!') || pattern.starts_with('-')) continue;
        if (pattern.find_first_of("*?") != std::string::npos) continue;
        if (!pattern.empty() && seen.insert(pattern).second) names.push_back(pattern);
      }
    }
  }
  return names;
}

}  // namespace duotty::ssh
