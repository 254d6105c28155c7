#pragma once
// The desk that answers `#` questions: it builds the prompt, remembers each terminal's conversation, cleans what the
// model writes and finds the command in it. It does not run, type or draw anything; its caller does.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <duotty/base/error.hpp>
#include <duotty/core/task.hpp>
#include <duotty/llm/client.hpp>
#include <duotty/llm/model.hpp>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::agent {

/// One command that was run in the terminal.
struct RecentBlock {
  std::string command;
  std::string cwd;
  std::string output;  ///< text without escape sequences; any length, it is reduced to head and tail
  std::optional<int> exit_code;
  std::optional<std::chrono::milliseconds> duration;
};

/// What the model may know of the terminal. Everything is untrusted data; fields not known are empty.
struct AskContext {
  std::string shell;  ///< `bash`, `zsh`, …
  std::string os;     ///< `Debian GNU/Linux 12`
  std::string user;
  std::string host;
  std::string cwd;
  std::vector<RecentBlock> recent;  ///< oldest first; the last is the command before the question
  std::string screen;               ///< the visible rows as text, soft wraps undone
};

struct AskRequest {
  std::string thread_id;  ///< the terminal's id: questions of one terminal follow each other
  std::string question;   ///< what was typed; a leading `#` and blanks are taken off
  AskContext context;
};

struct AskResult {
  std::string text;                    ///< what the sink was given, as one text
  std::optional<std::string> command;  ///< one line without control characters, to be proposed and never executed
  llm::Usage usage;
  std::string model;  ///< empty for answers made here (`/help`)
};

/// Receives an answer while it is made. Called on the loop; must not suspend or destroy the desk.
class AskSink {
 public:
  virtual ~AskSink() = default;
  /// Text for display: UTF-8 and LF, no control or escape characters, no command, no fence marks. Light Markdown may be
  /// in it; code stands indented by four spaces (wrap.hpp draws it).
  virtual void on_text(std::string_view text) = 0;
  /// Something takes longer (`429: rate limit …; trying again in 4 s`): one line to show until the first text.
  virtual void on_wait(std::string_view sentence) { static_cast<void>(sentence); }
};

struct AskDeskOptions {
  std::size_t max_messages = 20;  ///< of one thread, questions and answers together
  std::size_t max_thread_bytes = 48 * 1024;
  std::size_t max_threads = 256;  ///< the one unused for longest is forgotten
  int max_tokens = 4096;
  /// Our own secrets, blotted out of everything that goes to a model. Asked at every question; may be empty.
  std::function<std::vector<std::string>()> secrets;
  /// Makes the boundary around untrusted data; empty: random.
  std::function<std::string()> boundary;
};

/// Loop thread only. Must outlive its running ask() calls.
class AskDesk {
 public:
  /// Which provider to ask; called at every question, so that changed settings hold at once.
  using ProviderSource = std::function<base::Result<llm::Provider>()>;

  /// `client` must outlive this object.
  AskDesk(llm::LlmClient& client, ProviderSource provider, AskDeskOptions options = {});

  /// Answers one question; `sink` must outlive the call. `/reset`, `/model [NAME]`, `/help` and an empty question are
  /// answered here. Errors are those of LlmClient::stream() and of the provider source: their message is one line for
  /// the terminal. A question that fails before its first text leaves the thread as it was; one that is cut or
  /// cancelled is remembered with what was said. Cancellation as in LlmClient::stream(). Calls may overlap, also within
  /// a thread.
  core::Task<base::Result<AskResult>> ask(AskRequest request, AskSink& sink);

  /// Drops the memory of a thread; call it when its terminal ends.
  void forget(std::string_view thread_id);
  /// Messages remembered for a thread, oldest first.
  std::vector<llm::Message> history(std::string_view thread_id) const;

 private:
  struct Thread {
    std::list<llm::Message> messages;
    std::string model;  ///< chosen by /model; empty: the provider's
    std::uint64_t used = 0;
  };
  class Turn;

  Thread& thread(const std::string& id);
  void remember(const std::string& id, std::string question, std::string answer);
  /// The answer to a word that is answered here; nullopt for a question to the model.
  std::optional<base::Result<AskResult>> answer_locally(const std::string& thread_id, std::string_view question,
                                                        AskSink& sink);
  llm::ChatRequest make_request(const AskRequest& request, const std::string& question,
                                const std::vector<std::string>& secrets);

  llm::LlmClient& client_;
  ProviderSource provider_;
  AskDeskOptions options_;
  std::map<std::string, Thread, std::less<>> threads_;
  std::uint64_t clock_ = 0;
};

}  // namespace duotty::agent
