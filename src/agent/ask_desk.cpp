// One question: prompt, stream, answer.
#include <algorithm>
#include <duotty/agent/answer.hpp>
#include <duotty/agent/ask.hpp>
#include <duotty/agent/redact.hpp>
#include <duotty/base/random.hpp>
#include <duotty/base/text.hpp>
#include <utility>

#include "context.hpp"
#include "prompt.hpp"

namespace duotty::agent {

using base::Errc;
using base::Error;
using base::Result;
using core::Task;

namespace {

constexpr std::string_view stopped_note = "\n[stopped here]";

/// The question without the `#` it was typed with.
std::string_view bare_question(std::string_view text) {
  text = base::trim(text);
  while (text.starts_with('#')) text = base::trim(text.substr(1));
  return text;
}

/// One line for the terminal, whatever a server put into it.
Error clean_error(const Error& error) {
  const std::string line = base::replace_all(sanitize_display(error.message()), "\n", " ");
  return Error(error.code(), std::string(base::trim(line)), error.field());
}

}  // namespace

/// An answer on its way: cleans and splits the stream, and remembers what was said even if the turn breaks off.
class AskDesk::Turn {
 public:
  Turn(AskDesk& desk, std::string thread_id, std::string question, AskSink& sink)
      : desk_(desk), thread_id_(std::move(thread_id)), question_(std::move(question)), sink_(sink) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    if (!shown_.empty()) desk_.remember(thread_id_, std::move(question_), clean_ + std::string(stopped_note));
  }

  void take(std::string_view text) {
    const std::string clean = sanitizer_.feed(text);
    clean_ += clean;
    show(splitter_.feed(clean));
  }

  AskResult complete(const llm::Outcome& outcome) {
    const bool cut = outcome.finish == llm::FinishReason::length;
    const std::string tail = sanitizer_.finish();
    clean_ += tail;
    show(splitter_.feed(tail));
    AnswerSplitter::Rest rest = splitter_.finish(cut ? AnswerEnd::cut : AnswerEnd::complete);
    show(rest.display);
    if (cut) show("\n[The answer ends here: it reached its length limit.]");
    AskResult result{std::exchange(shown_, {}), std::move(rest.command), outcome.usage, outcome.model};
    if (!result.text.empty() || result.command) desk_.remember(thread_id_, std::move(question_), std::move(clean_));
    return result;
  }

  /// The answer broke off: what was held back is shown, it was said after all.
  void break_off() {
    show(splitter_.feed(sanitizer_.finish()));
    show(splitter_.finish(AnswerEnd::cut).display);
  }

 private:
  void show(std::string_view text) {
    if (text.empty()) return;
    shown_ += text;
    sink_.on_text(text);
  }

  AskDesk& desk_;
  std::string thread_id_;
  std::string question_;
  AskSink& sink_;
  DisplaySanitizer sanitizer_;
  AnswerSplitter splitter_;
  std::string clean_;  ///< everything the model said, command included: what the thread remembers
  std::string shown_;
};

AskDesk::AskDesk(llm::LlmClient& client, ProviderSource provider, AskDeskOptions options)
    : client_(client), provider_(std::move(provider)), options_(std::move(options)) {
  if (!options_.boundary) options_.boundary = [] { return base::make_token(12); };
}

Task<Result<AskResult>> AskDesk::ask(AskRequest request, AskSink& sink) {
  const std::string question(bare_question(request.question));
  if (auto local = answer_locally(request.thread_id, question, sink)) co_return std::move(*local);
  auto provider = provider_();
  if (!provider) co_return clean_error(provider.error());
  std::vector<std::string> secrets;
  if (options_.secrets) secrets = options_.secrets();
  secrets.emplace_back(provider->api_key.reveal());
  llm::ChatRequest chat = make_request(request, question, secrets);
  Turn turn(*this, request.thread_id, redact(question, secrets), sink);
  llm::StreamCallbacks callbacks;
  callbacks.on_text = [&turn](std::string_view text) { turn.take(text); };
  callbacks.on_retry = [&sink](std::string_view reason, std::chrono::milliseconds wait) {
    const std::string line = clean_error(Error(Errc::upstream, std::string(reason))).message();
    sink.on_wait(line + "; trying again in " + std::to_string(std::max<long long>((wait.count() + 999) / 1000, 1)) +
                 " s");
  };
  auto outcome = co_await client_.stream(std::move(chat), std::move(*provider), std::move(callbacks));
  if (!outcome) {
    if (outcome.error().code() != Errc::cancelled) turn.break_off();
    co_return clean_error(outcome.error());
  }
  AskResult result = turn.complete(*outcome);
  if (result.text.empty() && !result.command) {
    co_return Error(Errc::upstream,
                    outcome->finish == llm::FinishReason::refused
                        ? "The model declined to answer."
                        : "The model gave an empty answer; ask again, or choose another with # /model.");
  }
  co_return result;
}

llm::ChatRequest AskDesk::make_request(const AskRequest& request, const std::string& question,
                                       const std::vector<std::string>& secrets) {
  Thread& memory = thread(request.thread_id);
  llm::ChatRequest chat;
  chat.system = prompt("terminal.md");
  chat.messages.assign(memory.messages.begin(), memory.messages.end());
  chat.messages.push_back({llm::Role::user, build_question(request.context, question, options_.boundary(), secrets)});
  chat.model = memory.model;
  chat.max_tokens = options_.max_tokens;
  return chat;
}

}  // namespace duotty::agent
