#include "ledger.hpp"

#include <algorithm>
#include <duotty/base/wire.hpp>
#include <duotty/core/private_directory.hpp>
#include <duotty/core/replace_file.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace duotty::transfer {
namespace {

namespace fs = std::filesystem;
using rpc::Caller;

/// A file of another version is none.
constexpr std::uint32_t kFormat = 1;

std::uint64_t milliseconds(double seconds) {
  return static_cast<std::uint64_t>(seconds * 1000);
}
double seconds(std::uint64_t milliseconds) {
  return static_cast<double>(milliseconds) / 1000;
}

/// Paths and reasons in turns.
std::vector<std::string> flat(const Notes& notes) {
  std::vector<std::string> out;
  for (const Note& one : notes.first) out.insert(out.end(), {one.path, one.reason});
  return out;
}
Notes notes_of(std::vector<std::string> texts, std::uint64_t count) {
  Notes out;
  for (std::size_t i = 0; i + 1 < texts.size(); i += 2) out.add(std::move(texts[i]), std::move(texts[i + 1]));
  out.count = std::max(out.count, count);
  return out;
}

/// A record as it is written.
struct Line {
  std::uint32_t format = kFormat;
  Record record;
  std::uint8_t kind = 0;
  std::uint64_t created = 0;
  std::uint64_t started = 0;
  std::uint64_t ended = 0;
  std::vector<std::string> failures;
  std::vector<std::string> left_out;
  std::vector<std::string> error;  ///< code, sentence, parameter; or nothing

  template <class Archive>
  void fields(Archive& archive) {
    Order& order = record.order;
    Tally& tally = record.tally;
    archive(format), archive(record.id), archive(record.state), archive(record.renewed);
    archive(order.from.connection_id), archive(order.from.path), archive(order.to.connection_id);
    archive(order.to.path), archive(order.conflict), archive(order.folder), archive(order.checksum);
    archive(kind), archive(order.caller.name), archive(order.caller.owner), archive(order.caller.scopes);
    archive(tally.files), archive(tally.files_total), archive(tally.folders), archive(tally.skipped);
    archive(tally.bytes), archive(tally.bytes_total), archive(tally.written);
    archive(tally.failures.count), archive(failures), archive(tally.left_out.count), archive(left_out);
    archive(created), archive(started), archive(ended), archive(error);
  }
};

}  // namespace

std::string encode(const Record& record) {
  Line line;
  line.record = record;
  line.kind = static_cast<std::uint8_t>(record.order.caller.kind);
  line.created = milliseconds(record.created);
  line.started = milliseconds(record.started);
  line.ended = milliseconds(record.ended);
  line.failures = flat(record.tally.failures);
  line.left_out = flat(record.tally.left_out);
  if (record.error) line.error = {record.error->name(), record.error->message(), record.error->field()};
  base::Writer writer;
  line.fields(writer);
  return std::move(writer.out);
}

std::optional<Record> decode(std::string_view bytes) {
  Line line;
  base::Reader reader(bytes);
  line.fields(reader);
  Record& record = line.record;
  if (!reader.finished() || line.format != kFormat || record.id.empty() ||
      line.kind > static_cast<std::uint8_t>(Caller::Kind::agent)) {
    return std::nullopt;
  }
  record.order.caller.kind = static_cast<Caller::Kind>(line.kind);
  record.created = seconds(line.created);
  record.started = seconds(line.started);
  record.ended = seconds(line.ended);
  record.tally.counting = false;
  record.tally.failures = notes_of(std::move(line.failures), record.tally.failures.count);
  record.tally.left_out = notes_of(std::move(line.left_out), record.tally.left_out.count);
  if (line.error.size() == 3) {
    record.error = base::Error(base::errc_from_name(line.error[0]), std::move(line.error[1]), std::move(line.error[2]));
  }
  return std::move(record);
}

std::vector<Record> Ledger::load() const {
  std::vector<Record> out;
  std::error_code failed;
  for (const auto& item : fs::directory_iterator(directory_, failed)) {
    std::ifstream file(item.path(), std::ios::binary);
    auto record = decode(std::string(std::istreambuf_iterator<char>(file), {}));
    if (record && record->id == item.path().filename().string()) {
      out.push_back(std::move(*record));
    } else {
      fs::remove(item.path(), failed);
    }
  }
  std::sort(out.begin(), out.end(), [](const Record& a, const Record& b) { return a.created < b.created; });
  return out;
}

Task<Result<>> Ledger::put(std::string id, std::string bytes) {
  if (directory_.empty()) co_return Result<>();
  auto work = [directory = directory_, id = std::move(id), bytes = std::move(bytes)]() -> Result<> {
    if (auto made = core::make_private_directory(directory); !made) return made;
    return core::replace_file(directory + "/" + id, bytes, {});
  };
  co_return co_await offload_.run(std::move(work));
}

Task<> Ledger::remove(std::vector<std::string> ids) {
  if (directory_.empty()) co_return;
  auto work = [directory = directory_, ids = std::move(ids)] {
    std::error_code failed;
    for (const std::string& id : ids) fs::remove(directory + "/" + id, failed);
    return true;
  };
  co_await offload_.run(std::move(work));
}

}  // namespace duotty::transfer
