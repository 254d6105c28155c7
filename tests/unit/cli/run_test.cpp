// run() itself: what needs neither a server nor a terminal.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <duotty/cli/main.hpp>

namespace duotty::cli {
namespace {

class Run : public testing::Test {
 protected:
  Run() {
    hooks.version = "1.2.3";
    hooks.serve = [this](const ServeOptions& options) {
      served = options;
      return 9;
    };
    hooks.worker = [this](std::vector<std::string> args) {
      worker_args = std::move(args);
      return 8;
    };
    hooks.paths = [this](const std::string& given) {
      home = given;
      Paths paths;
      paths.socket_path = testing::TempDir() + "/duotty-nobody-listens.sock";
      paths.config_file = testing::TempDir() + "/duotty-no-config/config.json";
      return paths;
    };
    hooks.schema = [](SchemaKind) { return std::string("{}"); };
    ::unsetenv("DUOTTY_URL");
    ::unsetenv("DUOTTY_TOKEN");
  }

  int run_with(std::vector<std::string> args) {
    args.insert(args.begin(), "duotty");
    std::vector<char*> argv;
    for (auto& arg : args) argv.push_back(arg.data());
    argv.push_back(nullptr);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int status = run(static_cast<int>(args.size()), argv.data(), table, hooks);
    out = testing::internal::GetCapturedStdout();
    err = testing::internal::GetCapturedStderr();
    return status;
  }

  rpc::Table table;
  CliHooks hooks;
  std::optional<ServeOptions> served;
  std::vector<std::string> worker_args;
  std::string home;
  std::string out;
  std::string err;
};

TEST_F(Run, HandsTheWorkerItsArgumentsUntouched) {
  EXPECT_EQ(run_with({"worker", "--fd", "3", "--", "[x]"}), 8);
  EXPECT_THAT(worker_args, testing::ElementsAre("--fd", "3", "--", "[x]"));
}

TEST_F(Run, ServesWithItsHome) {
  EXPECT_EQ(run_with({"serve", "--home", "/x"}), 9);
  ASSERT_TRUE(served);
  EXPECT_EQ(served->home, "/x");
}

TEST_F(Run, SaysHowToStartAServer) {
  EXPECT_EQ(run_with({"ls", "--home", "/x"}), base::info(base::Errc::unreachable).exit);
  EXPECT_EQ(home, "/x");
  EXPECT_THAT(err, testing::HasSubstr("duotty serve"));
  EXPECT_EQ(run_with({"status"}), 3);
}

TEST_F(Run, RefusesAddressesItCannotUse) {
  EXPECT_EQ(run_with({"ls", "--url", "ftp://x"}), 64);
  EXPECT_EQ(run_with({"ls", "--url", "x"}), 64);
}

TEST_F(Run, PrintsTheVersionAndHelp) {
  EXPECT_EQ(run_with({"--version"}), 0);
  EXPECT_EQ(out, "duotty 1.2.3\n");
  EXPECT_EQ(run_with({}), 0);
  EXPECT_THAT(out, testing::HasSubstr("attach"));
  EXPECT_EQ(run_with({"atach"}), 64);
  EXPECT_THAT(err, testing::HasSubstr("\"attach\""));
}

TEST_F(Run, AttachesToNothingButATerminal) {
  EXPECT_EQ(run_with({"attach", "x"}), base::info(base::Errc::unsupported).exit);
  EXPECT_THAT(err, testing::HasSubstr("attach needs a terminal"));
}

}  // namespace
}  // namespace duotty::cli
