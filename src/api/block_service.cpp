#include <algorithm>
#include <duotty/api/block_service.hpp>
#include <duotty/api/settings.hpp>
#include <duotty/base/text.hpp>
#include <duotty/core/log.hpp>
#include <duotty/digest/plain.hpp>
#include <duotty/exec/block_words.hpp>
#include <duotty/session/registry.hpp>

namespace duotty::api {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using session::CommandBlock;
using store::BlockKey;
using store::BlockQuery;
using store::BlockRow;
using store::FoundBlock;
using store::OutputPiece;

std::int64_t milliseconds(exec::WallTime time) {
  return time.time_since_epoch().count();
}

bool has_all_words(const std::string& command, const std::string& words) {
  const std::string text = base::to_lower(command);
  const std::string wanted = base::to_lower(words);
  for (const auto word : base::split(wanted, ' ')) {
    if (text.find(word) == std::string::npos) return false;
  }
  return true;
}

/// The conditions of a query that a row of a living terminal can be measured by.
bool matches(const BlockRow& row, const BlockQuery& query) {
  if (!query.status.empty() && row.status != query.status) return false;
  if (query.failed && row.exit_code.value_or(0) == 0) return false;
  if (!query.by.empty() && row.by != query.by && !row.by.starts_with(query.by + ":")) return false;
  if (!query.cwd.empty() && row.cwd != query.cwd && !row.cwd.starts_with(query.cwd + "/") && query.cwd != "/") {
    return false;
  }
  if (query.since && row.started_at < *query.since) return false;
  if (query.until && row.started_at >= *query.until) return false;
  if (query.before_seq && row.key.seq >= *query.before_seq) return false;
  if (query.seq && row.key.seq != *query.seq) return false;
  return query.text.empty() || (query.in_command && has_all_words(row.command, query.text));
}

/// Pieces of raw output that follow one another without a gap, joined.
std::vector<OutputPiece> joined(std::vector<OutputPiece> pieces) {
  std::vector<OutputPiece> runs;
  for (auto& piece : pieces) {
    if (!runs.empty() && runs.back().begin + runs.back().bytes.size() == piece.begin) {
      runs.back().bytes += piece.bytes;
    } else {
      runs.push_back(std::move(piece));
    }
  }
  return runs;
}

struct Cleaned {
  std::string text;
  std::uint64_t omitted = 0;
};

Cleaned clean(const std::vector<OutputPiece>& runs, std::uint64_t total, int cols, int rows) {
  Cleaned out;
  std::uint64_t at = 0;
  const auto gap = [&](std::uint64_t next) {
    if (next <= at) return;
    out.omitted += next - at;
    if (!out.text.empty() && out.text.back() != '\n') out.text += '\n';
    out.text += "[" + std::to_string(next - at) + " bytes left out]\n";
  };
  for (const auto& run : runs) {
    gap(run.begin);
    out.text += digest::command_output(run.bytes, cols, rows);
    at = run.begin + run.bytes.size();
  }
  gap(total);
  return out;
}

std::string cache_name(const BlockRow& row) {
  return output_ref(row.key) + "/" + std::to_string(row.output_end);
}

session::BlockAmendment amendment(const BlockRow& row) {
  session::BlockAmendment out;
  out.seq = row.key.seq;
  out.started_at = exec::WallTime(std::chrono::milliseconds(row.started_at));
  if (row.ended_at) out.ended_at = exec::WallTime(std::chrono::milliseconds(*row.ended_at));
  out.by = row.by;
  out.command = row.command;
  return out;
}

Error no_such_command(const BlockKey& key) {
  return {Errc::not_found, "There is no command \"" + base::shorten(output_ref(key), 80) +
                               "\". terminal.commands lists those of a terminal, commands.search those of all."};
}

}  // namespace

std::string output_ref(const BlockKey& key) {
  return key.terminal + ":" + std::to_string(key.seq);
}

std::string searchable_text(std::string_view raw, int cols, int rows) {
  return digest::command_output(raw, cols, rows);
}

Result<BlockKey> parse_output_ref(std::string_view ref) {
  const auto colon = ref.rfind(':');
  const auto seq = colon == std::string_view::npos ? std::nullopt : base::parse_u64(ref.substr(colon + 1));
  if (!seq || colon == 0 || !base::is_utf8(ref)) {
    return Error(Errc::invalid_params, "An output_ref is a terminal's id, a colon and the command's number.",
                 "output_ref");
  }
  return BlockKey{std::string(ref.substr(0, colon)), *seq};
}

Kept kept_of_commands(const Settings& settings) {
  return {.commands = settings.flag("command_history", true), .outputs = settings.flag("history_outputs", true)};
}

