#pragma once
// What a terminal session tells its owner.
#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace duotty::session {

class Session;
struct CommandBlock;

/// What a session tells its registry. Called on the loop, from inside the session: do not destroy it here.
class SessionEvents {
 public:
  virtual ~SessionEvents() = default;
  /// Name, title, cwd, state, size or viewers changed.
  virtual void on_updated(Session& session) = 0;
  /// The program ended; the terminal stays readable.
  virtual void on_program_exited(Session& session) = 0;
  /// A person asked the AI at the prompt.
  virtual void on_asked(Session& session, const std::string& question) = 0;
  /// A command started, has ended, or runs on while its older output is about to go from the ring. The same may be told
  /// again after a restart.
  virtual void on_block(Session& session, const CommandBlock& block) = 0;
  /// Something for the event log: `action` with what belongs to it besides the terminal.
  virtual void on_noted(Session& session, std::string_view action, nlohmann::json fields) = 0;
  /// The meta must be stored for the next worker.
  virtual void on_meta_changed(Session& session) = 0;
  /// A person pressed a key in it.
  virtual void on_typed(const Session& session) = 0;
  /// When a person last pressed a key in any other terminal.
  virtual std::chrono::steady_clock::time_point typed_elsewhere(const Session& session) const = 0;
};

}  // namespace duotty::session
