#include "log_command.hpp"

#include <filesystem>
#include <fstream>

#include "harness.hpp"
#include "temporary_folder.hpp"

namespace duotty::cli {
namespace {

namespace fs = std::filesystem;

std::string line(const std::string& level, const std::string& text) {
  return "2026-01-02T03:04:05.678+0100 " + level + " " + text + "\n";
}

class Logs : public testing::Test {
 protected:
  Logs() { harness.paths.log_file = folder + "/log"; }

  void write(const std::string& name, const std::string& text) { std::ofstream(folder + "/" + name) << text; }

  Harness harness;
  tests::TemporaryFolder temporary;
  const std::string folder = temporary.string();
};

TEST_F(Logs, PrintsTheLastLinesOfAllFilesInOrder) {
  write("log.2", line("info", "one"));
  write("log.1", line("info", "two") + line("warning", "three"));
  write("log", line("error", "four"));
  EXPECT_EQ(harness.run({"logs"}).out,
            line("info", "one") + line("info", "two") + line("warning", "three") + line("error", "four"));
  EXPECT_EQ(harness.run({"logs", "-n", "2"}).out, line("warning", "three") + line("error", "four"));
  EXPECT_EQ(harness.run({"logs", "-n", "0"}).out, "");
}

TEST_F(Logs, PrintsAHundredLinesUnlessAllAreAskedFor) {
  std::string text;
  for (int i = 0; i < 250; ++i) text += line("info", std::to_string(i));
  write("log", text);
  const std::string last = harness.run({"logs"}).out;
  EXPECT_EQ(std::count(last.begin(), last.end(), '\n'), 100);
  EXPECT_EQ(harness.run({"logs", "-n", "all"}).out, text);
}

TEST_F(Logs, ChoosesByLevelBeforeItCounts) {
  write("log", line("error", "a") + line("info", "b") + line("warning", "c") + line("debug", "d") + "no form\n");
  EXPECT_EQ(harness.run({"logs", "--level", "warning"}).out, line("error", "a") + line("warning", "c") + "no form\n");
  EXPECT_EQ(harness.run({"logs", "--level", "error", "-n", "2"}).out, line("error", "a") + "no form\n");
}

TEST_F(Logs, PrintsJson) {
  write("log", line("warning", "a \"b\"") + "\xff no form\n");
  EXPECT_EQ(harness.run({"logs", "--json"}).out,
            "{\"level\":\"warning\",\"text\":\"a \\\"b\\\"\",\"time\":\"2026-01-02T03:04:05.678+0100\"}\n"
            "{\"text\":\"\uFFFD no form\"}\n");
}

TEST_F(Logs, KeepsALineThatIsNotWholeToItself) {
  write("log", line("info", "a") + "2026-01-02T03:04:05.678+0100 info half");
  EXPECT_EQ(harness.run({"logs"}).out, line("info", "a"));
}

TEST_F(Logs, DoesNotLetALineDriveTheTerminal) {
  write("log", "x \x1b[2J y\n");
  EXPECT_EQ(harness.run({"logs"}).out, "x \uFFFD[2J y\n");
}

TEST_F(Logs, SaysThatThereIsNone) {
  const Outcome none = harness.run({"logs"});
  EXPECT_EQ(none.status, base::info(base::Errc::not_found).exit);
  EXPECT_THAT(none.err, testing::HasSubstr("There is no log yet"));
  EXPECT_EQ(none.out, "");
}

TEST_F(Logs, SaysThatItCannotBeRead) {
  write("log.1", line("info", "older"));
  EXPECT_EQ(harness.run({"logs"}).out, line("info", "older"));
  fs::create_directory(folder + "/log");
  const Outcome refused = harness.run({"logs"});
  EXPECT_EQ(refused.status, base::info(base::Errc::io).exit);
  EXPECT_THAT(refused.err, testing::HasSubstr("is not a file"));
}

TEST_F(Logs, NamesItsFile) {
  EXPECT_EQ(harness.run({"logs", "--path"}).out, folder + "/log\n");
}

TEST_F(Logs, IsOfThisMachineOnly) {
  write("log", line("info", "a"));
  harness.endpoint.kind = Endpoint::Kind::tcp;
  const Outcome refused = harness.run({"logs"});
  EXPECT_EQ(refused.status, base::info(base::Errc::unsupported).exit);
  EXPECT_EQ(refused.out, "");
  EXPECT_THAT(refused.err, testing::HasSubstr("--local"));
}

TEST_F(Logs, RefusesANumberThatIsNone) {
  for (const char* lines : {"-1", "ten", "1.5", ""}) EXPECT_EQ(harness.run({"logs", "-n", lines}).status, 64) << lines;
}

}  // namespace
}  // namespace duotty::cli
