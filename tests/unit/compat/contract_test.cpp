#include "contract.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <set>

namespace duotty::compat {
namespace {

/// A method that answers what it was given.
void add_echo(rpc::Table& table, const char* name) {
  rpc::Method method;
  method.name = name;
  method.params = method.result = std::make_shared<const Json>(Json::object());
  method.call = [](rpc::Call&, Json params) -> Task<Result<Json>> {
    if (params.contains("fail")) co_return Error(Errc::busy, "no");
    co_return params;
  };
  table.add(std::move(method));
}

Answer failed(const Error& error) {
  return {error.http_status(), Json(error.name())};
}

struct Turn {
  const Row& row;
  const Foreign& foreign;
  Answer answer;
};

Task<> take(const rpc::Dispatcher& dispatcher, Turn& turn) {
  const Contract contract{std::span(&turn.row, 1), failed};
  rpc::Call call;
  call.caller.scopes = rpc::kAllScopes;
  turn.answer = co_await run(dispatcher, contract, turn.row, turn.foreign, call);
}

Answer run_row(const Row& row, const Foreign& foreign) {
  rpc::Table table;
  add_echo(table, "first");
  add_echo(table, "second");
  const rpc::Dispatcher dispatcher(table);
  core::asio::io_context loop;
  Turn turn{row, foreign, {}};
  core::asio::co_spawn(loop, take(dispatcher, turn), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  loop.run();
  return turn.answer;
}

TEST(Contract, HandsTheResultOfAStepToTheNext) {
  const Row row = {"GET",
                   "/x",
                   {{{"first",
                      [](const Foreign& f, const Results&) -> Params {
                        return Json{{"a", f.asked("a")}};
                      }},
                     {"second", [](const Foreign&, const Results&) -> Params { return std::optional<Json>(); }},
                     {"second",
                      [](const Foreign&, const Results& r) -> Params {
                        return Json{{"b", r[0]["a"]}};
                      }}}},
                   [](const Foreign&, const Results& r) -> Result<Answer> {
                     return Answer{201, Json(r)};
                   }};
  Foreign foreign;
  foreign.query["a"] = "word";
  const Answer answer = run_row(row, foreign);
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.body, Json::parse(R"([{"a":"word"},null,{"b":"word"}])"));
}

TEST(Contract, EndsAtTheFirstFailureInItsOwnWords) {
  const Row row = {"GET",
                   "/x",
                   {{{"first",
                      [](const Foreign&, const Results&) -> Params {
                        return Json{{"fail", true}};
                      }},
                     {"second", [](const Foreign&, const Results& r) -> Params { return r.at(7); }}}},
                   [](const Foreign&, const Results&) -> Result<Answer> { return Answer{}; }};
  const Answer answer = run_row(row, Foreign());
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(answer.body, "busy");
}

TEST(Contract, NamesNoRequestTwice) {
  std::set<std::string> seen;
  for (const Contract* contract : {&winkterm(), &persistent_terminal(), &wsh()}) {
    for (const Row& row : contract->rows) {
      EXPECT_TRUE(seen.insert(std::string(row.verb) + " " + row.path).second) << row.path;
      EXPECT_NE(row.steps[0].method, nullptr) << row.path;
      EXPECT_NE(row.answer, nullptr) << row.path;
    }
  }
}

TEST(Contract, ReadsNumbersAndFlagsOfAQuery) {
  Foreign f;
  f.query = {{"n", "12"}, {"big", "99999999999999999999"}, {"word", "x"}, {"on", "TRUE"}, {"bare", ""}, {"off", "no"}};
  EXPECT_EQ(f.number("n", 5, 0, 100), 12);
  EXPECT_EQ(f.number("n", 5, 0, 10), 10);
  EXPECT_EQ(f.number("n", 5, 20, 100), 20);
  EXPECT_EQ(f.number("big", 5, 0, 100), 5);
  EXPECT_EQ(f.number("word", 5, 0, 100), 5);
  EXPECT_EQ(f.number("absent", 5, 0, 100), 5);
  EXPECT_TRUE(f.flag("on") && f.flag("bare"));
  EXPECT_FALSE(f.flag("off") || f.flag("absent"));
}

}  // namespace
}  // namespace duotty::compat
