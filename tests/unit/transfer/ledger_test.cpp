// What one worker leaves to the next of its transfers.
#include "ledger.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <duotty/files/local_files.hpp>
#include <duotty/transfer/methods.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "run_task.hpp"
#include "temporary_folder.hpp"

namespace duotty::transfer {
namespace {

namespace fs = std::filesystem;
using base::Errc;
using base::Error;

std::string get(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Record sample() {
  Record record;
  record.id = "k3x9w2m8q1zz";
  record.order.from = {"web", "/srv/\xff\n"};
  record.order.to.path = "/home/me/a";
  record.order.conflict = "rename";
  record.order.folder = record.order.checksum = true;
  record.order.caller = {rpc::Caller::Kind::token, "token:ci", "ci", 24};
  record.state = State::failed;
  record.tally.files = 3;
  record.tally.bytes = std::uint64_t{5} << 40;
  record.tally.written = "/home/me/a (1)";
  for (int i = 0; i < 120; ++i) record.tally.failures.add("/srv/" + std::to_string(i), "Permission denied.");
  record.tally.left_out.add("/srv/link", "It is a link.");
  record.error = Error(Errc::unreachable, "The host is gone.", "to");
  record.created = 1'800'000'000.25;
  record.ended = 1'800'000'007;
  record.renewed = 2;
  return record;
}

TEST(Ledger, KeepsEveryMemberOfARecord) {
  const Record record = sample();
  const auto back = decode(encode(record));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->id, record.id);
  EXPECT_EQ(back->order.from.path, record.order.from.path);
  EXPECT_EQ(back->order.from.connection_id, "web");
  EXPECT_EQ(back->order.conflict, "rename");
  EXPECT_TRUE(back->order.folder && back->order.checksum);
  EXPECT_EQ(back->order.caller.kind, rpc::Caller::Kind::token);
  EXPECT_EQ(back->order.caller.owner, "ci");
  EXPECT_EQ(back->order.caller.scopes, 24U);
  EXPECT_EQ(back->state, State::failed);
  EXPECT_EQ(back->tally.bytes, record.tally.bytes);
  EXPECT_EQ(back->tally.written, record.tally.written);
  EXPECT_EQ(back->tally.failures.count, 120U);
  ASSERT_EQ(back->tally.failures.first.size(), Notes::kKept);
  EXPECT_EQ(back->tally.failures.first[7].path, "/srv/7");
  EXPECT_EQ(back->tally.left_out.first.at(0).reason, "It is a link.");
  EXPECT_EQ(back->error->code(), Errc::unreachable);
  EXPECT_EQ(back->error->message(), "The host is gone.");
  EXPECT_EQ(back->created, record.created);
  EXPECT_EQ(back->ended, record.ended);
  EXPECT_EQ(back->renewed, 2U);
}

TEST(Ledger, TakesNothingElseForARecord) {
  const std::string bytes = encode(sample());
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode(bytes.substr(0, size))) << size;
  EXPECT_FALSE(decode(bytes + 'x'));
  std::string other = bytes;
  other[0] = 2;
  EXPECT_FALSE(decode(other)) << "of another version";
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    other = bytes;
    other[i] = static_cast<char>(other[i] ^ 0xFF);
    static_cast<void>(decode(other));
  }
}

/// Files of this machine, and of nowhere else.
std::shared_ptr<files::FileSystem> local(const std::string& folder) {
  files::LocalOptions options;
  options.roots = [folder] { return std::vector<std::string>{folder}; };
  return std::make_shared<files::LocalFiles>(std::move(options));
}

Order order_of(const std::string& folder, const std::string& from, const std::string& to) {
  Order order;
  order.source = order.target = local(folder);
  order.from.path = folder + "/" + from;
  order.to.path = folder + "/" + to;
  order.folder = fs::is_directory(order.from.path);
  return order;
}

Task<> until_over(const std::shared_ptr<Transfer>& transfer) {
  while (!transfer->over()) co_await transfer->news(time_point::max());
}

