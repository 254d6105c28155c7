// Who may include what. The rule is printed with each finding.
#include <gtest/gtest.h>

#include <regex>

#include "tree.hpp"

namespace duotty::architecture {
namespace {

const std::set<std::string> cpp_endings = {".hpp", ".cpp", ".h", ".c"};

std::string at(const std::string& file, const Include& include) {
  return file + ":" + std::to_string(include.line) + ": #include " + (include.angle ? "<" : "\"") + include.path +
         (include.angle ? ">" : "\"") + "\n  rule: ";
}

bool begins_with_any(const std::string& path, std::initializer_list<const char*> prefixes) {
  for (const char* prefix : prefixes) {
    if (path.starts_with(prefix)) return true;
  }
  return false;
}

/// The module a file of src/ or include/ belongs to, or "" when it belongs to none (the executable's main file, CMake).
std::string owner(const std::string& file) {
  if (file.ends_with("/main.cpp")) return {};
  const std::string module = file.starts_with("src/") ? module_of(file, "src/") : module_of(file, "include/duotty/");
  return layers().contains(module) ? module : std::string();
}

std::vector<std::string> module_files() {
  std::vector<std::string> found;
  for (const char* folder : {"src", "include"}) {
    for (const std::string& file : files_below(folder, cpp_endings)) {
      if (!owner(file).empty()) found.push_back(file);
    }
  }
  return found;
}

TEST(Includes, TheLayersFileNamesOnlyModulesThatStandBefore) {
  ASSERT_FALSE(layers().empty());
  for (const auto& [module, depends] : layers()) {
    for (const std::string& name : depends) {
      EXPECT_TRUE(layers().contains(name)) << module << " depends on " << name << ", which is no module";
      EXPECT_NE(module, name);
    }
  }
}

TEST(Includes, EverySourceBelongsToADeclaredModule) {
  for (const char* folder : {"src", "include"}) {
    for (const std::string& file : files_below(folder, cpp_endings)) {
      if (file.ends_with("/main.cpp") || file.starts_with("src/cmake/")) continue;
      EXPECT_FALSE(owner(file).empty()) << file
                                        << "\n  rule: its folder has a duotty_module() line in src/CMakeLists.txt";
    }
  }
}

TEST(Includes, AModuleUsesOnlyTheContractsItDeclares) {
  for (const std::string& file : module_files()) {
    const std::string module = owner(file);
    for (const Include& include : includes_of(file)) {
      const std::string used = module_of(include.path, "duotty/");
      if (used.empty() || used == module) continue;
      EXPECT_TRUE(layers().at(module).contains(used))
          << at(file, include) << module << " does not name " << used << " after DEPENDS in src/CMakeLists.txt";
    }
  }
}

TEST(Includes, AContractIsIncludedByAnExistingHeader) {
  for (const std::string& file : files_below("src", cpp_endings)) {
    for (const Include& include : includes_of(file)) {
      if (!include.path.starts_with("duotty/")) continue;
      EXPECT_TRUE(std::filesystem::exists(root() / "include" / include.path))
          << at(file, include) << "no such contract";
      EXPECT_TRUE(include.angle) << at(file, include) << "contracts are included with angle brackets";
    }
  }
}

TEST(Includes, QuotedIncludesStayInTheirOwnFolder) {
  for (const char* folder : {"src", "include", "tests"}) {
    for (const std::string& file : files_below(folder, cpp_endings)) {
      for (const Include& include : includes_of(file)) {
        if (include.angle) continue;
        EXPECT_EQ(include.path.find('/'), std::string::npos)
            << at(file, include) << "quotes are for private headers of the same folder, without a slash";
      }
    }
  }
}

TEST(Includes, ContractsCarryNoHeavyThirdPartyHeader) {
  const std::set<std::string> may_have_json = {"include/duotty/record/codec.hpp", "include/duotty/rpc/registrar.hpp"};
  for (const std::string& file : files_below("include", cpp_endings)) {
    for (const Include& include : includes_of(file)) {
      EXPECT_FALSE(begins_with_any(include.path, {"boost/beast", "openssl/", "spdlog/", "libssh2", "sqlite3", "nats/",
                                                  "CLI/", "re2/", "brotli/", "zlib.h"}))
          << at(file, include) << "contract headers stay cheap; keep this library behind a .cpp";
      if (include.path.starts_with("nlohmann/") && include.path != "nlohmann/json_fwd.hpp") {
        EXPECT_TRUE(may_have_json.contains(file)) << at(file, include) << "contract headers take nlohmann/json_fwd.hpp";
      }
    }
  }
}

TEST(Includes, ContractsAboveCoreUseOnlyTheAsioVocabulary) {
  const std::set<std::string> vocabulary = {"boost/asio/awaitable.hpp", "boost/asio/any_io_executor.hpp"};
  for (const std::string& file : files_below("include", cpp_endings)) {
    const std::string module = owner(file);
    if (module == "core" || module == "net") continue;  // they wrap Asio: that is their contract
    for (const Include& include : includes_of(file)) {
      if (!include.path.starts_with("boost/asio")) continue;
      EXPECT_TRUE(vocabulary.contains(include.path))
          << at(file, include) << "contract headers take asio/awaitable.hpp and asio/any_io_executor.hpp only";
    }
  }
}

TEST(Includes, PureModulesDoNoIo) {
  for (const std::string& file : module_files()) {
    const std::string module = owner(file);
    if (!std::set<std::string>{"base", "record", "term", "digest", "exec", "gate", "overlay"}.contains(module))
      continue;
    for (const Include& include : includes_of(file)) {
      EXPECT_FALSE(begins_with_any(include.path, {"boost/asio", "boost/beast", "sys/socket.h", "sys/epoll.h",
                                                  "sys/poll.h", "poll.h", "thread", "mutex", "duotty/core/"}))
          << at(file, include) << module << " is pure: bytes and values in, values out";
      // Their values are shown to browsers or kept as JSON, and nothing else of them is text.
      if (module == "record" || module == "overlay") continue;
      EXPECT_FALSE(begins_with_any(include.path, {"nlohmann/json.hpp"}))
          << at(file, include) << module << " knows no JSON";
    }
  }
}

/// Every header a file reaches through our own headers, and the third-party ones it meets there.
void reach(const std::string& file, std::set<std::string>& seen, std::vector<std::string>& foreign) {
  if (!seen.insert(file).second) return;
  for (const Include& include : includes_of(file)) {
    const auto beside = std::filesystem::path(file).parent_path() / include.path;
    if (!include.angle && std::filesystem::exists(root() / beside)) {
      reach(beside.generic_string(), seen, foreign);
    } else if (include.path.starts_with("duotty/")) {
      reach("include/" + include.path, seen, foreign);
    } else if (begins_with_any(include.path,
                               {"boost/asio", "boost/beast", "fmt/", "nlohmann/", "openssl/", "re2/", "CLI/"})) {
      foreign.push_back(at(file, include));
    }
  }
}

TEST(Includes, TheKeeperIsLibcOnly) {
  for (const std::string& file : files_below("src/pty", {".cpp"})) {
    const std::string name = std::filesystem::path(file).filename();
    if (!name.starts_with("keeper_") || name.starts_with("keeper_client")) continue;
    std::set<std::string> seen;
    std::vector<std::string> foreign;
    reach(file, seen, foreign);
    for (const std::string& finding : foreign) {
      ADD_FAILURE() << finding << "the keeper (" << file
                    << ") outlives every worker: libc, values and the C++ library only";
    }
  }
}

TEST(Includes, TestsOfAModuleReachOnlyWhatItsModuleDeclares) {
  for (const std::string& file : files_below("tests/unit", cpp_endings)) {
    const std::string module = module_of(file, "tests/unit/");
    if (!layers().contains(module)) continue;
    for (const Include& include : includes_of(file)) {
      const std::string used = module_of(include.path, "duotty/");
      if (used.empty() || used == module) continue;
      EXPECT_TRUE(layers().at(module).contains(used))
          << at(file, include) << "a unit test links only what " << module << " declares";
    }
  }
}

/// Types that are defined at the level of a module's namespace, with where. Two of one name are one to the linker.
TEST(Types, OfOneNamespaceHaveNamesOfTheirOwn) {
  const std::regex definition(R"(^(?:struct|class|enum class) (\w+)(?: final)?(?: : [^;]+)? \{.*)");
  std::map<std::string, std::string> seen;
  for (const std::string& file : module_files()) {
    if (!file.ends_with(".hpp")) continue;
    std::string scope;
    for (const std::string& line : lines_of(file)) {
      if (line.starts_with("namespace ")) scope += line;
      if (line.starts_with("}  // namespace")) scope.clear();
      std::smatch name;
      if (!std::regex_match(line, name, definition)) continue;
      const auto [before, fresh] = seen.emplace(scope + name[1].str(), file);
      EXPECT_TRUE(fresh) << file << " and " << before->second << " both define " << name[1]
                         << "\n  rule: a type of a namespace is defined once";
    }
  }
}

}  // namespace
}  // namespace duotty::architecture
