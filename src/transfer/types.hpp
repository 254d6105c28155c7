#pragma once
// Parameters and results of the methods about transfers.
#include <duotty/files/file_system.hpp>
#include <duotty/record/codec.hpp>

namespace duotty::transfer {

using record::field;

struct PlaceParams {
  std::string path;
  std::string connection_id;
  static constexpr auto fields() {
    using T = PlaceParams;
    return std::tuple{
        field("path", &T::path, "Absolute path, or ~/... from where one starts.").required().range(1, files::kMostPath),
        field("connection_id", &T::connection_id,
              "Id, title or host of an SSH connection; absent: the server's own machine.")
            .range(0, 64)};
  }
};

struct StartParams {
  PlaceParams from;
  PlaceParams to;
  std::string conflict = "fail";
  bool recursive = false;
  bool checksum = false;
  static constexpr auto fields() {
    using T = StartParams;
    return std::tuple{
        field("from", &T::from, "What to copy: a file, or with `recursive` a folder.").required(),
        field("to", &T::to, "What it becomes there; with / at its end: the folder it goes into.").required(),
        field("conflict", &T::conflict,
              "When a file is there: fail, overwrite, rename the new one, skip, or resume: go on with what an earlier "
              "transfer has left, and pass over what has the same size and time. A folder that is there is filled.")
            .one_of("fail", "overwrite", "rename", "skip", "resume"),
        field("recursive", &T::recursive, "Copy a folder with all that is in it, links left out."),
        field("checksum", &T::checksum, "Read again what was written and compare its SHA-256; else only its size.")};
  }
};

struct TransferId {
  std::string transfer_id;
  static constexpr auto fields() {
    return std::tuple{field("transfer_id", &TransferId::transfer_id, "Id of the transfer.").required().range(1, 64)};
  }
};

/// Of GET /api/files/archive.
struct ArchiveParams {
  std::vector<std::string> path;
  std::string connection_id;
  static constexpr auto fields() {
    using T = ArchiveParams;
    return std::tuple{field("path", &T::path, "A folder or file; several times for several.").required().range(1, 1000),
                      field("connection_id", &T::connection_id,
                            "Id, title or host of an SSH connection; absent: the server's own machine.")
                          .range(0, 64)};
  }
};

struct TransferWait {
  std::string transfer_id;
  double max_wait_ms = 30000;
  static constexpr auto fields() {
    using T = TransferWait;
    return std::tuple{field("transfer_id", &T::transfer_id, "Id of the transfer.").required().range(1, 64),
                      field("max_wait_ms", &T::max_wait_ms, "Longest wait in milliseconds.").range(0, 86400000)};
  }
};

struct TransferList {
  std::string state;
  int limit = 50;
  static constexpr auto fields() {
    using T = TransferList;
    return std::tuple{field("state", &T::state, "Only those in this state.")
                          .one_of("", "waiting", "running", "done", "incomplete", "failed", "cancelled"),
                      field("limit", &T::limit, "Most to return.").range(1, 300)};
  }
};

struct PathNote {
  std::string path;
  std::string reason;
  static constexpr auto fields() {
    return std::tuple{field("path", &PathNote::path, "The file or folder."),
                      field("reason", &PathNote::reason, "What there is to say of it.")};
  }
};

struct Trouble {
  std::string code;
  std::string message;
  static constexpr auto fields() {
    return std::tuple{field("code", &Trouble::code, "As of any error."),
                      field("message", &Trouble::message, "The sentence for people.")};
  }
};

struct TransferPlace {
  std::string connection_id;
  std::string path;
  static constexpr auto fields() {
    using T = TransferPlace;
    return std::tuple{field("connection_id", &T::connection_id, "As it was given; empty: the server's own machine."),
                      field("path", &T::path, "In full.")};
  }
};

struct TransferInfo {
  std::string transfer_id;
  std::string state;
  TransferPlace from;
  TransferPlace to;
  bool folder = false;
  std::string conflict;
  bool checksum = false;
  std::string by;
  std::string created_at;
  std::optional<std::string> started_at;
  std::optional<std::string> ended_at;
  bool counting = false;
  bool checking = false;
  std::int64_t files = 0;
  std::int64_t files_total = 0;
  std::int64_t folders = 0;
  std::int64_t skipped = 0;
  std::int64_t bytes = 0;
  std::int64_t bytes_total = 0;
  std::int64_t rate = 0;
  std::optional<std::int64_t> eta_s;
  std::optional<std::string> current;
  std::int64_t failed = 0;
  std::vector<PathNote> failures;
  std::int64_t left_out = 0;
  std::vector<PathNote> left_out_paths;
  std::optional<Trouble> error;
  static constexpr auto fields() {
    using T = TransferInfo;
    return std::tuple{
        field("transfer_id", &T::transfer_id, "Names it in the other methods."),
        field("state", &T::state,
              "waiting (in line), running, done, incomplete (all but `failures`), failed (it broke off: `error`), "
              "cancelled."),
        field("from", &T::from, "What is copied."),
        field("to", &T::to, "What it becomes; of a file that is over, where it went."),
        field("folder", &T::folder, "It is a folder."),
        field("conflict", &T::conflict, "As it was asked for."),
        field("checksum", &T::checksum, "As it was asked for."),
        field("by", &T::by, "Who started it."),
        field("created_at", &T::created_at, "When it was asked for, in UTC."),
        field("started_at", &T::started_at, "When it began to copy.").omit_empty(),
        field("ended_at", &T::ended_at, "When it was over.").omit_empty(),
        field("counting", &T::counting, "More may be found: the totals grow."),
        field("checking", &T::checking, "What was written is read again for its checksum."),
        field("files", &T::files, "Files that were copied."),
        field("files_total", &T::files_total, "Files that were found."),
        field("folders", &T::folders, "Folders that were made."),
        field("skipped", &T::skipped, "Files that were there and stay."),
        field("bytes", &T::bytes, "Bytes that are there, those of an earlier attempt included."),
        field("bytes_total", &T::bytes_total, "Bytes to copy, as far as they were found."),
        field("rate", &T::rate, "Bytes a second lately."),
        field("eta_s", &T::eta_s, "Seconds that are left at this rate.").omit_empty(),
        field("current", &T::current, "What was begun last, while it runs.").omit_empty(),
        field("failed", &T::failed, "Files and folders that could not be copied."),
        field("failures", &T::failures, "The first hundred of those."),
        field("left_out", &T::left_out, "Links, devices, pipes: they are not copied."),
        field("left_out_paths", &T::left_out_paths, "The first hundred of those."),
        field("error", &T::error, "Why it failed.").omit_empty()};
  }
};

struct TransferListResult {
  std::vector<TransferInfo> transfers;
  static constexpr auto fields() {
    return std::tuple{
        field("transfers", &TransferListResult::transfers, "Newest first, without their lists of paths.")};
  }
};

struct TransferCancelled {
  TransferInfo transfer;
  bool cancelled = false;
  static constexpr auto fields() {
    using T = TransferCancelled;
    return std::tuple{field("transfer", &T::transfer, "The transfer."),
                      field("cancelled", &T::cancelled, "False when it was over already.")};
  }
};

}  // namespace duotty::transfer