store::BlockLimits history_limits(const Settings& settings) {
  store::BlockLimits limits;
  limits.days = settings.number("history_days", limits.days, 36'500);
  limits.count = settings.number("history_commands", limits.count, 100'000'000);
  limits.bytes = settings.number("history_mb", limits.bytes >> 20, std::int64_t{1} << 20) << 20;
  return limits;
}

BlockService::BlockService(core::asio::any_io_executor executor, session::Registry& registry,
                           std::unique_ptr<store::BlockStore> store, std::string user, std::string host)
    : registry_(registry),
      store_(std::move(store)),
      user_(std::move(user)),
      host_(std::move(host)),
      mended_(executor),
      scope_(std::move(executor)) {}

BlockService::~BlockService() = default;

BlockRow BlockService::row_of(const session::Session& session, const CommandBlock& block) const {
  BlockRow row;
  row.key = {session.id(), block.seq};
  row.terminal_name = session.meta().name;
  row.owner = session.meta().owner;
  row.by = block.by;
  row.command = base::to_valid_utf8(block.command);
  row.cwd = base::to_valid_utf8(block.cwd);
  row.user = user_;
  row.host = host_;
  row.shell = session.meta().shell;
  row.started_at = milliseconds(block.started_at);
  row.status = word(block.status);
  row.output_begin = block.output_begin;
  if (block.status == exec::BlockStatus::running) {
    row.output_end = std::max(session.consumed(), block.output_begin);
    row.cols = session.terminal().size().cols;
    row.rows = session.terminal().size().rows;
    return row;
  }
  if (block.status != exec::BlockStatus::lost) row.ended_at = milliseconds(block.ended_at);
  row.exit_code = block.exit_code;
  row.signal = block.signal;
  row.output_end = block.output_end;
  row.cols = block.cols;
  row.rows = block.rows;
  return row;
}

void BlockService::on_command(session::Session& session, const CommandBlock& block) {
  // Without its words nobody can tell whether it was meant to be kept.
  if (!store_ || !kept_.commands || block.is_private || block.command.empty()) return;
  if (session.replaying()) retold_.insert(session.id());
  Told& told = told_[session.id()];
  if (block.status == exec::BlockStatus::running) {
    if (told.running != block.seq) store_->put(row_of(session, block));
    told.running = block.seq;
    if (!session.replaying() && told.secret != block.seq &&
        session.line_reader().kind == session::LineReader::Kind::password) {
      told.secret = block.seq;
      store_->put_secret({session.id(), block.seq});
    }
    if (session.consumed() >= block.output_begin + kHead && told.spooled != block.seq) {
      told.spooled = block.seq;
      put_output(session, block);
    }
    return;
  }
  store_->put(row_of(session, block));
  if (!session.replaying()) put_output(session, block);
}

void BlockService::put_output(const session::Session& session, const CommandBlock& block) {
  if (!kept_.outputs) return;
  const bool running = block.status == exec::BlockStatus::running;
  const std::uint64_t begin = block.output_begin;
  const std::uint64_t total = (running ? session.consumed() : block.output_end) - begin;
  if (total == 0) return;
  const bool whole = total <= kHead + kTail && !running;
  std::vector<OutputPiece> pieces;
  const auto take = [&](std::uint64_t from, std::uint64_t to) {
    auto raw = session.raw_output(begin + from, begin + to);
    if (!raw.bytes.empty()) pieces.push_back({raw.begin - begin, std::move(raw.bytes)});
  };
  take(0, whole ? total : kHead);
  // Cut where pieces are cut, so that what was stored of it before fits.
  if (!whole && !running) take((total - kTail) / store::kPiece * store::kPiece, total);
  if (!pieces.empty()) store_->put_output({session.id(), block.seq}, std::move(pieces));
}

void BlockService::mend() {
  if (!store_) return;
  std::vector<std::string> live;
  for (const auto& session : registry_.list()) live.push_back(session->id());
  store_->close_missing(std::move(live));
  mending_ = true;
  scope_.spawn("outputs that an earlier worker left", store_missing());
}

core::Task<> BlockService::store_missing() {
  const std::set<std::string> terminals = std::move(retold_);
  retold_.clear();
  for (const auto& id : terminals) {
    BlockQuery known;
    known.terminal = id;
    known.limit = session::BlockList::kKept;
    auto told = co_await store_->find(std::move(known));
    BlockQuery incomplete;
    incomplete.terminal = id;
    incomplete.incomplete = true;
    incomplete.limit = session::BlockList::kKept;
    auto rows = co_await store_->find(std::move(incomplete));
    const auto session = registry_.find(id);
    if (!told || !rows || !session) continue;
    for (const auto& row : *told) (*session)->blocks().amend(amendment(row));
    std::set<std::uint64_t> wanted;
    for (const auto& row : *rows) wanted.insert(row.key.seq);
    for (const auto& block : (*session)->blocks().ended()) {
      if (wanted.contains(block.seq)) put_output(**session, block);
    }
  }
  mending_ = false;
  mended_.notify();
}

core::Task<> BlockService::mended() {
  while (mending_) co_await mended_.wait();
}

core::Task<> BlockService::kept() {
  co_await mended();
  if (store_) co_await store_->flush();
}

void BlockService::forget(const std::string& terminal_id) {
  told_.erase(terminal_id);
  retold_.erase(terminal_id);
  // What is not stored ends with its terminal.
  if (!cached_name_.starts_with(terminal_id + ":")) return;
  cached_name_.clear();
  cached_ = {};
}

void BlockService::configure(Kept kept, store::BlockLimits limits) {
  kept_ = kept;
  if (store_) store_->set_limits(limits);
}

void BlockService::add_living(const session::Session& session, const BlockQuery& query,
                              std::vector<FoundBlock>& rows) const {
  const auto add = [&](const CommandBlock& block) {
    // What was typed unseen is nobody's business.
    if (block.is_private && block.command.empty()) return;
    FoundBlock row{row_of(session, block), store::FoundIn::command, {}};
    if (!matches(row, query)) return;
    const auto stored = std::find_if(rows.begin(), rows.end(), [&](const FoundBlock& other) {
      return other.key.seq == block.seq && other.key.terminal == session.id();
    });
    if (stored == rows.end()) {
      rows.push_back(std::move(row));
    } else if (stored->status == "running") {
      stored->output_end = row.output_end;
    }
  };
  for (const auto& block : session.blocks().ended()) add(block);
  if (const auto* running = session.blocks().running()) add(*running);
}

core::Task<Result<std::vector<FoundBlock>>> BlockService::find(BlockQuery query, std::string owner) {
  std::vector<FoundBlock> rows;
  query.owner = owner;
  if (store_) {
    auto found = co_await store_->find(query);
    if (!found && query.terminal.empty()) co_return found.error();
    if (found) rows = std::move(*found);
  }
  if (!query.terminal.empty()) {
    if (const auto session = registry_.find(query.terminal, owner)) add_living(**session, query, rows);
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.key.seq > b.key.seq; });
  } else if (!store_) {
    for (const auto& session : registry_.list(owner)) add_living(*session, query, rows);
    std::erase_if(rows, [](const BlockRow& row) { return row.command.starts_with(' '); });
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.started_at > b.started_at; });
  }
  if (rows.size() > query.limit) rows.resize(query.limit);
  co_return rows;
}