/// A worker that ends in the middle of a folder, and the one after it.
Task<bool> in_turn(std::string folder) {
  auto executor = co_await core::asio::this_coro::executor;
  const std::string records = folder + "/records";
  fs::create_directories(folder + "/from");
  for (int i = 0; i < 40; ++i) std::ofstream(folder + "/from/" + std::to_string(i)) << std::string(1 << 20, 'x');
  std::ofstream(folder + "/small") << "small";

  std::string small;
  std::string large;
  {
    Desk desk(executor, records);
    auto first = co_await desk.start(order_of(folder, "small", "small2"));
    co_await until_over(*first);
    small = (*first)->id();
    auto second = co_await desk.start(order_of(folder, "from", "to"));
    large = (*second)->id();
    while ((*second)->tally().files < 4) co_await (*second)->news(time_point::max());
    co_await desk.stop();
  }
  struct stat status {};
  EXPECT_EQ(::stat((records + "/" + large).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);

  Desk desk(executor, records);
  desk.open = [folder](Order& order) -> Task<Result<>> {
    order.source = order.target = local(folder);
    co_return Result<>();
  };
  desk.resume();
  const auto ended = desk.find(small, "");
  const auto other = desk.find(large, "");
  EXPECT_TRUE(ended && other);
  EXPECT_EQ(ended->state(), State::done);
  EXPECT_EQ(ended->tally().bytes, 5U);
  co_await until_over(other);
  EXPECT_EQ(other->state(), State::done) << other->tally().failures.count;
  EXPECT_EQ(other->tally().files, 40U);
  EXPECT_EQ(other->tally().bytes, std::uint64_t{40} << 20);
  EXPECT_EQ(other->tally().skipped, 0U);
  EXPECT_EQ(desk.list("").front(), other) << "newest first";
  co_await desk.stop();
  std::size_t parts = 0;
  for (const auto& one : fs::directory_iterator(folder + "/to")) parts += one.file_size() == 1 << 20 ? 0 : 1;
  EXPECT_EQ(parts, 0U);
  co_return true;
}

TEST(Ledger, LetsTheNextWorkerGoOn) {
  const tests::TemporaryFolder folder;
  EXPECT_TRUE(tests::run_task(in_turn(fs::canonical(folder.path()).string())));
}

/// What is there under the target's name is no business of a transfer that must not write over it.
Task<bool> changed_meanwhile(std::string folder) {
  auto executor = co_await core::asio::this_coro::executor;
  std::ofstream(folder + "/from") << "ours";
  std::ofstream(folder + "/to") << "somebody else's";
  Ledger ledger(folder + "/records");
  Record record;
  record.id = "onewithaconflict";
  record.order = order_of(folder, "from", "to");
  record.state = State::running;
  auto put = co_await ledger.put(record.id, encode(record));
  EXPECT_TRUE(put);
  record.id = "onethatendsworkers";
  record.renewed = Desk::kRenewals;
  put = co_await ledger.put(record.id, encode(record));
  EXPECT_TRUE(put);
  std::ofstream(folder + "/records/nonsense") << "nonsense";

  Desk desk(executor, folder + "/records");
  desk.open = [folder](Order& order) -> Task<Result<>> {
    order.source = order.target = local(folder);
    co_return Result<>();
  };
  desk.resume();
  EXPECT_EQ(desk.list("").size(), 2U);
  for (const auto& one : desk.list("")) {
    co_await until_over(one);
    EXPECT_EQ(one->state(), State::failed);
  }
  EXPECT_EQ(desk.find("onewithaconflict", "")->error()->code(), Errc::conflict);
  EXPECT_EQ(desk.find("onethatendsworkers", "")->error()->code(), Errc::closed);
  EXPECT_EQ(get(folder + "/to"), "somebody else's");
  co_await desk.stop();
  EXPECT_FALSE(fs::exists(folder + "/records/nonsense"));
  const auto kept = ledger.load();
  EXPECT_EQ(kept.size(), 2U);
  for (const Record& one : kept) EXPECT_EQ(one.state, State::failed);
  co_return true;
}

TEST(Ledger, WritesOverNothingAndGivesUpInTheEnd) {
  const tests::TemporaryFolder folder;
  EXPECT_TRUE(tests::run_task(changed_meanwhile(fs::canonical(folder.path()).string())));
}

/// Who may not any more, or not as much.
Task<bool> less_rights() {
  files::LocalPlaces places(local("/tmp"));
  Services services;
  services.places = &places;
  Order order;
  order.caller = {rpc::Caller::Kind::token, "token:ci", "", rpc::bits(rpc::Scope::files)};
  auto found = co_await reopen(services, order);
  EXPECT_TRUE(found && order.source && order.target);
  order.to.connection_id = "web";
  auto denied = co_await reopen(services, order);
  EXPECT_TRUE(denied.has_error() && denied.error().code() == Errc::denied);
  order.to.connection_id.clear();
  services.as_of_now = [](rpc::Caller caller) {
    caller.scopes = rpc::bits(rpc::Scope::read);
    return std::optional(caller);
  };
  denied = co_await reopen(services, order);
  EXPECT_TRUE(denied.has_error() && denied.error().code() == Errc::unauthenticated);
  services.as_of_now = [](const rpc::Caller&) { return std::optional<rpc::Caller>(); };
  denied = co_await reopen(services, order);
  EXPECT_TRUE(denied.has_error() && denied.error().code() == Errc::unauthenticated);
  co_return true;
}

TEST(Ledger, GivesNobodyMoreThanTheyHaveNow) {
  EXPECT_TRUE(tests::run_task(less_rights()));
}

}  // namespace
}  // namespace duotty::transfer
