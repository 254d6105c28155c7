// Builds: make, ninja, cmake, configure, gcc and clang, Maven, Gradle, bundlers.
#include <algorithm>
#include <array>

#include "reducers.hpp"

namespace duotty::digest {
namespace {

using std::string;
using std::string_view;

constexpr std::array kRules = {Rule{"make: Entering directory", "build steps"},
                               Rule{"make: Leaving directory", "build steps"},
                               Rule{"make: Nothing to be done", "build steps"},
                               Rule{"-- Looking for ", "checks"},
                               Rule{"-- Check ", "checks"},
                               Rule{"-- Checking ", "checks"},
                               Rule{"-- Detecting ", "checks"},
                               Rule{"-- Found ", "checks"},
                               Rule{"-- Performing Test ", "checks"},
                               Rule{"-- The C compiler", "checks"},
                               Rule{"-- The CXX compiler", "checks"},
                               Rule{"-- Configuring done", "checks"},
                               Rule{"-- Generating done", "checks"},
                               Rule{"-- Up-to-date: ", "installed files"},
                               Rule{"-- Installing: ", "installed files"},
                               Rule{"checking ", "checks"},
                               Rule{"config.status: creating ", "checks"},
                               Rule{"configure: creating ", "checks"},
                               Rule{"libtool: ", "build steps"},
                               Rule{"Dependencies file \"", "build steps"},
                               Rule{"Dependee \"", "build steps"},
                               Rule{"Consolidate compiler generated", "build steps"},
                               Rule{"Scanning dependencies of target", "build steps"},
                               Rule{"[INFO] Downloading ", "downloads"},
                               Rule{"[INFO] Downloaded ", "downloads"},
                               Rule{"Downloading from ", "downloads"},
                               Rule{"Downloaded from ", "downloads"},
                               Rule{"Progress (", "downloads"},
                               Rule{"Download http", "downloads"},
                               Rule{"[INFO] ---", "build steps"},
                               Rule{"[INFO] Copying ", "build steps"},
                               Rule{"[INFO] Nothing to compile", "build steps"},
                               Rule{"[INFO] Changes detected", "build steps"},
                               Rule{"[INFO] Compiling ", "build steps"},
                               Rule{"[INFO] Using ", "build steps"},
                               Rule{"[INFO] Scanning for projects", "build steps"},
                               Rule{"[INFO] Running ", "build steps"},
                               Rule{"[INFO] Building jar", "build steps"},
                               Rule{"[INFO] Installing ", "build steps"},
                               Rule{"[INFO] skip ", "build steps"},
                               Rule{"[INFO] Finished at", "build steps"},
                               Rule{"[INFO] Deleting ", "build steps"},
                               Rule{"[INFO]  T E S T S", "build steps"},
                               Rule{"[INFO] Recompiling ", "build steps"},
                               Rule{"[INFO] Results:", "build steps"},
                               Rule{"[INFO] Total time: ", "build steps"},
                               Rule{"[INFO]   from pom.xml", "build steps"},
                               Rule{"Starting a Gradle Daemon", "build steps"},
                               Rule{"> Configure project", "build steps"},
                               Rule{"transforming (", "build steps"},
                               Rule{"rendering chunks", "build steps"},
                               Rule{"computing gzip size", "build steps"},
                               Rule{"transforming...", "build steps"},
                               Rule{"   Creating an optimized production", "build steps"},
                               Rule{"   Linting and checking validity", "build steps"},
                               Rule{"   Collecting page data", "build steps"},
                               Rule{"   Generating static pages", "build steps"},
                               Rule{" ✓ Generating static pages", "build steps"},
                               Rule{"   Finalizing page optimization", "build steps"},
                               Rule{"   Collecting build traces", "build steps"}};

constexpr std::array kCompilers = {"gcc",    "cd",    "cmake",   "make",    "gmake", "g++",    "cc",
                                   "c++",    "clang", "clang++", "ld",      "ar",    "ranlib", "as",
                                   "rm",     "mkdir", "cp",      "install", "mv",    "ln",     "touch",
                                   "gcc-12", "strip", "objcopy", "moc",     "javac", "rustc",  "tsc"};
constexpr std::array kShortSteps = {"CC",    "CXX",  "LD",  "AR",   "AS",      "GEN",     "HOSTCC", "HOSTLD", "CCLD",
                                    "CXXLD", "LINK", "UPD", "CALL", "DESCEND", "INSTALL", "MOC",    "UIC"};

template <std::size_t N>
bool one_of(string_view word, const std::array<const char*, N>& words) {
  return std::any_of(words.begin(), words.end(), [&](const char* each) { return word == each; });
}

/// "[12/300] Building", "[ 12%] Built target"
bool is_numbered_step(string_view line) {
  if (!line.starts_with('[')) return false;
  const std::size_t end = line.find(']');
  if (end == string_view::npos || end > 16 || end < 2) return false;
  const string_view inside = line.substr(1, end - 1);
  return inside.find_first_not_of("0123456789/% ") == string_view::npos &&
         (contains(inside, "/") || contains(inside, "%"));
}

bool is_step(string_view line) {
  if (is_numbered_step(line)) return true;
  if (line.starts_with("make[") && (contains(line, "]: Entering directory") || contains(line, "]: Leaving directory") ||
                                    contains(line, "]: Nothing to be done")))
    return true;
  if (line.starts_with("> Task :") && !contains(line, "FAILED")) return true;
  const std::size_t begin = line.find_first_not_of(' ');
  if (begin == string_view::npos) return false;
  const string_view text = line.substr(begin);
  const string_view first = text.substr(0, text.find(' '));
  if (first.size() == text.size()) return false;
  if (begin >= 2 && begin <= 4 && one_of(first, kShortSteps)) return true;
  if (begin > 0) return false;
  const std::size_t slash = first.rfind('/');
  const string_view program = slash == string_view::npos ? first : first.substr(slash + 1);
  const bool compiler = one_of(program, kCompilers) || program.ends_with("-gcc") || program.ends_with("-g++");
  return compiler && (contains(text, " -") || contains(text, "/") || contains(text, "."));
}

/// What a compiler says of one place: its kind and whether the line is one at all.
enum class Kind { none, error, warning, note, place };

Kind kind_of(string_view line) {
  if (line.empty() || line.front() == ' ') return Kind::none;
  const std::size_t colon = line.find(": ");
  if (colon == string_view::npos) return Kind::none;
  if (contains(line, ": warning: ")) return Kind::warning;
  if (contains(line, ": error: ") || contains(line, ": fatal error: ") || contains(line, " error: "))
    return Kind::error;
  if (contains(line, ": note: ")) return Kind::note;
  if (line.ends_with(':') || line.ends_with(',')) {
    if (contains(line, ": In ") || contains(line, ": At ") || contains(line, "required from") ||
        contains(line, ": In member"))
      return Kind::place;
  }
  return Kind::none;
}

bool is_source(string_view line) {
  if (!line.starts_with(' ')) return false;
  const string_view text = trimmed(line);
  std::size_t at = 0;
  while (at < text.size() && is_digit(text[at])) ++at;
  const string_view rest = trimmed(text.substr(at));
  return rest.starts_with('|') || text.starts_with('^') || text.starts_with('~');
}

constexpr std::size_t kNotes = 3;  ///< of an error that stay: a template's candidates are many

/// Excerpts and notes go with warnings; the excerpt and the first notes of errors stay.
void reduce_compiler(Draft& draft) {
  // What another reducer has told is not dropped once more.
  const auto drop = [&](std::size_t i, const char* what) {
    if (!draft.touched(i)) draft.drop(i, what);
  };
  Kind present = Kind::none;
  bool in_note = false;
  std::size_t notes = 0;
  for (std::size_t i = 0; i < draft.size(); ++i) {
    const string_view line = draft.line(i);
    const Kind kind = kind_of(line);
    if (kind == Kind::error || kind == Kind::warning) {
      present = kind;
      in_note = false;
      notes = 0;
    } else if (kind == Kind::note) {
      in_note = true;
      if (present == Kind::warning || ++notes > kNotes) drop(i, "notes of the compiler");
    } else if (is_source(line) && (present == Kind::warning || in_note)) {
      drop(i, "source lines of warnings and notes");
    } else if (line.starts_with("In file included from ") ||
               (line.starts_with("                 from ") && contains(line, ":")) || kind == Kind::place) {
      drop(i, "lines that lead to a place");
    } else if (kind == Kind::none && !is_source(line)) {
      present = Kind::none;
      in_note = false;
    }
  }
}

/// "\tat org.junit.jupiter.api.Assertions.fail(Assertions.java:55)": a frame that no program has written itself.
bool is_java_frame(string_view line) {
  const string_view text = trimmed(line);
  if (!text.starts_with("at ") || !contains(text, ".java:")) return false;
  for (const string_view package :
       {"org.junit.", "java.base/", "java.lang.", "java.util.", "jdk.internal.", "sun.reflect.", "org.apache.maven.",
        "org.gradle.", "org.testng.", "org.hamcrest.", "org.assertj.", "org.mockito.", "worker.org.gradle."})
    if (text.substr(3).starts_with(package)) return true;
  return false;
}

/// What Maven and Gradle say below failures of any kind.
constexpr std::array kJavaHints = {"[ERROR] -> [Help ",
                                   "[ERROR] To see the full stack trace",
                                   "[ERROR] Re-run Maven using",
                                   "[ERROR] For more information about the errors",
                                   "[ERROR] [Help ",
                                   "[ERROR] Please refer to dump files",
                                   "> Run with --",
                                   "> Get more help at",
                                   "* Get more help at",
                                   "* Try:"};

void reduce_java(Draft& draft) {
  for (std::size_t i = 0; i < draft.size(); ++i) {
    const string_view line = draft.line(i);
    const bool hint =
        std::any_of(kJavaHints.begin(), kJavaHints.end(), [&](const char* each) { return line.starts_with(each); });
    if (hint) {
      draft.take(i, "hints");
    } else if (line == "[ERROR]") {
      draft.absorb(i);
    } else if (is_java_frame(line)) {
      draft.take(i, "frames of libraries");
    } else if (line.starts_with("[INFO] Tests run: ") && contains(line, "Failures: 0, Errors: 0,") &&
               contains(line, " in ")) {
      draft.take(i, "passing test classes");
    }
  }
}

/// "├ ○ /cart   3.21 kB   101 kB": a route of Next.js; its kind and path.
bool is_route(string_view line, string_view& kind, string_view& path) {
  const auto words = words_of(line, 4);
  if (words.size() < 3 || (words[0] != "┌" && words[0] != "├" && words[0] != "└")) return false;
  if (words[1] != "○" && words[1] != "●" && words[1] != "ƒ" && words[1] != "λ" && words[1] != "◐") return false;
  kind = words[1];
  path = words[2];
  return path.starts_with('/');
}

/// The table of routes below "Route (app)": paths by their kind.
void reduce_routes(Draft& draft) {
  for (std::size_t i = 0; i + 1 < draft.size(); ++i) {
    if (!draft.line(i).starts_with("Route (")) continue;
    std::vector<std::pair<string_view, std::string>> kinds;
    std::size_t end = i + 1;
    for (; end < draft.size() && !draft.line(end).empty(); ++end) {
      string_view kind, path;
      const string_view line = draft.line(end);
      if (is_route(line, kind, path)) {
        const auto same =
            std::find_if(kinds.begin(), kinds.end(), [&](const auto& each) { return each.first == kind; });
        if (same == kinds.end())
          kinds.emplace_back(kind, string(path));
        else
          same->second += " " + string(path);
        draft.absorb(end);
      } else if (draft.trouble(end) == Trouble::none && !line.starts_with("+ ")) {
        draft.take(end, "pages and chunks");
      }
    }
    if (kinds.empty()) continue;
    string text;
    for (const auto& [kind, paths] : kinds) text += (text.empty() ? "" : "\n") + string(kind) + " " + paths;
    draft.show(i, std::move(text));
    draft.mention("sizes");
    for (; end < draft.size(); ++end) {
      const auto words = words_of(draft.line(end), 3);
      if (words.size() == 3 && words[1].starts_with('(') && words[0].size() < 4)
        draft.show(end, string(words[0]) + " " + string(words[1]));
    }
  }
}

void reduce_build(Draft& draft, const Known&) {
  reduce_java(draft);
  reduce_routes(draft);
  for (std::size_t i = 0; i < draft.size(); ++i) {
    const string_view line = draft.line(i);
    if (draft.touched(i) || drop_by(draft, i, kRules)) continue;
    if (line == "[INFO]" || line == "[INFO] ") {
      draft.absorb(i);
    } else if (is_step(line)) {
      draft.drop(i, "build steps");
    }
  }
  reduce_compiler(draft);
}

bool detects_build(const Draft& draft) {
  const std::size_t lines = std::min<std::size_t>(draft.size(), 400);
  const std::size_t steps = count_lines(draft, [](string_view line) {
    return is_step(line) || line.starts_with("-- ") || line.starts_with("checking ") || line.starts_with("[INFO] ");
  });
  const std::size_t findings = count_lines(
      draft, [](string_view line) { return kind_of(line) == Kind::warning || kind_of(line) == Kind::error; });
  const std::size_t routes = count_lines(draft, [](string_view line) {
    string_view kind, path;
    return is_route(line, kind, path);
  });
  return (steps > 4 && steps * 4 > lines) || routes > 1 || findings > 0;
}

constexpr std::array kFamilies = {
    Family{"build",
           "make, ninja, cmake, configure, gcc, clang, Maven, Gradle: errors in full, warnings without their source, "
           "no steps",
           [](const Command& c) {
             return c.is("make") || c.is("gmake") || c.is("ninja") || c.is("cmake") || c.is("meson") ||
                    c.is("configure") || c.is("gcc") || c.is("g++") || c.is("cc") || c.is("c++") ||
                    c.program.starts_with("clang") || c.is("mvn") || c.is("mvnw") || c.is("gradle") ||
                    c.is("gradlew") || c.is("bazel") || c.is("scons") || c.is("vite") || c.is("webpack") ||
                    c.is("next") || c.is("just");
           },
           detects_build, reduce_build},
};

}  // namespace

std::span<const Family> build_families() {
  return kFamilies;
}

}  // namespace duotty::digest
