#include "aiterm_text.hpp"

#include <gtest/gtest.h>

namespace duotty::compat {
namespace {

TEST(AitermText, KnowsKeysByTheirNamesAndAliases) {
  const auto both = [](const char* name) {
    auto key = key_of(name);
    return key ? key->ours + " " + key->theirs : std::string("error");
  };
  EXPECT_EQ(both("C-c"), "ctrl+c C-c");
  EXPECT_EQ(both("ctrl-D"), "ctrl+d C-d");
  EXPECT_EQ(both("enter"), "enter Enter");
  EXPECT_EQ(both("BSpace"), "backspace BSpace");
  EXPECT_EQ(both("PPage"), "pageup PPage");
  EXPECT_EQ(both("f12"), "f12 F12");
  EXPECT_EQ(both("F13"), "error");
  EXPECT_EQ(both("M-x"), "alt+x M-x");
  EXPECT_EQ(both("M-Up"), "alt+up M-Up");
  EXPECT_EQ(both("q"), "q q");
  EXPECT_EQ(both("字"), "字 字");
  EXPECT_EQ(both("C-"), "error");
  EXPECT_EQ(both(""), "error");
  EXPECT_EQ(both("Hyper-Q"), "error");
}

TEST(AitermText, MakesPatternsOfWhatIsWaitedFor) {
  EXPECT_EQ(wanted_pattern("", false, false), "");
  EXPECT_EQ(wanted_pattern("[y/N] $", false, false), "\\[y/N\\] \\$");
  EXPECT_EQ(wanted_pattern("a|b", true, false), "(?:a|b)");
  EXPECT_EQ(wanted_pattern("", false, true), "<<<AITERM_DONE rc=[0-9]+>>>");
  EXPECT_EQ(wanted_pattern("x", false, true), "<<<AITERM_DONE rc=[0-9]+>>>|x");
  EXPECT_TRUE(is_mark("<<<AITERM_DONE rc=0>>>"));
  EXPECT_FALSE(is_mark("printf '\\n<<<AITERM_DONE rc=%d>>>\\n'"));
}

TEST(AitermText, ReadsRangesAsTheyAreMeant) {
  const auto range = [](const char* text) {
    auto lines = line_range(text);
    if (!lines) return std::string("error");
    return std::to_string(lines->first) + ":" + (lines->second ? std::to_string(*lines->second) : "");
  };
  EXPECT_EQ(range("2:5"), "2:5");
  EXPECT_EQ(range("2:"), "2:");
  EXPECT_EQ(range("7"), "7:");
  EXPECT_EQ(range(":3"), "0:3");
  EXPECT_EQ(range("-3:5"), "0:5");
  EXPECT_EQ(range("5:abc"), "5:");
  EXPECT_EQ(range("5:2"), "error");
  EXPECT_EQ(range("99999999999999999999:"), "0:");
  EXPECT_EQ(lines_between("a\nb\nc", 1, 2), "b");
  EXPECT_EQ(lines_between("a\nb\nc", 1, std::nullopt), "b\nc");
  EXPECT_EQ(lines_between("a\nb\nc", 9, std::nullopt), "");
  EXPECT_EQ(last_lines("a\nb\nc", 2), "b\nc");
  EXPECT_EQ(last_lines("a", 5), "a");
}

TEST(AitermText, SaysHowAReadEnded) {
  EXPECT_EQ(status_words(""), "");
  EXPECT_EQ(status_words("quiescent"), " [is_complete=True via quiescent]");
  EXPECT_EQ(status_words("timeout"), " [is_complete=False via timeout]");
  const Json read = {{"tokens", 5}, {"raw_tokens", 90}, {"lines_read", 40}, {"lines_omitted", 38}};
  EXPECT_EQ(meta_words("t1", "a\nb", read), "[aiterm t1: 2 lines / ~5 tok (raw 40 lines / ~90 tok); 38 lines hidden]");
}

TEST(AitermText, ChecksArgumentsByTheToolsSchemas) {
  const auto wrong = [](const char* tool, const Json& arguments) {
    auto error = check_arguments(tool, arguments);
    return error ? error->message() : std::string("fine");
  };
  EXPECT_EQ(wrong("pty_list", Json::object()), "fine");
  EXPECT_EQ(wrong("pty_open", {{"name", nullptr}}), "fine");
  EXPECT_EQ(wrong("pty_send", {{"session_id", "t1"}}), "\"text\" is missing.");
  EXPECT_EQ(wrong("pty_read", {{"session_id", "t1"}, {"lines", 2.5}}), "\"lines\" must be a integer.");
  EXPECT_EQ(wrong("pty_read", {{"session_id", "t1"}, {"lines", nullptr}, {"timeout", 3}}), "fine");
  EXPECT_EQ(wrong("pty_kill_all", Json::object()), "");
}

}  // namespace
}  // namespace duotty::compat