core::Task<Result<BlockRow>> BlockService::row(BlockKey key, std::string owner) {
  BlockQuery query;
  query.terminal = key.terminal;
  query.seq = key.seq;
  query.limit = 1;
  auto rows = co_await find(std::move(query), std::move(owner));
  if (!rows) co_return rows.error();
  if (rows->empty()) co_return no_such_command(key);
  co_return BlockRow(std::move(rows->front()));
}

core::Task<Result<BlockText>> BlockService::text(BlockKey key, std::string owner) {
  auto found = co_await row(key, owner);
  if (!found) co_return found.error();
  BlockText out;
  out.row = std::move(*found);
  const std::uint64_t begin = out.row.output_begin;
  const std::uint64_t total = std::max(out.row.output_end, begin) - begin;
  out.raw_bytes = total;
  if (cached_name_ == cache_name(out.row)) {
    out.text = cached_.text;
    out.omitted_bytes = cached_.omitted_bytes;
    co_return out;
  }
  std::vector<OutputPiece> pieces;
  std::uint64_t ring_begin = total;
  if (const auto session = registry_.find(key.terminal, owner); session && total > 0) {
    auto raw = (*session)->raw_output(begin, begin + total);
    if (!raw.bytes.empty()) {
      ring_begin = raw.begin - begin;
      pieces.push_back({ring_begin, std::move(raw.bytes)});
    }
  }
  if (ring_begin > 0 && total > 0 && store_) {
    auto stored = co_await store_->output(key);
    if (!stored && pieces.empty()) co_return stored.error();
    if (stored) {
      std::erase_if(*stored, [&](const OutputPiece& piece) { return piece.begin >= ring_begin; });
      for (auto& piece : *stored) {
        if (piece.begin + piece.bytes.size() > ring_begin) piece.bytes.resize(ring_begin - piece.begin);
      }
      pieces.insert(pieces.begin(), std::make_move_iterator(stored->begin()), std::make_move_iterator(stored->end()));
    }
  }
  auto work = [pieces = std::move(pieces), total, cols = out.row.cols, rows = out.row.rows]() mutable {
    return clean(joined(std::move(pieces)), total, cols, rows);
  };
  Cleaned cleaned = co_await offload_.run(std::move(work));
  out.text = std::make_shared<const std::string>(std::move(cleaned.text));
  out.omitted_bytes = cleaned.omitted;
  cached_name_ = cache_name(out.row);
  cached_ = out;
  co_return out;
}

void BlockService::put_job(store::JobRow row) {
  if (!store_ || !kept_.commands || row.command.starts_with(' ')) return;
  row.command = base::to_valid_utf8(row.command);
  store_->put_job(std::move(row));
}

core::Task<Result<std::vector<store::StoredJob>>> BlockService::jobs(store::JobQuery query) {
  if (!store_) co_return std::vector<store::StoredJob>();
  co_return co_await store_->jobs(std::move(query));
}

core::Task<Result<std::int64_t>> BlockService::remove(BlockQuery query) {
  if (!store_) co_return Error(Errc::not_configured, "The server keeps no history of commands.");
  co_return co_await store_->remove(std::move(query));
}

core::Task<> BlockService::stop() {
  co_await scope_.stop();
  if (store_) co_await store_->stop();
}

}  // namespace duotty::api
