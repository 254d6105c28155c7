#include "ssh_commands.hpp"

#include "harness.hpp"

namespace duotty::cli {
namespace {

using testing::HasSubstr;

TEST(SshTarget, IsUserHostAndPort) {
  EXPECT_EQ(*ssh_target("box"), Json({{"host", "box"}}));
  EXPECT_EQ(*ssh_target("me@box:2222"), Json({{"host", "box"}, {"username", "me"}, {"port", 2222}}));
  EXPECT_EQ(*ssh_target("me@corp@box"), Json({{"host", "box"}, {"username", "me@corp"}}));
  EXPECT_EQ(*ssh_target("[2001:db8::1]:22"), Json({{"host", "2001:db8::1"}, {"port", 22}}));
  EXPECT_EQ(*ssh_target("[2001:db8::1]"), Json({{"host", "2001:db8::1"}}));
  EXPECT_EQ(*ssh_target("2001:db8::1"), Json({{"host", "2001:db8::1"}}));
  for (const char* bad : {"", "me@", "box:", "box:0", "box:65536", "box:ssh", ":22"}) {
    const auto target = ssh_target(bad);
    ASSERT_FALSE(target) << bad;
    EXPECT_THAT(target.error().message(), HasSubstr("[USER@]HOST[:PORT]")) << bad;
  }
}

TEST(SecretLine, IsEditedAsATerminalWouldDoIt) {
  const auto typed = [](const std::string& bytes) {
    SecretLine line;
    for (const char c : bytes) {
      const auto step = line.take(c);
      if (step == SecretLine::Step::done) return "done:" + line.text();
      if (step == SecretLine::Step::cancelled) return std::string("cancelled");
    }
    return "more:" + line.text();
  };
  EXPECT_EQ(typed("sesame\nrest"), "done:sesame");
  EXPECT_EQ(typed("sez\x7fsame\r"), "done:sesame");
  EXPECT_EQ(typed("a\xc3\xb6\x7f"
                  "b\n"),
            "done:ab");
  EXPECT_EQ(typed("\x7f\b"
                  "a\n"),
            "done:a");
  EXPECT_EQ(typed("wrong\x15right\n"), "done:right");
  EXPECT_EQ(typed("half\x03"), "cancelled");
  EXPECT_EQ(typed("end\x04"), "done:end");
  EXPECT_EQ(typed("not yet"), "more:not yet");
}

TEST(SshCommand, AddNamesTheWayToSignIn) {
  Harness harness;
  harness.environment.variables["USER"] = "joe";
  const auto added = [&](std::vector<std::string> args) {
    args.insert(args.begin(), {"ssh", "add"});
    const Outcome out = harness.run(args);
    EXPECT_EQ(out.status, 0) << out.err;
    EXPECT_EQ(out.only().method, "ssh.connections.create");
    return out.only().params;
  };
  EXPECT_EQ(added({"web", "box"}),
            Json({{"title", "web"}, {"host", "box"}, {"username", "joe"}, {"auth_type", "agent"}}));
  EXPECT_EQ(added({"web", "me@box", "--key", "~/.ssh/id"}), Json({{"title", "web"},
                                                                  {"host", "box"},
                                                                  {"username", "me"},
                                                                  {"auth_type", "key"},
                                                                  {"private_key_path", "~/.ssh/id"}}));
  EXPECT_EQ(added({"web", "me@box", "--no-forward-agent", "--env", "A=b=c"})["env"], Json({{"A", "b=c"}}));
}

TEST(SshCommand, EditChangesOnlyWhatIsSaid) {
  Harness harness;
  EXPECT_EQ(harness.run({"ssh", "edit", "web", "--forward-agent"}).only().params,
            Json({{"conn_id", "web"}, {"agent_forwarding", true}}));
  const Outcome nothing = harness.run({"ssh", "edit", "web"});
  EXPECT_NE(nothing.status, 0);
  EXPECT_THAT(nothing.calls, testing::IsEmpty());
  EXPECT_THAT(nothing.err, HasSubstr("Say what is to change"));
}

TEST(SshCommand, ImportWithoutAFileAsksTheServerForItsOwn) {
  Harness harness;
  EXPECT_EQ(harness.run({"ssh", "import", "--dry-run"}).only().params,
            Json({{"format", "ssh_config"}, {"dry_run", true}}));
}

TEST(SshCommand, WhatComesFromTheServerIsMadeVisible) {
  Harness harness;
  harness.answer = [](const std::string&, const Json&, const OnProgress&) {
    return Json{{"connections", {{{"title", "a\x1b[2J"}, {"host", "h"}, {"username", "u"}, {"port", 22}}}}};
  };
  const Outcome out = harness.run({"ssh"});
  EXPECT_EQ(out.out.find('\x1b'), std::string::npos);
  EXPECT_THAT(out.out, HasSubstr("u@h"));
}

/// A host that asks `rounds` times before it lets anybody in.
Harness::Answer asking(Harness& harness, int& rounds) {
  return [&harness, &rounds](const std::string& method, const Json& params, const OnProgress&) -> base::Result<Json> {
    if (method == "ssh.answer" && params.at("answers").empty())
      return base::Error(base::Errc::not_configured, "Nobody.");
    if (method == "ssh.answer") --rounds;
    const Json prompts = {{{"text", "Code"}, {"hidden", false}}};
    harness.details = {{"connection_id", "k1"}, {"questions", {{"round", rounds}, {"prompts", prompts}}}};
    if (method == "ssh.run") {
      if (rounds > 0) return base::Error(base::Errc::awaiting_auth, "The host asks something.");
      return Json({{"status", "completed"}, {"exit_code", 0}, {"stdout", "in\n"}, {"stderr", ""}});
    }
    Json state = {{"state", rounds > 0 ? "awaiting_auth" : "connected"}, {"connection_id", "k1"}};
    if (rounds > 0) state["questions"] = harness.details["questions"];
    return state;
  };
}

TEST(SshCommand, RunAsksThePersonWhatTheHostAsks) {
  Harness harness;
  int rounds = 2;
  harness.answer = asking(harness, rounds);
  harness.input = "123";
  const Outcome alone = harness.run({"ssh", "run", "box", "--", "true"});
  EXPECT_EQ(alone.status, base::info(base::Errc::awaiting_auth).exit);
  EXPECT_EQ(alone.calls.size(), 1U) << "nobody is there to ask";
  harness.person = true;
  const Outcome asked = harness.run({"ssh", "run", "box", "--", "true"});
  EXPECT_EQ(asked.status, 0) << asked.err;
  EXPECT_EQ(asked.out, "in\n");
  ASSERT_EQ(asked.calls.size(), 4U);
  EXPECT_EQ(asked.calls[1].params.at("answers"), Json({"123"}));
  EXPECT_EQ(asked.calls[1].params.at("round"), 2);
  EXPECT_EQ(asked.calls[2].params.at("round"), 1);
  EXPECT_EQ(asked.calls[3].method, "ssh.run");
}

TEST(SshCommand, RunDetachedPrintsTheIdOfTheJobAlone) {
  Harness harness;
  harness.answer = [](const std::string&, const Json&, const OnProgress&) -> base::Result<Json> {
    return Json({{"job_id", "j1"}, {"status", "running"}});
  };
  const Outcome left = harness.run({"ssh", "run", "--detach", "--timeout", "7", "box", "--", "make", "all"});
  EXPECT_EQ(left.status, 0) << left.err;
  EXPECT_EQ(left.out, "j1\n");
  ASSERT_EQ(left.calls.size(), 1U);
  EXPECT_EQ(left.calls[0].method, "ssh.run_async");
  EXPECT_EQ(left.calls[0].params, Json({{"conn_id", "box"}, {"command", "make all"}, {"timeout", 7.0}}));
}

TEST(JobsCommand, PrintsBothOutputsPieceByPieceAndEndsAsTheCommandDid) {
  Harness harness;
  int looks = 0;
  harness.answer = [&looks](const std::string&, const Json& params, const OnProgress&) -> base::Result<Json> {
    ++looks;
    const bool done = looks > 2;
    Json job = {{"job_id", "j1"}, {"kind", "ssh"}, {"done", done}, {"status", done ? "completed" : "running"}};
    if (done) job["exit_code"] = 5;
    if (params.at("stream") == "stderr") {
      const bool all = params.at("since") == 4;
      return Json(
          {{"job", job}, {"text", all ? "" : "err\n"}, {"since", all ? 4 : 0}, {"next_since", 4}, {"has_more", false}});
    }
    const std::int64_t since = params.at("since");
    const bool more = since < 4;
    return Json({{"job", job},
                 {"text", more ? "ab" : ""},
                 {"since", since},
                 {"next_since", more ? since + 2 : since},
                 {"has_more", since < 2}});
  };
  const Outcome followed = harness.run({"jobs", "output", "j1", "--follow"});
  EXPECT_EQ(followed.status, 5) << followed.err;
  EXPECT_EQ(followed.out, "abab");
  EXPECT_EQ(followed.err, "err\n");
}

TEST(JobsCommand, WaitEndsAsTheCommandDidAndCancelSaysWhatCameOfIt) {
  Harness harness;
  Json job = {{"job_id", "j1"}, {"kind", "ssh"}, {"done", false}, {"status", "running"}};
  harness.answer = [&job](const std::string&, const Json&, const OnProgress&) -> base::Result<Json> {
    return Json({{"job", job}, {"sent", true}, {"note", "SIGTERM was sent, and it still runs."}});
  };
  EXPECT_EQ(harness.run({"jobs", "wait", "j1", "--timeout", "0"}).status, 124);
  const Outcome cancelled = harness.run({"jobs", "cancel", "j1", "--signal", "TERM"});
  EXPECT_EQ(cancelled.calls[0].params, Json({{"job_id", "j1"}, {"signal", "TERM"}}));
  EXPECT_THAT(cancelled.out + cancelled.err, testing::HasSubstr("still runs"));
  job = {{"job_id", "j1"}, {"kind", "ssh"}, {"done", true}, {"status", "cancelled"}, {"signal", "TERM"}};
  EXPECT_EQ(harness.run({"jobs", "wait", "j1"}).status, 143);
  EXPECT_NE(harness.run({"jobs", "wait"}).status, 0);
}

TEST(SshCommand, ConnectAsksAndSaysHowItWent) {
  Harness harness;
  int rounds = 1;
  harness.answer = asking(harness, rounds);
  EXPECT_EQ(harness.run({"ssh", "connect", "box"}).status, base::info(base::Errc::awaiting_auth).exit);
  harness.person = true;
  const Outcome out = harness.run({"ssh", "connect", "box", "--json"});
  EXPECT_EQ(out.status, 0) << out.err;
  EXPECT_EQ(Json::parse(out.out).at("state"), "connected");
}

TEST(SshForward, PartsStandBetweenColons) {
  EXPECT_EQ(*forward_params("local", "8080:db:5432"),
            Json({{"kind", "local"}, {"port", 8080}, {"target_host", "db"}, {"target_port", 5432}}));
  EXPECT_EQ(*forward_params("remote", "[::1]:0:[fe80::1]:80"),
            Json({{"kind", "remote"}, {"bind", "::1"}, {"port", 0}, {"target_host", "fe80::1"}, {"target_port", 80}}));
  EXPECT_EQ(*forward_params("dynamic", "1080"), Json({{"kind", "dynamic"}, {"port", 1080}}));
  EXPECT_EQ(*forward_params("dynamic", ":1080"), Json({{"kind", "dynamic"}, {"bind", "*"}, {"port", 1080}}));
  for (const char* wrong :
       {"", "8080", "8080:db", "8080:db:0", "8080:db:70000", "x:db:80", "1:2:3:4:5", "[::1:1:db:80"})
    EXPECT_FALSE(forward_params("local", wrong)) << wrong;
  for (const char* wrong : {"", "x", "1:2:3", "65536", "-1"}) EXPECT_FALSE(forward_params("dynamic", wrong)) << wrong;
}

}  // namespace
}  // namespace duotty::cli
