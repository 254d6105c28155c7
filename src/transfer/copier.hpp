#pragma once
// The course of one copy: what is found is copied by a few at a time, each file whole or not at all.
#include <deque>
#include <duotty/core/offload.hpp>
#include <duotty/transfer/desk.hpp>
#include <set>

#include "checksum.hpp"

namespace duotty::transfer {

/// A name of a folder's entry that means that entry and nothing else.
bool is_name(std::string_view name);

class Copier {
 public:
  /// Everything outlives it. `writing`: files that are being written, for all copies together. `on_bytes` is told how
  /// many bytes have just been written.
  Copier(core::asio::any_io_executor executor, const Order& order, Tally& tally, std::set<std::string>& writing,
         std::function<void(std::uint64_t)> on_bytes);

  /// Copies. An error means that it broke off; what failed for itself is in the tally. Cancelling it leaves what was
  /// written of each file.
  Task<Result<>> run();

 private:
  struct Item {
    std::string from;
    std::string to;
    files::Info info;
  };
  struct Folder {
    std::string from;
    std::string to;
    files::Info info;
    int depth = 0;
  };
  class Counted;

  Task<> walk(Folder root);
  Task<> look_into(Folder folder, std::vector<Folder>& more);
  Task<Result<>> enter(const Folder& folder);
  void take(const Folder& folder, const files::Entry& entry, std::vector<Folder>& more);
  Task<> work();
  Task<Result<>> copy_file(const Item& item);
  Task<Result<>> copy_claimed(const Item& item);
  Task<Result<bool>> is_there(const Item& item);
  Task<Result<>> fill(files::File& source, const files::Info& info, files::AtomicWrite& file, Counted& counted,
                      Checksum* sum);
  Task<Result<>> verify(const std::string& part, Checksum& sum);
  Task<Result<>> sum_up(files::File& file, std::uint64_t end, Checksum& sum);
  Task<> mark_folders();
  files::WriteRequest request_for(const Item& item, const files::Info& info) const;
  Result<> still_good() const { return order_.still_good ? order_.still_good() : Result<>(); }
  /// Whether what an earlier attempt has copied is passed over, and its parts are gone on with.
  bool goes_on() const { return order_.again || order_.conflict == "resume"; }
  void note(const std::string& path, const base::Error& error);

  const Order& order_;
  Tally& tally_;
  std::set<std::string>& writing_;
  std::function<void(std::uint64_t)> on_bytes_;
  std::deque<Item> found_;
  std::vector<Folder> made_;
  std::optional<base::Error> broken_;
  core::Event news_;
  core::Offload offload_;
};

}  // namespace duotty::transfer
