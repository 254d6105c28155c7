#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <duotty/llm/retry.hpp>

#include "failure.hpp"

namespace duotty::llm {
namespace {

using base::Errc;
using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

Provider provider() {
  return {ApiFormat::openai, "https://api.example.com/v1", base::Secret("sk-abcdef-secret-0123456789"), "m1"};
}

std::string sentence(int status, std::string type = {}, std::string message = {},
                     std::optional<milliseconds> wait = std::nullopt) {
  return refusal_error({status, std::move(type), std::move(message)}, provider(), "m1", wait).message();
}

TEST(Refusals, AreSentencesForATerminal) {
  EXPECT_EQ(sentence(401, "", "Incorrect API key provided: sk-abc***789"),
            "401: the key was refused by api.example.com.");
  EXPECT_EQ(sentence(429, "rate_limit_error", "Too many.", milliseconds(11'200)),
            "429: the rate limit of api.example.com is reached; try again in 12 s: Too many.");
  EXPECT_EQ(sentence(429), "429: the rate limit of api.example.com is reached; try again later.");
  EXPECT_EQ(sentence(529), "529: api.example.com is overloaded; try again in a moment.");
  EXPECT_EQ(sentence(500, "", "boom"), "500: api.example.com has a problem of its own; try again in a moment: boom.");
  EXPECT_EQ(sentence(400, "", "bad field"), "400: api.example.com did not accept the request: bad field.");
  EXPECT_EQ(sentence(404),
            "404: api.example.com does not know the model m1 or the address; check the model's name and "
            "the base URL.");
  EXPECT_EQ(sentence(0, "", "strange"), "api.example.com reported an error: strange.");
  EXPECT_THAT(sentence(429, "insufficient_quota", "pay"), HasSubstr("has no credit left: pay"));
  EXPECT_THAT(sentence(402), HasSubstr("no credit"));
  Provider keyless = provider();
  keyless.api_key = base::Secret();
  EXPECT_EQ(refusal_error({401, "", ""}, keyless, "m1", std::nullopt).message(),
            "401: api.example.com wants a key; set one on the settings page or in the environment.");
}

TEST(Refusals, HaveTheCodeThatProgramsNeed) {
  EXPECT_EQ(refusal_error({429, "", ""}, provider(), "", std::nullopt).code(), Errc::rate_limited);
  EXPECT_EQ(refusal_error({500, "", ""}, provider(), "", std::nullopt).code(), Errc::upstream);
}

TEST(Refusals, NeverShowTheKeyOrControlCharacters) {
  const std::string nasty =
      "key sk-abcdef-secret-0123456789 (sk-abcdef...) \x1b[31mred\x1b[0m \xC2\x9B"
      "5m\r\nnext \xFF";
  for (const int status : {0, 400, 403, 404, 429, 500, 503, 529}) {
    const std::string text = sentence(status, "", nasty);
    EXPECT_THAT(text, Not(HasSubstr("sk-abcdef"))) << text;
    EXPECT_THAT(text, Not(HasSubstr("secret")));
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    EXPECT_THAT(text, Not(HasSubstr("\n")));
    EXPECT_THAT(text, Not(HasSubstr("\xC2\x9B")));
  }
  EXPECT_LE(sentence(400, "", std::string(10'000, 'x')).size(), 400u);
}

TEST(Refusals, AreReadFromEveryKindOfBody) {
  EXPECT_EQ(read_refusal_text(R"({"error":{"message":"m","type":"t","code":"c"}})", "application/json", 400).message,
            "m");
  EXPECT_EQ(read_refusal_text(R"([{"error":{"message":"google"}}])", "", 400).message, "google");
  EXPECT_EQ(read_refusal_text(R"({"message":"top"})", "", 400).message, "top");
  EXPECT_EQ(read_refusal_text(R"({"detail":[{"msg":"field required"}]})", "", 422).message, "field required");
  EXPECT_EQ(read_refusal_text(R"({"detail":"Not Found"})", "", 404).message, "Not Found");
  EXPECT_EQ(read_refusal_text("upstream connect error\nmore", "text/plain", 503).message, "upstream connect error");
  EXPECT_EQ(read_refusal_text("<html><body>502</body>", "text/html", 502).message, "");
  EXPECT_EQ(read_refusal_text("", "", 500).status, 500);
}

TEST(Retry, TriesAgainWhatPassesByItself) {
  for (const int status : {429, 500, 502, 503, 504, 529}) EXPECT_TRUE(retryable(status)) << status;
  for (const int status : {0, 200, 400, 401, 403, 404, 413, 422, 501}) EXPECT_FALSE(retryable(status)) << status;
  EXPECT_FALSE(worth_retrying({429, "insufficient_quota", ""}));
}

TEST(Retry, WaitsLongerEachTimeAndGivesUpAfterThree) {
  const RetryPolicy policy;
  EXPECT_EQ(next_try(policy, 503, 1, std::nullopt, 1.0), milliseconds(500));
  EXPECT_EQ(next_try(policy, 503, 2, std::nullopt, 1.0), milliseconds(1000));
  EXPECT_EQ(next_try(policy, 503, 1, std::nullopt, 0.0), milliseconds(250));
  EXPECT_EQ(next_try(policy, 503, 3, std::nullopt, 1.0), std::nullopt);
  EXPECT_EQ(next_try(policy, 401, 1, std::nullopt, 1.0), std::nullopt);
  const RetryPolicy stubborn{100, milliseconds(500), milliseconds(30'000)};
  EXPECT_EQ(next_try(stubborn, 503, 60, std::nullopt, 1.0), milliseconds(30'000));
}

TEST(Retry, HonoursTheWaitTheServerAsksForUnlessItIsTooLong) {
  const RetryPolicy policy;
  EXPECT_EQ(next_try(policy, 429, 1, milliseconds(7000), 0.0), milliseconds(7000));
  EXPECT_EQ(next_try(policy, 429, 1, milliseconds(0), 0.0), milliseconds(250));
  EXPECT_EQ(next_try(policy, 429, 1, milliseconds(30'000), 1.0), milliseconds(30'000));
  EXPECT_EQ(next_try(policy, 429, 1, milliseconds(30'001), 1.0), std::nullopt);
}

TEST(Retry, ReadsEveryFormOfRetryAfter) {
  const auto now = std::chrono::system_clock::from_time_t(784111777);  // Sun, 06 Nov 1994 08:49:37 GMT
  EXPECT_EQ(parse_retry_after("7", "", now), milliseconds(7000));
  EXPECT_EQ(parse_retry_after(" 1.5 ", "", now), milliseconds(1500));
  EXPECT_EQ(parse_retry_after("9", "250", now), milliseconds(250));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:47 GMT", "", now), milliseconds(10'000));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:00:00 GMT", "", now), milliseconds(0));
  EXPECT_EQ(parse_retry_after("99999999999999999999", "", now), milliseconds(86'400'000));
  for (const std::string_view bad : {"", "soon", "-5", "1e9", "1.2.3", "0x10", "Sun, 06 Nov 1994", "nan"}) {
    EXPECT_EQ(parse_retry_after(bad, "", now), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace duotty::llm
