// What the desk keeps between questions, and the words it answers itself.
#include <algorithm>
#include <duotty/agent/answer.hpp>
#include <duotty/agent/ask.hpp>
#include <duotty/base/text.hpp>
#include <utility>

namespace duotty::agent {

using base::Errc;
using base::Error;
using base::Result;

namespace {

constexpr std::size_t longest_model_name = 200;
constexpr std::size_t longest_remembered = 16 * 1024;  ///< of one message

constexpr std::string_view help_text =
    "Type a question after # and press Enter. The answer appears here; a proposed command is put on your input line "
    "and "
    "runs only when you press Enter.\n"
    "- `# why did that fail` asks about what just happened\n"
    "- `# shorter` follows up: this terminal's conversation is remembered\n"
    "- `# /reset` forgets the conversation\n"
    "- `# /model NAME` uses another model in this terminal, `# /model` names the present one\n"
    "- `## text` is an ordinary comment\n"
    "Ctrl-C on the empty prompt, or Esc, stops an answer.";

bool usable_model(std::string_view name) {
  return name.size() <= longest_model_name && std::none_of(name.begin(), name.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte <= 0x20 || byte >= 0x7f;
         });
}

AskResult say(AskSink& sink, std::string text) {
  sink.on_text(text);
  return {std::move(text), std::nullopt, {}, {}};
}

}  // namespace

std::optional<Result<AskResult>> AskDesk::answer_locally(const std::string& thread_id, std::string_view question,
                                                         AskSink& sink) {
  const std::size_t end = std::min(question.find_first_of(" \t"), question.size());
  const std::string_view word = question.substr(0, end);
  const std::string_view rest = base::trim(question.substr(end));
  if (question.empty() || (word == "/help" && rest.empty())) return say(sink, std::string(help_text));
  if (word == "/reset" && rest.empty()) {
    thread(thread_id).messages.clear();
    return say(sink, "This terminal's conversation is forgotten.");
  }
  if (word != "/model") return std::nullopt;
  if (!rest.empty()) {
    if (!usable_model(rest)) {
      return Error(Errc::invalid_params, "A model's name is one word of printable ASCII, at most 200 characters.");
    }
    thread(thread_id).model = rest;
    return say(sink, "This terminal now uses " + std::string(rest) + ".");
  }
  std::string model = thread(thread_id).model;
  if (model.empty()) {
    const auto provider = provider_();
    if (!provider) return provider.error();
    model = sanitize_display(provider->model);
  }
  if (model.empty()) model = "the provider's first model";
  return say(sink, "This terminal uses " + model + ". `# /model NAME` changes it.");
}

AskDesk::Thread& AskDesk::thread(const std::string& id) {
  const auto found = threads_.find(id);
  if (found == threads_.end() && threads_.size() >= std::max<std::size_t>(options_.max_threads, 1)) {
    threads_.erase(std::min_element(threads_.begin(), threads_.end(),
                                    [](const auto& a, const auto& b) { return a.second.used < b.second.used; }));
  }
  Thread& memory = threads_[id];
  memory.used = ++clock_;
  return memory;
}

void AskDesk::remember(const std::string& id, std::string question, std::string answer) {
  auto& messages = thread(id).messages;
  messages.push_back({llm::Role::user, base::shorten(question, longest_remembered)});
  messages.push_back({llm::Role::assistant, base::shorten(answer, longest_remembered)});
  std::size_t bytes = 0;
  for (const llm::Message& message : messages) bytes += message.text.size();
  // Pairs leave together, so that a thread always begins with a question.
  while (messages.size() >= 2 && (messages.size() > options_.max_messages || bytes > options_.max_thread_bytes)) {
    for (int i = 0; i < 2; ++i) {
      bytes -= messages.front().text.size();
      messages.pop_front();
    }
  }
}

void AskDesk::forget(std::string_view thread_id) {
  const auto found = threads_.find(thread_id);
  if (found != threads_.end()) threads_.erase(found);
}

std::vector<llm::Message> AskDesk::history(std::string_view thread_id) const {
  const auto found = threads_.find(thread_id);
  if (found == threads_.end()) return {};
  return {found->second.messages.begin(), found->second.messages.end()};
}

}  // namespace duotty::agent
