#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <duotty/ssh/config_file.hpp>

#include <sys/stat.h>

#include <map>

#include "openssh.hpp"

namespace duotty::ssh {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

ConfigFile parsed(const std::string& text, const IncludeFiles& include = {}) {
  auto file = ConfigFile::parse(text, "config", include);
  EXPECT_TRUE(file) << file.error().message();
  return file ? std::move(*file) : ConfigFile();
}

HostConfig found(const std::string& text, const std::string& host, const std::string& user = {}) {
  auto config = parsed(text).lookup(host, user, "me");
  EXPECT_TRUE(config) << config.error().message();
  return config ? std::move(*config) : HostConfig();
}

TEST(ConfigFile, TheFirstValueWins) {
  const std::string text = "Host a\n User first\n Port 1\nHost a\n User second\nHost *\n User last\n Port 3\n";
  EXPECT_EQ(found(text, "a").user, "first");
  EXPECT_EQ(found(text, "a").port, 1);
  EXPECT_EQ(found(text, "b").user, "last");
  EXPECT_EQ(found(text, "a", "given").user, "given");
}

TEST(ConfigFile, IdentitiesAddUp) {
  EXPECT_THAT(found("IdentityFile ~/.ssh/a\nHost x\nIdentityFile \"my key\"\n", "x").identity_files,
              ElementsAre("~/.ssh/a", "my key"));
}

TEST(ConfigFile, HostPatternsAndNegation) {
  const std::string text = "Host *.example.org !bad.example.org ?x\n Port 7\n";
  EXPECT_EQ(found(text, "a.example.org").port, 7);
  EXPECT_EQ(found(text, "ax").port, 7);
  EXPECT_FALSE(found(text, "bad.example.org").port);
  EXPECT_FALSE(found(text, "axx").port);
  EXPECT_FALSE(found("Host !a\nPort 7\n", "b").port);
}

TEST(ConfigFile, LinesAreReadAsOpensshReadsThem) {
  EXPECT_EQ(found("  USER=joe   # who\r\n\tport =\t 2200 \n", "h").user, "joe");
  EXPECT_EQ(found("  USER=joe   # who\r\n\tport =\t 2200 \n", "h").port, 2200);
  EXPECT_EQ(found("User \"a b\"\n", "h").user, "a b");
  EXPECT_EQ(found("User a#b\n", "h").user, "a#b");
  EXPECT_THAT(parsed("User \"open\nUser joe").notes(), ElementsAre(HasSubstr("line 1 of config: a quote")));
  EXPECT_EQ(found("User \"open\nUser joe", "h").user, "joe");
}

TEST(ConfigFile, NamesAreExpanded) {
  EXPECT_EQ(found("HostName %h.example.org", "box").host_name, "box.example.org");
  EXPECT_EQ(found("HostName fe80::1%%eth0", "box").host_name, "fe80::1%eth0");
  EXPECT_EQ(found("", "box").host_name, "box");
}

TEST(ConfigFile, MatchAsksAboutWhatIsSetByThen) {
  const std::string text =
      "Host box\n HostName real.example.org\n User bob\n"
      "Match host *.example.org user bob\n Port 5\n"
      "Match originalhost box,other\n ForwardAgent yes\n"
      "Match !user bob\n ServerAliveInterval 9\n"
      "Match all\n ProxyJump gate\n";
  const HostConfig config = found(text, "box");
  EXPECT_EQ(config.port, 5);
  EXPECT_EQ(config.forward_agent, "yes");
  EXPECT_FALSE(config.keepalive_s);
  EXPECT_EQ(config.proxy_jump, "gate");
  EXPECT_EQ(found(text, "elsewhere").keepalive_s, 9);
}

TEST(ConfigFile, NothingIsExecuted) {
  const Folder folder;
  const std::string mark = folder / "ran";
  const std::string text = "Match exec \"touch " + mark + "\"\n User evil\nHost *\n ProxyCommand touch " + mark + "\n";
  const ConfigFile file = parsed(text);
  const auto config = file.lookup("h", "", "me");
  EXPECT_EQ(config->user, "");
  EXPECT_TRUE(config->proxy_command);
  EXPECT_THAT(file.notes(), ElementsAre("line 1 of config: Match exec is never run; its block is passed over."));
  EXPECT_FALSE(std::filesystem::exists(mark));
}

TEST(ConfigFile, UnknownCriteriaAreSaid) {
  for (const char* line :
       {"Match canonical", "Match final host x", "Match tagged x", "Match", "Match host", "Match all user x"}) {
    const ConfigFile file = parsed(std::string(line) + "\n User evil\n");
    EXPECT_THAT(file.notes(), SizeIs(1)) << line;
    EXPECT_EQ(file.lookup("x", "", "me")->user, "") << line;
  }
}

TEST(ConfigFile, ForwardsAreLeftOutAndSaid) {
  const ConfigFile file = parsed("Host x\n LocalForward 8080 localhost:80\n Compression yes\n User joe\n");
  EXPECT_THAT(file.notes(), ElementsAre("line 2 of config: localforward is not taken; open it at the connection."));
  EXPECT_EQ(file.lookup("x", "", "me")->user, "joe");
}

TEST(ConfigFile, NotesSayWhereAndNeverWhat) {
  const ConfigFile file = parsed("Port secret\n\nSetEnv secret\nServerAliveInterval secret\nInclude secret\n");
  ASSERT_THAT(file.notes(), SizeIs(4));
  EXPECT_THAT(file.notes()[1], HasSubstr("line 3 of config: setenv"));
  for (const std::string& note : file.notes()) EXPECT_EQ(note.find("secret"), std::string::npos) << note;
}

TEST(ConfigFile, NamesAreThoseWithoutWildcards) {
  EXPECT_THAT(parsed("Host a *.b !c d a -x\nMatch host e\nHost f\n").names(), ElementsAre("a", "d", "f"));
}

TEST(ConfigFile, IncludesStandWhereTheyAreSaid) {
  const Folder home;
  home.write(".ssh/conf.d/1.conf", "Host one\n User included\n");
  home.write(".ssh/conf.d/2.conf", "Host two\n Include nested\n Port 2\n");
  home.write(".ssh/nested", "User nested\n");
  const std::string text = "Host one\n Include conf.d/*.conf ~/.ssh/missing\n Port 11\nHost two\n Port 22\n";
  const ConfigFile file = parsed(text, include_from(home / ""));
  EXPECT_EQ(file.lookup("one", "", "me")->user, "included");
  EXPECT_EQ(file.lookup("one", "", "me")->port, 11);
  EXPECT_EQ(file.lookup("two", "", "me")->user, "") << "an included block applies only where its Include does";
  EXPECT_EQ(file.lookup("two", "", "me")->port, 22);
  EXPECT_THAT(file.notes(), ElementsAre(HasSubstr("Include names no file")));
}

TEST(ConfigFile, LimitsAreErrors) {
  const Folder home;
  const std::string circle = home.write(".ssh/circle", "Include circle\n");
  EXPECT_THAT(ConfigFile::parse("Include circle\n", "c", include_from(home / "")).error().message(),
              HasSubstr("nested deeper"));
  home.write(".ssh/wide", "Include w2\n");
  std::string many;
  for (int i = 0; i < 300; ++i) many += "Include leaf\n";
  home.write(".ssh/leaf", "User x\n");
  EXPECT_EQ(ConfigFile::parse(many, "c", include_from(home / "")).error().code(), base::Errc::too_large);
  EXPECT_EQ(ConfigFile::parse(std::string((1 << 20) + 1, '#'), "c", {}).error().code(), base::Errc::too_large);
  EXPECT_EQ(ConfigFile::parse(std::string(60'000, '\n'), "c", {}).error().code(), base::Errc::too_large);
  ASSERT_EQ(::mkfifo((home / ".ssh/pipe").c_str(), 0600), 0);
  EXPECT_THAT(parsed("Include pipe\n", include_from(home / "")).notes(), SizeIs(1));
}

TEST(ConfigFile, PatternsCannotTakeForEver) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "Host *a*a*a*a*a*a*a*a*a*a*a*a*b\n";
  const auto file = ConfigFile::parse(text, "c", {});
  ASSERT_TRUE(file);
  const auto config = file->lookup(std::string(250, 'a'), "", "me");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code(), base::Errc::too_large);
}

/// `ssh -G`, by keyword; several values of one joined by blanks.
std::map<std::string, std::string> judged(const std::string& file, const std::string& host) {
  const Ran ran = run({"ssh", "-G", "-F", file, host});
  EXPECT_EQ(ran.status, 0) << ran.out;
  std::map<std::string, std::string> values;
  for (const std::string_view line : base::split(ran.out, '\n')) {
    const auto blank = line.find(' ');
    if (blank == std::string_view::npos) continue;
    std::string& value = values[std::string(line.substr(0, blank))];
    value += (value.empty() ? "" : " ") + std::string(line.substr(blank + 1));
  }
  return values;
}

void expect_as_openssh(const std::string& text, const std::vector<std::string>& hosts) {
  const Folder folder;
  const std::string path = folder.write("config", base::replace_all(text, "DIR", folder / ""));
  folder.write("inc/a.conf", "Host inc*\n User fromfile\n Port 4022\nHost *\n ServerAliveInterval 77\n");
  const auto file = ConfigFile::parse(folder.read("config"), "config", include_from(folder / ""));
  ASSERT_TRUE(file);
  for (const std::string& host : hosts) {
    const auto theirs = judged(path, host);
    const std::string me = judged("/dev/null", host)["user"];
    const auto ours = file->lookup(host, "", me);
    ASSERT_TRUE(ours);
    const auto at = [&](const char* key) { return theirs.count(key) ? theirs.at(key) : std::string(); };
    EXPECT_EQ(base::to_lower(ours->host_name), at("hostname")) << host;
    EXPECT_EQ(ours->port.value_or(22), std::stoi(at("port"))) << host;
    EXPECT_EQ(ours->keepalive_s.value_or(0), std::stoi(at("serveraliveinterval"))) << host;
    EXPECT_EQ(ours->proxy_jump == "none" ? "" : ours->proxy_jump, at("proxyjump")) << host;
    EXPECT_EQ(ours->proxy_command, !at("proxycommand").empty()) << host;
    EXPECT_EQ(ours->forward_agent.empty() ? "no" : ours->forward_agent, at("forwardagent")) << host;
    EXPECT_EQ(ours->user.empty() ? me : ours->user, at("user")) << host;
    if (!ours->identity_files.empty()) {
      EXPECT_EQ(base::join(ours->identity_files, " "), at("identityfile")) << host;
    }
    if (!ours->known_hosts_files.empty()) {
      EXPECT_EQ(base::join(ours->known_hosts_files, " "), at("userknownhostsfile")) << host;
    }
    std::string env;
    for (const auto& [name, value] : ours->set_env) env += (env.empty() ? "" : " ") + name + "=" + value;
    EXPECT_EQ(env, at("setenv")) << host;
    const std::string checking = ours->host_key_checking;
    const std::string expected = checking.empty()                        ? "ask"
                                 : checking == "yes"                     ? "true"
                                 : checking == "no" || checking == "off" ? "false"
                                                                         : checking;
    EXPECT_EQ(expected, at("stricthostkeychecking")) << host;
  }
}

TEST(ConfigFileAgainstOpenssh, Blocks) {
  expect_as_openssh(
      "Host alpha\n  HostName %h.example.org\n  User al\n  Port=2201\n  IdentityFile /k/one\n"
      "Host al* !alfred\n  User other\n  IdentityFile \"/k/two words\"\n  ProxyJump me@gate:2022,inner\n"
      "Host beta gamma\n  HostName = 192.0.2.7\n  ServerAliveInterval 1m30s\n  ForwardAgent yes\n"
      "  SetEnv A=1 \"B=two words\"\n  SetEnv C=3\n  StrictHostKeyChecking accept-new\n"
      "  UserKnownHostsFile /k/a /k/b\n"
      "Host *\n  User everyone # comment\n  StrictHostKeyChecking yes\n  Port 99\n",
      {"alpha", "alfred", "alf", "beta", "gamma", "none"});
}

TEST(ConfigFileAgainstOpenssh, Matches) {
  expect_as_openssh(
      "Host box\n HostName real.example.org\n User bob\n"
      "Match host *.example.org user bob\n Port 2205\n"
      "Match originalhost box,other !user ann\n ForwardAgent yes\n"
      "Match host=box\n Port 1\n"
      "Match originalhost *.org,!c.org\n ServerAliveInterval 2h\n"
      "Match !host *.org\n StrictHostKeyChecking no\n"
      "Match all\n ProxyJump last\n",
      {"box", "other", "a.org", "c.org", "BOX"});
}

TEST(ConfigFileAgainstOpenssh, IncludesAndProxies) {
  expect_as_openssh(
      "Host inc1 deep\n Include DIR/inc/*.conf\n Port 4100\n"
      "Host p1\n ProxyCommand none\n ProxyJump gate\n"
      "Host p2\n ProxyJump none\n"
      "Host p3\n ProxyJump first\n ProxyCommand nc %h %p\n"
      "Host p4\n ProxyCommand nc %h %p\n ProxyJump second\n"
      "Host inc* p*\n User late\n",
      {"inc1", "inc2", "deep", "p1", "p2", "p3", "p4"});
}

}  // namespace
}  // namespace duotty::ssh
