#pragma once
// All terminals: made, adopted, found, expired, closed; and what happened to them, for those who watch.
#include <array>
#include <chrono>
#include <deque>
#include <duotty/core/scope.hpp>
#include <duotty/pty/keeper_client.hpp>
#include <duotty/pty/launch.hpp>
#include <duotty/session/event_log.hpp>
#include <duotty/session/session.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace duotty::session {

struct RegistryOptions {
  std::string state_dir;    ///< the keeper's; terminals/<id> holds ring and checkpoint
  std::string runtime_dir;  ///< private directories of the terminals: t/<id>
  std::string memory_dir;   ///< a directory of ours in memory for checkpoints, used when `history` is off; empty: none
  std::size_t max_terminals = 1000;
  bool history = true;  ///< rings and checkpoints in files on the disk; else in memory only
  bool ask_enabled = true;
  std::chrono::seconds keep_exited{600};
  std::string default_cwd;  ///< empty: the account's home
  std::string program;      ///< this binary
};

/// What a new terminal should be.
struct CreateRequest {
  std::string name;
  std::string created_by;
  std::string owner;
  WindowSize size;
  double ttl_seconds = 0;
  bool user_visible = true;
  bool transient = false;
  std::string cwd;
  std::string shell;
  std::vector<std::string> command;
  std::vector<std::pair<std::string, std::string>> env;
  std::vector<std::string> tags;
  bool integration = true;
  std::optional<RemoteHost> remote;  ///< where it runs, if not here
};

/// One change in the list of terminals.
struct Lifecycle {
  enum class Kind { created, updated, closed };
  std::uint64_t sequence = 0;
  Kind kind = Kind::updated;
  std::string id;
  std::shared_ptr<Session> session;  ///< empty when closed
};

/// Loop thread only. Outlives every session's user but not the keeper client.
class Registry final : public pty::KeeperEvents, public SessionEvents {
 public:
  using Asked = std::function<void(const std::shared_ptr<Session>&, const std::string&)>;

  Registry(core::asio::any_io_executor executor, pty::KeeperClient& keeper, EventLog& events, RegistryOptions options);
  ~Registry() override;

  /// Rebuilds the terminals of an earlier worker; then start() begins to consume and to expire.
  void adopt(std::vector<pty::Adopted> terminals);
  void start(Asked asked);
  /// Checkpoints and lets go of every terminal without ending it.
  core::Task<> stop();

  /// Errors: limit_reached, invalid_params, conflict (a live terminal of that owner has the name), spawn_failed.
  core::Task<base::Result<std::shared_ptr<Session>>> create(CreateRequest request);
  /// By id, else by name; of a name that an ended terminal left behind, the live one. Errors: terminal_not_found;
  /// conflict when terminals of several owners have that name. `owner`: only terminals with that label are seen; empty
  /// sees all.
  base::Result<std::shared_ptr<Session>> find(std::string_view id_or_name, std::string_view owner = {}) const;
  /// Whether a terminal (`self`, null for a new one) of `owner` may be called `name`. Errors: invalid_params, conflict.
  base::Result<> check_name(const std::string& name, std::string_view owner, const Session* self) const;
  std::vector<std::shared_ptr<Session>> list(std::string_view owner = {}) const;
  /// Ends the program if it runs and forgets the terminal.
  void close(const std::shared_ptr<Session>& session);
  /// Whether `# question` asks the AI, in every terminal from now on.
  void set_ask_enabled(bool enabled);
  /// The terminal a person used last; empty when none.
  std::string active_id() const;
  std::size_t size() const noexcept { return sessions_.size(); }

  /// Changes after `sequence`; `complete` is false when older ones are no longer kept.
  std::vector<Lifecycle> changes_since(std::uint64_t sequence, bool& complete) const;
  std::uint64_t last_change() const noexcept { return change_sequence_; }
  core::Event& changed() noexcept { return changed_; }
  EventLog& events() noexcept { return log_; }
  bool keeper_lost() const noexcept { return keeper_lost_; }
  /// Set by the daemon: what to do when the keeper is gone.
  std::function<void()> on_lost;
  /// Set by the daemon before adopt(): a command of a terminal started or ended (SessionEvents::on_block).
  std::function<void(Session&, const CommandBlock&)> on_command;
  /// Set by the daemon: a terminal was closed; nothing with its id comes again.
  std::function<void(const std::string& id)> on_closed;

  // --- KeeperEvents, SessionEvents
  // ------------------------------------------------------------------------------------
  void on_output(const std::string& id) override;
  void on_exited(const std::string& id, const pty::ExitStatus& status) override;
  void on_keeper_lost() override;
  void on_updated(Session& session) override;
  void on_program_exited(Session& session) override;
  void on_asked(Session& session, const std::string& question) override;
  void on_block(Session& session, const CommandBlock& block) override;
  void on_noted(Session& session, std::string_view action, nlohmann::json fields) override;
  void on_meta_changed(Session& session) override;
  void on_typed(const Session& session) override;
  std::chrono::steady_clock::time_point typed_elsewhere(const Session& session) const override;

 private:
  struct Entry {
    std::shared_ptr<Session> session;
    std::chrono::steady_clock::time_point exited_at{};
  };
  std::string directory_of(const std::string& id) const;
  std::string display_path(const std::string& id) const;
  base::Result<pty::LaunchPlan> plan(const CreateRequest& request, Meta& meta) const;
  base::Result<pty::LaunchPlan> plan_remote(const CreateRequest& request, Meta& meta) const;
  void record(Lifecycle::Kind kind, const std::string& id, std::shared_ptr<Session> session);
  core::Task<> expire();
  core::Task<> bury();
  void remove_private(const Session& session) const;

  core::asio::any_io_executor executor_;
  pty::KeeperClient& keeper_;
  EventLog& log_;
  RegistryOptions options_;
  core::Offload disk_;   ///< where sessions write their checkpoints
  core::Offload folds_;  ///< where they make long output text
  Asked asked_;
  std::map<std::string, Entry, std::less<>> sessions_;
  std::deque<Lifecycle> changes_;
  std::uint64_t change_sequence_ = 0;
  struct Typing {
    const Session* session = nullptr;  // only compared
    std::chrono::steady_clock::time_point at{};
  };
  std::array<Typing, 2> typing_;         ///< the last two terminals that persons typed into, newest first
  std::multiset<std::string> starting_;  ///< names of terminals whose program is being started
  bool keeper_lost_ = false;
  core::Event changed_;
  std::vector<std::shared_ptr<Session>> retired_;  ///< closed, their coroutines not yet ended
  core::Scope scope_;
};

}  // namespace duotty::session
