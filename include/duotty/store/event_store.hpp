#pragma once
// The last events, `events.db`: written in batches on a thread of its own, read once by the next worker.
#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <duotty/base/error.hpp>
#include <duotty/core/task.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace duotty::store {

/// One event: its id and its text as it was given.
struct EventRow {
  std::uint64_t id = 0;
  std::string body;
};

/// What an earlier worker has left.
struct KeptEvents {
  std::string epoch;           ///< random word, made with the file: ids belong together while it is the same
  std::vector<EventRow> rows;  ///< oldest first
};

/// Loop thread only.
class EventStore {
 public:
  /// `keep`: how many of the newest are kept. The file is made with mode 0600; a damaged one is set aside.
  EventStore(boost::asio::any_io_executor executor, std::string path, std::size_t keep);
  EventStore(const EventStore&) = delete;
  EventStore& operator=(const EventStore&) = delete;
  ~EventStore();

  /// Opens the file. Before the first put(). Errors: io with the reason when there is no usable database.
  core::Task<base::Result<KeptEvents>> load();
  /// Queues an event. An id that is there already stands for the new text.
  void put(EventRow row);
  /// Told when everything up to `id` has been written, or, with `kept` false, could not be.
  std::function<void(std::uint64_t id, bool kept)> on_written;
  /// Writes what waits and closes.
  core::Task<> stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace duotty::store
