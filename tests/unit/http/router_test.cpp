#include <gtest/gtest.h>

#include <duotty/http/router.hpp>
#include <stdexcept>

namespace duotty::http {
namespace {

using Outcome = RouteMatch::Outcome;

Router example() {
  Router router;
  router.add("GET", "/api/agent/terminals", 1);
  router.add("POST", "/api/agent/terminals", 2);
  router.add("GET", "/api/agent/terminals/{terminal_id}", 3);
  router.add("POST", "/api/agent/terminals/{terminal_id}/exec", 4);
  router.add("DELETE", "/api/agent/terminals/{id}", 5);
  router.add("GET", "/api/agent/terminals/idle", 6);
  router.add("GET", "/files/{root}/{path...}", 7);
  router.add("GET", "/", 8);
  return router;
}

TEST(Router, FindsARouteByVerbAndPath) {
  const Router router = example();
  const RouteMatch match = router.match("POST", "/api/agent/terminals/build-1/exec");
  ASSERT_EQ(match.outcome, Outcome::found);
  EXPECT_EQ(match.route, 4U);
  EXPECT_EQ(match.captures, (Captures{{"terminal_id", "build-1"}}));
  EXPECT_EQ(router.match("GET", "/").route, 8U);
}

TEST(Router, EachVerbKeepsItsOwnCaptureNames) {
  const Router router = example();
  EXPECT_EQ(router.match("GET", "/api/agent/terminals/x").captures, (Captures{{"terminal_id", "x"}}));
  EXPECT_EQ(router.match("DELETE", "/api/agent/terminals/x").captures, (Captures{{"id", "x"}}));
}

TEST(Router, ALiteralWinsOverACaptureAndGivesWayWhereItLeadsNowhere) {
  const Router router = example();
  EXPECT_EQ(router.match("GET", "/api/agent/terminals/idle").route, 6U);
  const RouteMatch match = router.match("POST", "/api/agent/terminals/idle/exec");
  EXPECT_EQ(match.route, 4U);
  EXPECT_EQ(match.captures, (Captures{{"terminal_id", "idle"}}));
}

TEST(Router, ARestCaptureTakesWhatRemains) {
  const Router router = example();
  const RouteMatch match = router.match("GET", "/files/docs/a/b/c.txt");
  EXPECT_EQ(match.route, 7U);
  EXPECT_EQ(match.captures, (Captures{{"root", "docs"}, {"path", "a/b/c.txt"}}));
  EXPECT_EQ(router.match("GET", "/files/home").outcome, Outcome::no_such_path);
}

TEST(Router, TellsAMissingPathFromAMissingVerb) {
  const Router router = example();
  EXPECT_EQ(router.match("GET", "/api/agent/nothing").outcome, Outcome::no_such_path);
  EXPECT_EQ(router.match("GET", "/api/agent").outcome, Outcome::no_such_path);
  const RouteMatch match = router.match("PUT", "/api/agent/terminals");
  EXPECT_EQ(match.outcome, Outcome::no_such_method);
  EXPECT_EQ(match.allow, "GET, HEAD, POST, OPTIONS");
}

TEST(Router, HeadIsAnsweredByGet) {
  const Router router = example();
  EXPECT_EQ(router.match("HEAD", "/api/agent/terminals").route, 1U);
  EXPECT_EQ(router.match("HEAD", "/api/agent/terminals/x/exec").outcome, Outcome::no_such_method);
}

TEST(Router, OneTrailingSlashDoesNotMatterAndEmptySegmentsDo) {
  const Router router = example();
  EXPECT_EQ(router.match("GET", "/api/agent/terminals/").route, 1U);
  EXPECT_EQ(router.match("GET", "/api//agent/terminals").outcome, Outcome::no_such_path);
  EXPECT_EQ(router.match("GET", "/api/agent/terminals//").outcome, Outcome::no_such_path);
  EXPECT_EQ(router.match("POST", "/api/agent/terminals//exec").outcome, Outcome::no_such_path);
}

TEST(Router, RefusesTwoRoutesForOnePlaceAndMalformedTemplates) {
  Router router = example();
  EXPECT_THROW(router.add("GET", "/api/agent/terminals/{other}", 9), std::logic_error);
  EXPECT_THROW(router.add("GET", "no-slash", 9), std::logic_error);
  EXPECT_THROW(router.add("", "/x", 9), std::logic_error);
  EXPECT_THROW(router.add("GET", "/x//y", 9), std::logic_error);
  EXPECT_THROW(router.add("GET", "/x/{rest...}/y", 9), std::logic_error);
}

}  // namespace
}  // namespace duotty::http
