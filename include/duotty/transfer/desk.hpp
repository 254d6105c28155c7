#pragma once
// Copies of files and whole folders between the places that files may be in, as jobs that go on after their caller has
// been answered, and with the next worker when this one ends.
#include <chrono>
#include <deque>
#include <duotty/core/event.hpp>
#include <duotty/core/scope.hpp>
#include <duotty/files/atomic_write.hpp>
#include <duotty/rpc/caller.hpp>
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
  count
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
  std::shared_ptr<files::FileSystem> source;  ///< this and the next: nothing until Desk::open has found them
  std::shared_ptr<files::FileSystem> target;
  Place from;
  Place to;
  std::string conflict = "fail";         ///< "fail", "overwrite", "rename", "skip" or "resume"
  bool folder = false;                   ///< `from` is one
  bool checksum = false;                 ///< what was written is read again and compared
  bool again = false;                    ///< an earlier worker has begun it: what it has copied is passed over
  rpc::Caller caller;                    ///< who asked for it
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

/// What there is to say of a transfer, and what the next worker needs of it.
struct Record {
  std::string id;
  Order order;
  State state = State::waiting;
  Tally tally;
  std::optional<base::Error> error;  ///< why it broke off; only when failed
  double created = 0;                ///< seconds since 1970, as the next two; 0 while it has not
  double started = 0;
  double ended = 0;
  std::uint32_t renewed = 0;  ///< workers that have gone on with it
};

/// One copy. Loop thread only.
class Transfer : public std::enable_shared_from_this<Transfer> {
 public:
  Transfer(core::asio::any_io_executor executor, Record record);

  const Record& record() const noexcept { return record_; }
  const std::string& id() const noexcept { return record_.id; }
  const Order& order() const noexcept { return record_.order; }
  State state() const noexcept { return record_.state; }
  bool over() const noexcept { return state() != State::waiting && state() != State::running; }
  const Tally& tally() const noexcept { return record_.tally; }
  const std::optional<base::Error>& error() const noexcept { return record_.error; }
  /// Bytes a second, 0 when it does not run.
  double rate() const;
  /// Suspends until there is news or `deadline` has passed.
  Task<> news(time_point deadline);

 private:
  friend class Desk;
  Record record_;
  Meter meter_;
  bool cancelled_ = false;
  time_point told_{};
  core::Event changed_;
  core::Scope scope_;
};

class Ledger;

/// All of them. Loop thread only; stop() before it goes.
class Desk {
 public:
  static constexpr std::size_t kRunning = 3;   ///< at a time; the others wait in line
  static constexpr std::size_t kWaiting = 50;  ///< in line
  static constexpr std::size_t kKept = 200;    ///< that are over

  static constexpr std::uint32_t kRenewals = 5;  ///< of one transfer: who ended so many workers is not tried again

  /// `directory` (its parent exists) is where records are kept; empty: nowhere.
  Desk(core::asio::any_io_executor executor, std::string directory);
  ~Desk();

  /// Finds the places of what an earlier worker has left, and whether its caller still may; set before resume().
  std::function<Task<Result<>>(Order& order)> open;
  /// Takes what earlier workers have left, and goes on with what was not over. Once, before the first start().
  void resume();
  /// Puts it in line; the next worker knows of it when this returns. Error limit_reached when the line is too long.
  Task<Result<std::shared_ptr<Transfer>>> start(Order order);
  /// nullptr when there is none that the owner may see.
  std::shared_ptr<Transfer> find(std::string_view id, std::string_view owner) const;
  /// Newest first; `owner` empty: all.
  std::vector<std::shared_ptr<Transfer>> list(std::string_view owner) const;
  /// Takes it back: what was written of a file stays to be gone on with. False when it was over.
  bool cancel(Transfer& transfer);
  /// Called when a transfer begins to wait, to run, is over, and now and then meanwhile.
  std::function<void(const Transfer&)> on_news;
  /// Ends all of them; those that were not over are gone on with by the next worker.
  Task<> stop();

 private:
  class Ending;
  void enter(const std::shared_ptr<Transfer>& transfer);
  Task<> keep(std::shared_ptr<Transfer> transfer);
  void keep_later(std::shared_ptr<Transfer> transfer);
  Task<> keep_counted(std::shared_ptr<Transfer> transfer);
  Task<Result<>> find_again(Transfer& transfer);
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
  std::unique_ptr<Ledger> ledger_;
  std::size_t keeping_ = 0;  ///< records that are yet to be written
  bool stopping_ = false;
  core::Scope scope_;
};

}  // namespace duotty::transfer
