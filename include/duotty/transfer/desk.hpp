#pragma once
// Copies of files and whole folders between the places that files may be in, as jobs that go on after their caller has
// been answered. They live in the memory of the worker; what one has written stays and can be gone on with.
#include <chrono>
#include <deque>
#include <duotty/core/event.hpp>
#include <duotty/core/scope.hpp>
#include <duotty/files/atomic_write.hpp>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::transfer {

using base::Result;
using core::Task;
using time_point = std::chrono::steady_clock::time_point;

enum class State {
  waiting,     ///< for others to end
  running,     ///< it copies
  done,        ///< everything is there
  incomplete,  ///< everything but what `failures` names is there
  failed,      ///< it broke off: `error` says why
  cancelled,   ///< somebody took it back
};
/// Its name on the wire.
const char* name(State state) noexcept;

/// A file or folder and where it is, as callers name it.
struct Place {
  std::string connection_id;  ///< empty: the server's own machine
  std::string path;           ///< in full
};

/// What to copy, and how.
struct Order {
  std::shared_ptr<files::FileSystem> source;
  std::shared_ptr<files::FileSystem> target;
  Place from;
  Place to;
  std::string conflict = "fail";         ///< "fail", "overwrite", "rename", "skip" or "resume"
  bool folder = false;                   ///< `from` is one
  bool checksum = false;                 ///< what was written is read again and compared
  std::string by;                        ///< name of the caller
  std::string owner;                     ///< isolation label of the caller
  std::function<Result<>()> still_good;  ///< asked before every piece: whether the caller may go on; may be empty
};

/// A path and what is said of it.
struct Note {
  std::string path;
  std::string reason;
};
/// The first of many notes, and their number.
struct Notes {
  static constexpr std::size_t kKept = 100;
  std::vector<Note> first;
  std::uint64_t count = 0;
  void add(std::string path, std::string reason);
};

/// How far a copy is.
struct Tally {
  bool counting = true;           ///< more may be found
  std::uint64_t files = 0;        ///< copied
  std::uint64_t files_total = 0;  ///< found
  std::uint64_t folders = 0;      ///< made
  std::uint64_t skipped = 0;      ///< files that were there
  std::uint64_t bytes = 0;        ///< of what was copied, those of an earlier attempt included
  std::uint64_t bytes_total = 0;  ///< of what was found
  int checking = 0;               ///< files whose checksums are being compared
  std::string current;            ///< what was begun last
  std::string written;            ///< where the last file went
  Notes failures;
  Notes left_out;  ///< links, devices, pipes
};

/// Bytes a second over the last seconds. Pure.
class Meter {
 public:
  void add(std::uint64_t bytes, time_point now);
  double rate(time_point now) const;

 private:
  struct Mark {
    time_point when;
    std::uint64_t bytes;
  };
  std::deque<Mark> marks_;
  std::uint64_t bytes_ = 0;
};

/// One copy. Loop thread only.
class Transfer {
 public:
  Transfer(core::asio::any_io_executor executor, std::string id, Order order);

  const std::string& id() const noexcept { return id_; }
  const Order& order() const noexcept { return order_; }
  State state() const noexcept { return state_; }
  bool over() const noexcept { return state_ != State::waiting && state_ != State::running; }
  const Tally& tally() const noexcept { return tally_; }
  /// Why it broke off; only when failed.
  const std::optional<base::Error>& error() const noexcept { return error_; }
  double created() const noexcept { return created_; }
  /// Seconds since 1970, 0 while it has not.
  double started() const noexcept { return started_; }
  double ended() const noexcept { return ended_; }
  /// Bytes a second, 0 when it does not run.
  double rate() const;
  /// Suspends until there is news or `deadline` has passed.
  Task<> news(time_point deadline);

 private:
  friend class Desk;
  std::string id_;
  Order order_;
  State state_ = State::waiting;
  Tally tally_;
  Meter meter_;
  std::optional<base::Error> error_;
  double created_ = 0;
  double started_ = 0;
  double ended_ = 0;
  bool cancelled_ = false;
  time_point told_{};
  core::Event changed_;
  core::Scope scope_;
};

/// All of them. Loop thread only; stop() before it goes.
class Desk {
 public:
  static constexpr std::size_t kRunning = 3;   ///< at a time; the others wait in line
  static constexpr std::size_t kWaiting = 50;  ///< in line
  static constexpr std::size_t kKept = 200;    ///< that are over

  explicit Desk(core::asio::any_io_executor executor);
  ~Desk();

  /// Puts it in line. Error limit_reached when the line is too long.
  Result<std::shared_ptr<Transfer>> start(Order order);
  /// nullptr when there is none that the owner may see.
  std::shared_ptr<Transfer> find(std::string_view id, std::string_view owner) const;
  /// Newest first; `owner` empty: all.
  std::vector<std::shared_ptr<Transfer>> list(std::string_view owner) const;
  /// Takes it back: what was written of a file stays to be gone on with. False when it was over.
  bool cancel(Transfer& transfer);
  /// Called when a transfer begins to wait, to run, is over, and now and then meanwhile.
  std::function<void(const Transfer&)> on_news;
  Task<> stop();

 private:
  class Ending;
  Task<> run(Transfer& transfer);
  Task<Result<>> copy(Transfer& transfer);
  void tell(Transfer& transfer, bool always);
  void trim();

  core::asio::any_io_executor executor_;
  std::deque<std::shared_ptr<Transfer>> transfers_;
  std::list<Transfer*> line_;
  std::size_t running_ = 0;
  std::set<std::string> writing_;  ///< files that are being written
  core::Event free_;
  bool stopping_ = false;
};

}  // namespace duotty::transfer
