#pragma once
// Recordings of terminals: what was shown, with its times, as asciicast files. Nothing that was typed is in them but
// what the program echoed. A recording goes on over restarts of the worker.
#include <duotty/base/error.hpp>
#include <duotty/core/event.hpp>
#include <duotty/core/offload.hpp>
#include <duotty/core/scope.hpp>
#include <duotty/recording/cast.hpp>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::session {
class Registry;
class Session;
}  // namespace duotty::session

namespace duotty::recording {

/// What is known of a recording; beside its file as JSON.
struct Recording {
  enum class State {
    running,
    stopped,  ///< by whoever asked for it
    ended,    ///< with its terminal
    full,     ///< its limit was reached
    failed,   ///< the disk took no more
  };
  std::string id;
  std::string terminal;
  std::string terminal_name;
  std::string epoch;  ///< of the terminal: `offset` counts in it
  std::string owner;  ///< isolation label of the terminal
  std::string by;
  std::string title;
  State state = State::running;
  double started_at = 0;  ///< seconds since 1970
  double duration = 0;    ///< time of the last event, in seconds
  int cols = 80;          ///< size at the last event
  int rows = 24;
  std::uint64_t bytes = 0;   ///< of the file
  std::uint64_t offset = 0;  ///< display offset up to which it has the output
  std::uint64_t max_bytes = 0;
};

std::string_view name(Recording::State state) noexcept;

/// What a new recording should be.
struct RecordRequest {
  std::string by;
  std::string title;  ///< empty: the terminal's name
  std::uint64_t max_bytes = 0;
};

/// Loop thread only. `registry` outlives it.
class Desk {
 public:
  /// Recordings that are kept, and how much they may hold together.
  static constexpr std::size_t kMost = 500;
  static constexpr std::uint64_t kMostBytes = std::uint64_t{4} << 30;

  /// `folder` is made, 0700, when it is needed. Empty: nothing is recorded.
  Desk(core::asio::any_io_executor executor, session::Registry& registry, std::string folder);
  ~Desk();

  /// Reads what there is and goes on with what was running. Once, after the registry has its terminals.
  core::Task<> resume();
  /// Errors: conflict when it is being recorded already, limit_reached, unsupported without a folder, io.
  core::Task<base::Result<Recording>> start(std::shared_ptr<session::Session> session, RecordRequest request);
  /// Ends a recording and answers when its file is complete. Errors: not_found when the terminal is not being recorded.
  core::Task<base::Result<Recording>> stop(std::string_view terminal);
  /// Newest first; `owner` as in Registry::find.
  std::vector<Recording> list(std::string_view owner) const;
  base::Result<Recording> find(std::string_view id, std::string_view owner) const;
  /// Whole lines of the file from `offset`, at least one and else at most `limit` bytes; empty at the end.
  core::Task<base::Result<std::string>> read(std::string id, std::uint64_t offset, std::size_t limit);
  /// Stops it if it runs and removes its files.
  core::Task<base::Result<>> remove(std::string id);
  /// What is kept of a terminal's output as one cast; its times are those of the commands.
  core::Task<std::string> history(const session::Session& session);
  /// Lets go of what is running: the next worker goes on.
  core::Task<> stop() { return scope_.stop(); }

 private:
  struct Live;
  core::Task<> follow(std::shared_ptr<Live> live);
  core::Task<bool> flush(Live& live, bool last);
  std::string path(const std::string& id, const char* suffix) const;

  session::Registry& registry_;
  std::string folder_;
  std::map<std::string, Recording, std::less<>> all_;
  std::map<std::string, std::shared_ptr<Live>, std::less<>> live_;  ///< by terminal
  core::Event changed_;
  core::Offload disk_;
  core::Scope scope_;
};

}  // namespace duotty::recording
