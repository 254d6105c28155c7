#include "ssh_answers.hpp"

#include <duotty/base/text.hpp>
#include <nlohmann/json.hpp>

#include "render.hpp"
#include "terminal_commands.hpp"

namespace duotty::cli {
namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr int kPatienceMs = 60'000;
/// Hosts on the way and rounds of questions together: one that never has enough is given up.
constexpr int kMostRounds = 40;

std::string prompt_of(const Json& prompt) {
  std::string text = visible_line(std::string(base::trim(text_of(prompt, "text"))));
  if (text.empty()) text = "Answer";
  if (text.back() != ':' && text.back() != '?') text += ':';
  return text + ' ';
}

/// What the person says to one round of questions.
Result<Json> ask_person(const Context& context, const Json& questions) {
  for (const char* line : {"name", "instruction"}) {
    const std::string text = visible_line(text_of(questions, line));
    if (!text.empty()) context.console.err(text + "\n");
  }
  Json answers = Json::array();
  for (const auto& prompt : record::list_of(questions, "prompts")) {
    const std::string text = prompt_of(prompt);
    auto typed = flag_of(prompt, "hidden") ? context.ask_secret(text) : context.ask_line(text);
    if (!typed) return typed.error();
    answers.push_back(std::move(*typed));
  }
  return answers;
}

/// Answers the questions in `asked` (a result, or an error's details) and says how it went on.
Task<Result<Json>> answer_once(const Context& context, Remote& remote, Json asked) {
  const Json& questions = record::member_of(asked, "questions");
  Json params = {{"conn_id", text_of(asked, "connection_id")},
                 {"round", record::integer_of(questions, "round")},
                 {"wait_ms", kPatienceMs}};
  auto answers = ask_person(context, questions);
  params["answers"] = answers ? std::move(*answers) : Json::array();
  auto result = co_await remote.call("ssh.answer", std::move(params), {});
  if (!answers) co_return Error(answers.error().code(), "Signing in was given up.");
  co_return result;
}

/// Goes on until the connection that asks is there.
Task<Result<Json>> answer_all(const Context& context, Remote& remote, Json asked) {
  const std::string id = text_of(asked, "connection_id");
  for (int round = 0; round < kMostRounds; ++round) {
    const bool asks = asked.contains("questions");
    Result<Json> next = Error();
    if (asks) {
      next = co_await answer_once(context, remote, asked);
    } else {
      Json params = {{"conn_id", id}, {"wait_ms", kPatienceMs}};
      next = co_await remote.call("ssh.connect", std::move(params), {});
    }
    if (!next || text_of(*next, "state") == "connected") co_return next;
    asked = std::move(*next);
  }
  co_return Error(Errc::upstream, "The host does not stop asking.");
}

bool asks(const Context& context, Remote& remote, const Error& error, Json& asked) {
  if (error.code() != Errc::awaiting_auth || !context.has_person()) return false;
  const Json* details = remote.details_of(error);
  if (details == nullptr || !details->contains("questions")) return false;
  asked = *details;
  return true;
}

}  // namespace

Task<Result<Json>> connect_asking(Context& context, Remote& remote, std::string name) {
  for (int hop = 0; hop < kMostRounds; ++hop) {
    Json params = {{"conn_id", name}, {"wait_ms", kPatienceMs}};
    auto done = co_await remote.call("ssh.connect", std::move(params), {});
    if (!done || text_of(*done, "state") == "connected") co_return done;
    if (!done->contains("questions")) continue;
    if (!context.has_person()) {
      co_return Error(Errc::awaiting_auth,
                      "The host asks something to let us in. Run this at a terminal, or answer "
                      "with ssh.answer.");
    }
    // It may have been a host on the way that has asked.
    auto answered = co_await answer_all(context, remote, std::move(*done));
    if (!answered) co_return answered;
  }
  co_return Error(Errc::timeout, "The host does not let us in.");
}

Task<Result<Json>> Answering::call(std::string method, Json params, OnProgress on_progress) {
  for (int hop = 0;; ++hop) {
    auto result = co_await remote_.call(method, params, on_progress);
    Json asked;
    if (result || hop >= kMostRounds || !asks(context_, remote_, result.error(), asked)) co_return result;
    auto answered = co_await answer_all(context_, remote_, std::move(asked));
    if (!answered) co_return answered;
  }
}

}  // namespace duotty::cli
