// Files by the shell of a host, over every shell that is installed, and what is no shell.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <duotty/base/random.hpp>
#include <duotty/files/shell_files.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "run_task.hpp"
#include "shell_answers.hpp"
#include "shell_peers.hpp"
#include "temporary_folder.hpp"

namespace duotty::files {
namespace {

namespace fs = std::filesystem;
using base::Errc;
using System = std::shared_ptr<ShellFiles>;
using Test = Task<> (*)(System, std::string);

void put(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}
std::string get(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
/// Every byte, and then some.
std::string all_bytes(std::size_t size) {
  std::string out;
  for (std::size_t i = 0; out.size() < size; ++i) out += static_cast<char>(i + i / 256);
  return out;
}

Task<bool> with_peer(ShellPeer peer, Test test, std::string folder) {
  auto executor = co_await core::asio::this_coro::executor;
  auto files = std::make_shared<ShellFiles>(executor, open_peer(std::move(peer)));
  auto started = co_await files->start();
  EXPECT_TRUE(started) << (started ? "" : started.error().message());
  if (started) co_await test(files, std::move(folder));
  co_return true;
}

/// Runs `test` once with each shell, in a folder of its own; at last with nothing but busybox, without stat, and with a
/// find that can little.
void with_all(Test test) {
  const tests::TemporaryFolder applets;
  link_applets(applets.string() + "/bin");
  std::vector<ShellPeer> peers = kShells;
  peers.push_back({{"/bin/busybox", "sh"}, applets.string() + "/bin"});
  link_programs(applets.string() + "/ls", {"stat", "readlink"}, true);
  peers.push_back({{"/bin/dash"}, applets.string() + "/ls"});
  link_programs(applets.string() + "/stat", {"sync"}, false);
  peers.push_back({{"/bin/dash"}, applets.string() + "/stat"});
  for (const ShellPeer& peer : peers) {
    SCOPED_TRACE(peer.argv.front() + " " + peer.path);
    const tests::TemporaryFolder folder;
    EXPECT_TRUE(tests::run_task(with_peer(peer, test, fs::canonical(folder.path()).string())));
  }
}

const std::vector<std::string> kNames = {"plain",
                                         " blank ",
                                         "two\nlines",
                                         "\n",
                                         "quo'te\"s",
                                         "-rf",
                                         "--",
                                         "$(touch x)`touch y`",
                                         "*",
                                         "[a]?",
                                         "back\\sl\\",
                                         "~",
                                         ".hidden",
                                         "..two",
                                         "a -> b",
                                         "\x81\x82\x88\xff",
                                         "gr\xc3\xbc\xc3\x9f e",
                                         "!!",
                                         "a;b&c|d",
                                         "\t\r\x1b[31m",
                                         "#",
                                         "a .b",
                                         " .",
                                         "%s%n"};

Task<> names(System system, std::string folder) {
  for (const std::string& name : kNames) {
    const std::string path = folder + "/" + name;
    auto file = co_await system->open(path, Open::create, 0600);
    EXPECT_TRUE(file) << name;
    if (!file) continue;
    auto written = co_await (*file)->write(name);
    EXPECT_TRUE(written);
    auto flushed = co_await (*file)->flush();
    EXPECT_TRUE(flushed) << name;
    EXPECT_EQ(get(path), name);
    auto info = co_await system->stat(path, false);
    EXPECT_TRUE(info && info->size == name.size() && info->mode == 0600) << name;
    auto real = co_await system->resolve(path, true);
    EXPECT_TRUE(real && *real == path) << name;
  }
  auto listing = co_await system->list(folder, 100);
  EXPECT_TRUE(listing && listing->complete);
  std::vector<std::string> found;
  if (listing) {
    for (const Entry& entry : listing->entries) found.push_back(entry.name);
  }
  auto wanted = kNames;
  std::sort(wanted.begin(), wanted.end());
  EXPECT_EQ(found, wanted);
  for (const std::string& name : kNames) {
    fs::create_symlink(name, folder + "/link");
    auto target = co_await system->link_target(folder + "/link");
    EXPECT_TRUE(target && *target == name) << name;
    auto real = co_await system->resolve(folder + "/link", true);
    EXPECT_TRUE(real && *real == folder + "/" + name) << name;
    fs::remove(folder + "/link");
    auto moved = co_await system->rename(folder + "/" + name, folder + "/moved", false);
    EXPECT_TRUE(moved && get(folder + "/moved") == name) << name;
    auto back = co_await system->rename(folder + "/moved", folder + "/" + name, true);
    EXPECT_TRUE(back) << name;
    auto gone = co_await system->remove(folder + "/" + name);
    EXPECT_TRUE(gone) << name;
    auto made = co_await system->mkdir(folder + "/" + name);
    EXPECT_TRUE(made && fs::is_directory(folder + "/" + name)) << name;
    auto removal = co_await system->remove_tree(folder + "/" + name);
    EXPECT_TRUE(removal && removal->removed == 1 && removal->failed == 0) << name;
  }
  EXPECT_TRUE(fs::is_empty(folder));
}

TEST(ShellFiles, KeepEveryByteOfNames) {
  with_all(names);
}

Task<> bytes(System system, std::string folder) {
  for (const std::size_t size : {0, 1, 65'535, 65'536, 65'537, 400'000}) {
    const std::string path = folder + "/" + std::to_string(size);
    const std::string wanted = all_bytes(size);
    auto file = co_await system->open(path, Open::create, 0666);
    EXPECT_TRUE(file);
    for (std::size_t at = 0; at < size; at += 30'000) {
      auto written = co_await (*file)->write(wanted.substr(at, 30'000));
      EXPECT_TRUE(written);
    }
    auto synced = co_await (*file)->sync();
    EXPECT_TRUE(synced && get(path) == wanted) << size;
    auto more = co_await (*file)->write("-more");
    EXPECT_TRUE(more);
    auto flushed = co_await (*file)->flush();
    EXPECT_TRUE(flushed && get(path) == wanted + "-more") << size;
    auto again = co_await system->open(path, Open::resume, 0666);
    auto added = co_await (*again)->write(std::string(70'000, '\0'));
    auto ended = co_await (*again)->flush();
    EXPECT_TRUE(added && ended && get(path) == wanted + "-more" + std::string(70'000, '\0')) << size;
    auto source = co_await system->open(path, Open::read, 0);
    auto info = co_await (*source)->stat();
    EXPECT_TRUE(info && info->size == size + 70'005);
    auto whole = co_await (*source)->read(0, 1'000'000);
    EXPECT_TRUE(whole && *whole == wanted + "-more" + std::string(70'000, '\0')) << size;
    auto part = co_await (*source)->read(size / 2, 50);
    EXPECT_TRUE(part && *part == whole->substr(size / 2, 50));
    auto end = co_await (*source)->read(size + 70'005, 50);
    EXPECT_TRUE(end && end->empty());
  }
}

TEST(ShellFiles, KeepEveryByteOfContents) {
  with_all(bytes);
}

Task<> errors(System system, std::string folder) {
  put(folder + "/file", "x");
  fs::create_directories(folder + "/sub/inner");
  fs::create_symlink("nowhere", folder + "/dangling");
  const auto code = [](const auto& result) { return result ? Errc::internal : result.error().code(); };
  EXPECT_EQ(code(co_await system->stat(folder + "/none", false)), Errc::not_found);
  EXPECT_EQ(code(co_await system->stat(folder + "/file/none", false)), Errc::not_found);
  EXPECT_EQ(code(co_await system->stat(folder + "/dangling", true)), Errc::not_found);
  EXPECT_TRUE(co_await system->stat(folder + "/dangling", false));
  EXPECT_EQ(code(co_await system->stat("relative", false)), Errc::invalid_params);
  EXPECT_EQ(code(co_await system->resolve(folder + "/dangling", true)), Errc::not_found);
  EXPECT_EQ(code(co_await system->link_target(folder + "/file")), Errc::invalid_params);
  EXPECT_EQ(code(co_await system->list(folder + "/file", 9)), Errc::invalid_params);
  EXPECT_EQ(code(co_await system->list(folder + "/none", 9)), Errc::not_found);
  EXPECT_EQ(code(co_await system->open(folder + "/none", Open::read, 0)), Errc::not_found);
  EXPECT_EQ(code(co_await system->open(folder + "/sub", Open::read, 0)), Errc::invalid_params);
  EXPECT_EQ(code(co_await system->open("/dev/null", Open::read, 0)), Errc::invalid_params);
  EXPECT_EQ(code(co_await system->open(folder + "/file", Open::create, 0600)), Errc::conflict);
  EXPECT_EQ(code(co_await system->open(folder + "/dangling", Open::create, 0600)), Errc::conflict);
  EXPECT_EQ(code(co_await system->open(folder + "/dangling", Open::resume, 0600)), Errc::invalid_params);
  EXPECT_EQ(code(co_await system->open(folder + "/none/file", Open::create, 0600)), Errc::not_found);
  EXPECT_EQ(code(co_await system->mkdir(folder + "/sub")), Errc::conflict);
  EXPECT_EQ(code(co_await system->mkdir(folder + "/none/sub")), Errc::not_found);
  EXPECT_EQ(code(co_await system->remove(folder + "/none")), Errc::not_found);
  EXPECT_EQ(code(co_await system->remove(folder + "/sub")), Errc::conflict);
  EXPECT_EQ(code(co_await system->rename(folder + "/none", folder + "/x", false)), Errc::not_found);
  EXPECT_EQ(code(co_await system->rename(folder + "/file", folder + "/sub", false)), Errc::conflict);
  EXPECT_EQ(code(co_await system->rename(folder + "/file", folder + "/sub", true)), Errc::conflict);
  EXPECT_EQ(code(co_await system->rename(folder + "/file", folder + "/dangling", false)), Errc::conflict);
  EXPECT_EQ(code(co_await system->rename(folder + "/file", folder + "/none/x", false)), Errc::not_found);
  auto nowhere = co_await system->rename(folder + "/file", folder + "/none/x", true);
  EXPECT_TRUE(!nowhere && nowhere.error().code() == Errc::not_found && nowhere.error().field() == "to");
  EXPECT_EQ(code(co_await system->remove_tree(folder + "/none")), Errc::not_found);
  EXPECT_EQ(code(co_await system->remove_tree("/")), Errc::denied);
  EXPECT_EQ(get(folder + "/file"), "x");
}

TEST(ShellFiles, SayWhatIsWrong) {
  with_all(errors);
}

Task<> links(System system, std::string folder) {
  fs::create_directories(folder + "/kept");
  put(folder + "/kept/file", "kept");
  put(folder + "/new", "new");
  fs::create_symlink(folder + "/kept", folder + "/way");
  // A rename onto a link to a folder replaces the link and puts nothing into the folder.
  auto over = co_await system->rename(folder + "/new", folder + "/way", true);
  EXPECT_TRUE(over && fs::is_regular_file(fs::symlink_status(folder + "/way")));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder + "/kept"), fs::directory_iterator()), 1);
  fs::create_directories(folder + "/tree/sub");
  fs::create_symlink(folder + "/kept", folder + "/tree/trap");
  fs::create_symlink("..", folder + "/tree/sub/up");
  auto moved = co_await system->rename(folder + "/tree/trap", folder + "/tree/trap2", false);
  EXPECT_TRUE(moved && fs::is_symlink(folder + "/tree/trap2"));
  Marks marks;
  marks.mode = 0777;
  auto marked = co_await system->mark_folder(folder + "/tree/trap2", marks);
  EXPECT_FALSE(marked);
  auto removal = co_await system->remove_tree(folder + "/tree");
  EXPECT_TRUE(removal && removal->removed == 4 && removal->failed == 0);
  EXPECT_EQ(get(folder + "/kept/file"), "kept");
}

TEST(ShellFiles, FollowNoLinks) {
  with_all(links);
}

Task<> replaced(System system, std::string folder) {
  put(folder + "/file", std::string(300'000, 'a'));
  put(folder + "/other", std::string(300'000, 'b'));
  auto source = co_await system->open(folder + "/file", Open::read, 0);
  fs::rename(folder + "/other", folder + "/file");
  auto piece = co_await (*source)->read(0, 300'000);
  EXPECT_FALSE(piece) << "it is another file";
  auto target = co_await system->open(folder + "/part", Open::create, 0600);
  put(folder + "/victim", "untouched");
  fs::remove(folder + "/part");
  fs::create_symlink("victim", folder + "/part");
  auto small = co_await (*target)->write("evil");
  auto flushed = co_await (*target)->flush();
  EXPECT_FALSE(small && flushed);
  auto large = co_await system->open(folder + "/part2", Open::create, 0600);
  fs::remove(folder + "/part2");
  fs::create_symlink("victim", folder + "/part2");
  auto sent = co_await (*large)->write(std::string(300'000, 'e'));
  auto ended = co_await (*large)->flush();
  EXPECT_FALSE(sent && ended);
  EXPECT_EQ(get(folder + "/victim"), "untouched");
}

TEST(ShellFiles, NoticeAnotherFileAtThePath) {
  with_all(replaced);
}

Task<> full(System system, std::string) {
  auto device = co_await system->open("/dev/full", Open::resume, 0);
  EXPECT_FALSE(device) << "no regular file";
}

Task<> made_up(System system, std::string) {
  auto file = co_await system->open("/proc/" + std::to_string(::getpid()) + "/smaps", Open::read, 0);
  EXPECT_TRUE(file);
  std::string all;
  for (;;) {
    auto piece = co_await (*file)->read(all.size(), 3000);
    EXPECT_TRUE(piece);
    if (!piece || piece->empty()) break;
    all += *piece;
  }
  EXPECT_GT(all.size(), 4096U);
  EXPECT_NE(all.find("VmFlags"), std::string::npos);
}

TEST(ShellFiles, ReadWhatHasNoSize) {
  with_all(made_up);
}

TEST(ShellFiles, OpenNoDevices) {
  with_all(full);
}

/// As somebody who may not do everything.
Task<> denied(System system, std::string folder) {
  const auto code = [](const auto& result) { return result ? Errc::internal : result.error().code(); };
  EXPECT_EQ(code(co_await system->stat(folder + "/closed/file", false)), Errc::denied);
  EXPECT_EQ(code(co_await system->list(folder + "/closed", 9)), Errc::denied);
  EXPECT_EQ(code(co_await system->open(folder + "/secret", Open::read, 0)), Errc::denied);
  EXPECT_EQ(code(co_await system->open(folder + "/new", Open::create, 0600)), Errc::denied);
  EXPECT_EQ(code(co_await system->open(folder + "/readable", Open::resume, 0600)), Errc::denied);
  EXPECT_EQ(code(co_await system->mkdir(folder + "/new")), Errc::denied);
  EXPECT_EQ(code(co_await system->remove(folder + "/readable")), Errc::denied);
  EXPECT_EQ(code(co_await system->rename(folder + "/readable", folder + "/x", false)), Errc::denied);
  EXPECT_EQ(code(co_await system->rename(folder + "/readable", folder + "/secret", true)), Errc::denied);
  Marks marks;
  marks.mode = 0777;
  EXPECT_EQ(code(co_await system->mark_folder(folder + "/open", marks)), Errc::denied);
  auto removal = co_await system->remove_tree(folder + "/open");
  EXPECT_TRUE(removal);
  if (!removal) co_return;
  // Its own file goes; what lies in the folder of another stays, and so do the folders above.
  EXPECT_EQ(std::pair(removal->removed, removal->failed), std::pair(std::uint64_t{1}, std::uint64_t{3}));
  std::vector<std::string> left;
  for (const auto& one : removal->failures) left.push_back(one.path + ": " + one.reason);
  std::sort(left.begin(), left.end());
  const std::vector<std::string> wanted = {folder + "/open/others/file: The host does not let this user remove it.",
                                           folder + "/open/others: It is not empty.",
                                           folder + "/open: It is not empty."};
  EXPECT_EQ(left, wanted);
}

TEST(ShellFiles, SayWhoMayNot) {
  if (::geteuid() != 0) return;  // only root can become another user
  constexpr uid_t kSomebody = 4711;
  for (const char* shell : {"/bin/dash", "/bin/bash"}) {
    SCOPED_TRACE(shell);
    const tests::TemporaryFolder temporary;
    const std::string folder = fs::canonical(temporary.path()).string();
    ::chmod(folder.c_str(), 0755);
    for (const char* name : {"/closed", "/open", "/open/others"}) fs::create_directory(folder + name);
    for (const char* name : {"/closed/file", "/secret", "/readable", "/open/mine", "/open/others/file"})
      put(folder + name, "x");
    ::chmod((folder + "/closed").c_str(), 0700);
    ::chmod((folder + "/secret").c_str(), 0600);
    ::chmod((folder + "/open").c_str(), 0777);
    ShellPeer peer{{shell}};
    peer.uid = kSomebody;
    EXPECT_TRUE(tests::run_task(with_peer(peer, denied, folder)));
  }
}

Task<bool> starts(ShellPeer peer, Errc& code) {
  auto executor = co_await core::asio::this_coro::executor;
  ShellFiles files(executor, open_peer(std::move(peer)));
  auto started = co_await files.start();
  code = started ? Errc::internal : started.error().code();
  co_return static_cast<bool>(started);
}

TEST(ShellFiles, TakeNothingElseForAShell) {
  for (const std::vector<std::string>& argv : std::vector<std::vector<std::string>>{
           {"/bin/false"}, {"/bin/echo", "This account is currently not available."}, {"/usr/bin/yes"}}) {
    Errc code{};
    EXPECT_FALSE(tests::run_task(starts({argv}, code))) << argv.front();
    EXPECT_EQ(code, Errc::unreachable) << argv.front();
  }
}

TEST(ShellFiles, PassOverWhatStartFilesSay) {
  Errc code{};
  EXPECT_TRUE(
      tests::run_task(starts({{"/bin/sh", "-c", "echo Welcome; echo NNN+; cat /etc/passwd; exec /bin/sh"}}, code)));
}

Task<bool> killed(std::string folder) {
  auto executor = co_await core::asio::this_coro::executor;
  const auto pids = std::make_shared<std::vector<pid_t>>();
  ShellFiles files(executor, open_peer(kShells.front(), pids));
  auto started = co_await files.start();
  EXPECT_TRUE(started);
  put(folder + "/large", std::string(4'000'000, 'x'));
  auto source = co_await files.open(folder + "/large", Open::read, 0);
  auto first = co_await (*source)->read(0, 100'000);
  EXPECT_TRUE(first && first->size() == 100'000);
  for (const pid_t pid : *pids) ::kill(pid, SIGKILL);
  Result<std::string> piece = std::string("x");
  for (std::size_t at = 100'000; piece && !piece->empty(); at += 100'000) piece = co_await (*source)->read(at, 100'000);
  // The reader may have sent all there is before its end: then what is missing is its word for that.
  EXPECT_TRUE(!piece && piece.error().code() == Errc::unreachable);
  // Whoever asks next gets another shell.
  auto info = co_await files.stat(folder + "/large", false);
  EXPECT_TRUE(info && info->size == 4'000'000);
  co_return true;
}

TEST(ShellFiles, GoOnAfterAShellWasLost) {
  const tests::TemporaryFolder folder;
  EXPECT_TRUE(tests::run_task(killed(fs::canonical(folder.path()).string())));
}

constexpr std::int64_t kNow = 1'795'400'000;  // 2026-11-23
constexpr std::int64_t kSecond = 1'000'000'000;

TEST(ShellAnswers, ReadWhatStatSays) {
  const auto file = parse_found("81a4 120 1700000000 1000 100 4711", kNow);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->info.kind, Kind::file);
  EXPECT_EQ(file->info.mode, 0644U);
  EXPECT_EQ(file->info.size, 120U);
  EXPECT_EQ(file->info.mtime_ns, 1'700'000'000 * kSecond);
  EXPECT_EQ(file->node, 4711U);
  for (const char* bad : {"", "81a4", "x 1 1 1 1 1", "81a4 -1 1 1 1 1", "81a4 1 1 1 1 1 1",
                          "81a4 1 99999999999999999999 1 1 1", "81a4 1 9999999999999999 1 1 1"}) {
    EXPECT_FALSE(parse_found(bad, kNow)) << bad;
  }
}

TEST(ShellAnswers, ReadWhatLsSays) {
  const auto at = [](const char* line) {
    const auto found = parse_found(line, kNow);
    return found ? found->info.mtime_ns / kSecond : -1;
  };
  EXPECT_EQ(at("4711 -rw-r--r-- 1 0 0 5 Nov 23 00:54"), 1'795'395'240);
  EXPECT_EQ(at("4711 -rw-r--r-- 1 0 0 5 Dec  1 00:00"), 1'764'547'200) << "of the year before";
  EXPECT_EQ(at("4711 -rw-r--r-- 1 0 0 5 Jan  1  2020"), 1'577'836'800);
  const auto odd = parse_found("  12 drwsr-sr-T+ 2 1 2 4096 Nov 23 00:54", kNow);
  ASSERT_TRUE(odd);
  EXPECT_EQ(odd->info.kind, Kind::folder);
  EXPECT_EQ(odd->info.mode, 07754U);
  EXPECT_EQ(odd->info.uid, 1U);
  const auto device = parse_found("12 crw-rw-rw- 1 0 0 1, 3 Nov 23 00:54", kNow);
  EXPECT_TRUE(device && device->info.kind == Kind::other && device->info.mode == 0666);
  for (const char* bad :
       {"12 rw- 1 0 0 1 Nov 23 00:54", "12 -rw-r--r-- 1 0 0 5 Nev 23 00:54", "12 -rw-r--r-- 1 0 0 5 Nov xx 00:54",
        "12 -rw-r--r-- 1 0 0 5 Nov 23 soon", "12 -rw-r--r-- 1 0 0 5 Nov 31 00:54", "12 -rw-r--r-- 1 0 0 5 Nov 23 99999",
        "12 -rw-r--r-- 1 0 0 5 Nov 23 24:00", "12 -rw-r--r-- 1 0 0 5 Feb 29 2025"}) {
    EXPECT_FALSE(parse_found(bad, kNow)) << bad;
  }
}

TEST(ShellAnswers, ReadListings) {
  const auto entries = parse_entries("81a4 1 2 3 4 5 ./two\nlines/\n41ed 1 2 3 4 5 ./a .b/\n", kNow);
  ASSERT_TRUE(entries && entries->size() == 2);
  EXPECT_EQ(entries->at(0).name, "two\nlines");
  EXPECT_EQ(entries->at(1).name, "a .b");
  EXPECT_TRUE(parse_entries("", kNow)->empty());
  for (const char* bad : {"x", "81a4 1 2 3 4 5 ./cut", "81a4 1 2 3 4 5 ./a/b/\n", "81a4 1 2 3 4 5 .//\n"}) {
    EXPECT_FALSE(parse_entries(bad, kNow)) << bad;
  }
}

TEST(ShellAnswers, ReadWhatStays) {
  const auto all = parse_removal("7 0\n", "/x");
  EXPECT_TRUE(all && all->removed == 7 && all->failures.empty());
  const auto some = parse_removal("7 2\nrm: no\n//\n/x/a\nb//d\n/x//e\n", "/x");
  ASSERT_TRUE(some && some->removed == 5 && some->failed == 2 && some->failures.size() == 2);
  EXPECT_EQ(some->failures[0].path, "/x/a\nb");
  EXPECT_EQ(some->failures[1].path, "/x");
  EXPECT_FALSE(parse_removal("x", "/x"));
}

TEST(ShellAnswers, TimesAndModes) {
  EXPECT_EQ(touch_time(1'577'934'245 * kSecond + 7), "202001020304.05");
  EXPECT_EQ(touch_time(-1), "");
  EXPECT_EQ(umask_for(0600), "g-rw,o-rw");
  EXPECT_EQ(umask_for(0640), "g-w,o-rw");
  EXPECT_EQ(umask_for(0666), "");
}

}  // namespace
}  // namespace duotty::files
