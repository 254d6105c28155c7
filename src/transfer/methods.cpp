#include <algorithm>
#include <cmath>
#include <duotty/base/text.hpp>
#include <duotty/base/utc_time.hpp>
#include <duotty/files/paths.hpp>
#include <duotty/rpc/registrar.hpp>
#include <duotty/transfer/archive.hpp>
#include <duotty/transfer/methods.hpp>

#include "copier.hpp"
#include "types.hpp"

namespace duotty::transfer {
namespace {

using base::Errc;
using base::Error;
using files::folder_of;
using files::inside;
using files::Kind;
using files::shown;
using rpc::Call;
using rpc::Scope;
using Clock = std::chrono::steady_clock;
using System = std::shared_ptr<files::FileSystem>;

/// Between two reports to whoever waits.
constexpr std::chrono::milliseconds kReport{250};
/// How long a cancelled one may take to let go before its caller is answered.
constexpr std::chrono::seconds kLetGo{5};

Error about(const Error& error, const char* field) {
  return {error.code(), error.message(), field};
}

std::string utc(double seconds) {
  return base::utc_time(static_cast<std::int64_t>(seconds * 1000));
}

std::int64_t number(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

std::vector<PathNote> listed(const Notes& notes) {
  std::vector<PathNote> out;
  for (const Note& one : notes.first) out.push_back({base::to_valid_utf8(one.path), base::to_valid_utf8(one.reason)});
  return out;
}

TransferInfo info_of(const Transfer& transfer, bool paths = true) {
  const Order& order = transfer.order();
  const Tally& tally = transfer.tally();
  TransferInfo out;
  out.transfer_id = transfer.id();
  out.state = name(transfer.state());
  out.from = {order.from.connection_id, base::to_valid_utf8(order.from.path)};
  const bool placed = transfer.over() && !order.folder && !tally.written.empty();
  out.to = {order.to.connection_id, base::to_valid_utf8(placed ? tally.written : order.to.path)};
  out.folder = order.folder;
  out.conflict = order.conflict;
  out.checksum = order.checksum;
  out.by = order.caller.name;
  out.created_at = utc(transfer.record().created);
  if (transfer.record().started > 0) out.started_at = utc(transfer.record().started);
  if (transfer.over()) out.ended_at = utc(transfer.record().ended);
  out.counting = tally.counting && !transfer.over();
  out.checking = tally.checking > 0;
  out.files = number(tally.files);
  out.files_total = number(tally.files_total);
  out.folders = number(tally.folders);
  out.skipped = number(tally.skipped);
  out.bytes = number(tally.bytes);
  out.bytes_total = number(tally.bytes_total);
  const double rate = transfer.rate();
  out.rate = std::llround(rate);
  if (rate > 0 && !out.counting && tally.bytes_total >= tally.bytes) {
    out.eta_s = std::llround(std::ceil(static_cast<double>(tally.bytes_total - tally.bytes) / rate));
  }
  if (transfer.state() == State::running && !tally.current.empty()) out.current = base::to_valid_utf8(tally.current);
  out.failed = number(tally.failures.count);
  out.left_out = number(tally.left_out.count);
  if (paths) {
    out.failures = listed(tally.failures);
    out.left_out_paths = listed(tally.left_out);
  }
  if (transfer.error()) out.error = Trouble{transfer.error()->name(), transfer.error()->message()};
  return out;
}

Result<std::shared_ptr<Transfer>> find(Services& s, const Call& call, const std::string& id) {
  auto found = s.desk->find(id, call.caller.owner);
  if (found) return found;
  return Error(Errc::not_found, "No transfer \"" + shown(id) + "\". transfer.list names them.", "transfer_id");
}

/// The path that `wanted` comes to be, and whether there may be something.
Task<Result<std::string>> destination(files::FileSystem& system, std::string wanted, std::string name, bool folder) {
  const bool into = wanted.ends_with('/');
  auto full = co_await system.resolve(std::move(wanted), false);
  if (!full) co_return full;
  if (into) {
    auto real = co_await system.resolve(*full, true);
    if (!real) co_return real;
    co_return inside(*real, name);
  }
  auto there = co_await system.stat(*full, true);
  if (!there && there.error().code() != Errc::not_found) co_return there.error();
  if (there && there->kind == Kind::folder && !folder) {
    co_return Error(Errc::invalid_params, shown(*full) + " is a folder. Say " + shown(*full) + "/ to copy into it.");
  }
  if (there && there->kind != Kind::folder && folder) {
    co_return Error(Errc::conflict, shown(*full) + " is there and is no folder.");
  }
  if (there) co_return co_await system.resolve(std::move(*full), true);
  auto around = co_await system.stat(folder_of(*full), true);
  if (!around) co_return around.error();
  co_return full;
}

/// Whether copying would meet itself.
Result<> check_apart(const Order& order) {
  if (order.from.connection_id != order.to.connection_id) return {};
  if (order.from.path == order.to.path) {
    return Error(Errc::invalid_params, shown(order.to.path) + " cannot be copied onto itself.", "to");
  }
  if (order.folder && (order.from.path == "/" || order.to.path.starts_with(order.from.path + "/"))) {
    return Error(Errc::invalid_params, "A folder cannot be copied into itself.", "to");
  }
  return {};
}

/// Looks at both ends, so that what cannot go well is said at once.
Task<Result<>> look(Order& order, StartParams& p) {
  auto from = co_await order.source->resolve(p.from.path, true);
  if (!from) co_return about(from.error(), "from");
  order.from.path = std::move(*from);
  auto info = co_await order.source->stat(order.from.path, true);
  if (!info) co_return about(info.error(), "from");
  order.folder = info->kind == Kind::folder;
  if (info->kind != Kind::file && !order.folder) {
    co_return Error(Errc::invalid_params, shown(order.from.path) + " is no regular file.", "from");
  }
  if (order.folder && !p.recursive) {
    co_return Error(Errc::invalid_params, shown(order.from.path) + " is a folder. Say recursive to copy all of it.",
                    "recursive");
  }
  std::string name = files::name_of(order.from.path);
  auto to = co_await destination(*order.target, p.to.path, std::move(name), order.folder);
  if (!to) co_return about(to.error(), "to");
  order.to.path = std::move(*to);
  if (auto apart = check_apart(order); !apart) co_return apart;
  if (order.folder || order.conflict != "fail") co_return Result<>();
  auto there = co_await order.target->stat(order.to.path, false);
  if (!there) co_return there.error().code() == Errc::not_found ? Result<>() : about(there.error(), "to");
  co_return Error(
      Errc::conflict,
      shown(order.to.path) + " exists already. Say what to do with conflict: overwrite, rename, skip or resume.", "to");
}

/// Both ends, and until when its caller may go on.
Task<Result<>> find_places(Services& s, Call& call, Order& order) {
  auto source = co_await s.places->find(call, order.from.connection_id);
  if (!source) co_return source.error();
  order.source = std::move(*source);
  auto target = co_await s.places->find(call, order.to.connection_id);
  if (!target) co_return target.error();
  order.target = std::move(*target);
  order.still_good = [valid = s.still_valid, caller = call.caller]() -> Result<> {
    if (!valid || valid(caller)) return {};
    return Error(Errc::unauthenticated, "What gave the right to this transfer was taken away.");
  };
  co_return Result<>();
}

Task<Result<TransferInfo>> start(Services& s, Call& call, StartParams p) {
  Order order;
  order.from.connection_id = p.from.connection_id;
  order.to.connection_id = p.to.connection_id;
  order.conflict = p.conflict;
  order.checksum = p.checksum;
  order.caller = call.caller;
  auto found = co_await find_places(s, call, order);
  if (!found) co_return found.error();
  auto looked = co_await look(order, p);
  if (!looked) co_return looked.error();
  auto transfer = co_await s.desk->start(std::move(order));
  if (!transfer) co_return transfer.error();
  co_return info_of(**transfer);
}

Task<Result<TransferListResult>> list(Services& s, Call& call, TransferList p) {
  TransferListResult out;
  for (const auto& one : s.desk->list(call.caller.owner)) {
    if (!p.state.empty() && p.state != name(one->state())) continue;
    if (out.transfers.size() >= static_cast<std::size_t>(p.limit)) break;
    out.transfers.push_back(info_of(*one, false));
  }
  co_return out;
}

Task<Result<TransferInfo>> get(Services& s, Call& call, TransferId p) {
  auto transfer = find(s, call, p.transfer_id);
  if (!transfer) co_return transfer.error();
  co_return info_of(**transfer);
}

Task<Result<TransferInfo>> wait(Services& s, Call& call, TransferWait p) {
  auto found = find(s, call, p.transfer_id);
  if (!found) co_return found.error();
  const auto transfer = std::move(*found);
  const auto deadline = Clock::now() + std::chrono::milliseconds(static_cast<std::int64_t>(p.max_wait_ms));
  auto report = Clock::now();
  while (!transfer->over() && Clock::now() < deadline) {
    if (call.progress && Clock::now() >= report) {
      call.progress(record::encode(info_of(*transfer, false)));
      report = Clock::now() + kReport;
    }
    co_await transfer->news(call.progress ? std::min(deadline, report) : deadline);
  }
  co_return info_of(*transfer);
}

Task<Result<TransferCancelled>> cancel(Services& s, Call& call, TransferId p) {
  auto found = find(s, call, p.transfer_id);
  if (!found) co_return found.error();
  const auto transfer = std::move(*found);
  TransferCancelled out;
  out.cancelled = s.desk->cancel(*transfer);
  const auto deadline = Clock::now() + kLetGo;
  while (!transfer->over() && Clock::now() < deadline) co_await transfer->news(deadline);
  out.transfer = info_of(*transfer);
  co_return out;
}

}  // namespace

Task<Result<>> reopen(Services& services, Order& order) {
  Call call;
  call.caller = order.caller;
  const unsigned needed = rpc::bits(Scope::files);
  auto now = services.as_of_now ? services.as_of_now(order.caller) : std::optional(order.caller);
  if (!now || (now->scopes & needed) == 0) {
    co_return Error(Errc::unauthenticated, "What gave the right to this transfer was taken away.");
  }
  call.caller = std::move(*now);
  co_return co_await find_places(services, call, order);
}

nlohmann::json event_of(const Transfer& transfer) {
  const TransferInfo info = info_of(transfer, false);
  const auto place = [](const TransferPlace& one) {
    return nlohmann::json{{"connection_id", one.connection_id}, {"path", one.path}};
  };
  nlohmann::json out = {{"transfer_id", info.transfer_id},
                        {"state", info.state},
                        {"by", info.by},
                        {"from", place(info.from)},
                        {"to", place(info.to)},
                        {"files", info.files},
                        {"files_total", info.files_total},
                        {"bytes", info.bytes},
                        {"bytes_total", info.bytes_total},
                        {"failed", info.failed}};
  if (info.error) out["error"] = {{"code", info.error->code}, {"message", info.error->message}};
  return out;
}

void add_methods(rpc::Table& table, Services* services) {
  rpc::Registrar<Services> rows(table, services);
  rows.call(
      "transfer.start", start,
      {.http = {"POST", "/api/transfers"},
       .scope = Scope::files,
       .about = "Copies a file or a folder between the server's machine and hosts, or within one, and answers at "
                "once. Each file is there whole or not at all; permissions and times are kept. It goes on when the "
                "server is restarted. A place with a connection needs the scope ssh too.",
       .example = R"({"from": {"path": "~/site"}, "to": {"connection_id": "web", "path": "/srv/"}, )"
                  R"("recursive": true, "conflict": "resume"})",
       .mutates = true});
  rows.call(
      "transfer.list", list,
      {.http = {"GET", "/api/transfers"},
       .scope = Scope::files,
       .about = "Transfers, newest first: those that wait or run, and the last two hundred that are over, also over "
                "restarts of the server.",
       .example = R"({"state": "running"})"});
  rows.call("transfer.get", get,
            {.http = {"GET", "/api/transfers/{transfer_id}"},
             .scope = Scope::files,
             .about = "How a transfer stands: bytes, files, rate, time left, and what failed.",
             .example = R"({"transfer_id": "k3x9w2m8q1zz"})"});
  rows.call("transfer.wait", wait,
            {.http = {"POST", "/api/transfers/{transfer_id}/wait"},
             .scope = Scope::files,
             .about = "Waits until a transfer is over, or for so long. Over the WebSocket it tells of progress.",
             .example = R"({"transfer_id": "k3x9w2m8q1zz", "max_wait_ms": 60000})"});
  rows.call("transfer.cancel", cancel,
            {.http = {"POST", "/api/transfers/{transfer_id}/cancel"},
             .scope = Scope::files,
             .about = "Takes a transfer back. Files that were copied stay; what was written of others waits beside its "
                      "place for a transfer with conflict resume.",
             .example = R"({"transfer_id": "k3x9w2m8q1zz"})",
             .mutates = true});
  rpc::Route archive{
      "files.archive",
      {.verb = "GET", .path = kArchivePath, .media = "application/zip"},
      Scope::files,
      "Sends a folder, or several folders and files, as a zip archive that is made while it is sent. What "
      "cannot be read is named in _left_out.txt in it.",
      std::make_shared<const rpc::Json>(record::schema<ArchiveParams>(record::Role::parameters))};
  table.add(std::move(archive));
}

}  // namespace duotty::transfer
