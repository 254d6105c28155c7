#include <algorithm>
#include <duotty/base/text.hpp>
#include <duotty/exec/block_words.hpp>
#include <duotty/session/block_list.hpp>
#include <nlohmann/json.hpp>

namespace duotty::session {
namespace {

using nlohmann::json;

/// Longest text of a command in checkpoints and in frames; the database has all of it.
constexpr std::size_t kSavedCommand = 2000;
constexpr std::size_t kShownCommand = 500;

std::int64_t milliseconds(exec::WallTime time) {
  return time.time_since_epoch().count();
}

exec::WallTime wall_time(const json& saved, const char* key) {
  return exec::WallTime(std::chrono::milliseconds(saved.value(key, std::int64_t{0})));
}

json encode(const CommandBlock& block) {
  json out = {{"seq", block.seq},
              {"command", base::shorten(block.command, kSavedCommand)},
              {"cwd", block.cwd},
              {"started", milliseconds(block.started_at)},
              {"ended", milliseconds(block.ended_at)},
              {"begin", block.output_begin},
              {"end", block.output_end},
              {"status", static_cast<int>(block.status)},
              {"by", block.by},
              {"private", block.is_private},
              {"signal", block.signal},
              {"cols", block.cols},
              {"rows", block.rows},
              {"anchor", static_cast<std::uint64_t>(block.anchor)},
              {"above", block.rows_above},
              {"shown_begin", block.shown_begin},
              {"shown_end", block.shown_end}};
  if (block.exit_code) out["exit_code"] = *block.exit_code;
  return out;
}

CommandBlock decode(const json& saved) {
  CommandBlock block;
  block.seq = saved.value("seq", std::uint64_t{0});
  block.command = saved.value("command", std::string{});
  block.cwd = saved.value("cwd", std::string{});
  block.started_at = wall_time(saved, "started");
  block.ended_at = wall_time(saved, "ended");
  if (saved.contains("exit_code")) block.exit_code = saved.value("exit_code", 0);
  block.output_begin = saved.value("begin", std::uint64_t{0});
  block.output_end = saved.value("end", std::uint64_t{0});
  block.status = static_cast<exec::BlockStatus>(std::clamp(saved.value("status", 0), 0, 3));
  block.by = saved.value("by", std::string("human"));
  block.is_private = saved.value("private", false);
  block.signal = saved.value("signal", std::string{});
  block.cols = saved.value("cols", 80);
  block.rows = saved.value("rows", 24);
  block.anchor = static_cast<term::AnchorId>(saved.value("anchor", std::uint64_t{0}));
  block.rows_above = saved.value("above", std::uint64_t{0});
  block.shown_begin = saved.value("shown_begin", std::uint64_t{0});
  block.shown_end = saved.value("shown_end", std::uint64_t{0});
  return block;
}

}  // namespace

const CommandBlock& BlockList::start(CommandBlock block, std::optional<term::Position> prompt) {
  const term::RowId output = terminal_.cursor().row;
  term::Position row{output, 0};
  if (prompt && prompt->row <= output) row.row = prompt->row;
  block.rows_above = output - row.row;
  block.anchor = terminal_.add_anchor(row);
  running_ = std::move(block);
  return *running_;
}

const CommandBlock& BlockList::end(const exec::Block& ended, const std::string& signal, DisplayOffset shown) {
  CommandBlock block = running_ && running_->seq == ended.seq ? std::move(*running_) : CommandBlock{};
  running_.reset();
  const exec::WallTime amended = block.started_at;
  std::string words = std::move(block.command);
  const bool known = block.seq == ended.seq;
  static_cast<exec::Block&>(block) = ended;
  if (known) {
    block.started_at = amended;
    if (!words.empty()) block.command = std::move(words);
  }
  block.signal = signal;
  block.cols = terminal_.size().cols;
  block.rows = terminal_.size().rows;
  block.shown_end = shown;
  add(std::move(block));
  return ended_.back();
}

void BlockList::add(CommandBlock block) {
  ended_.push_back(std::move(block));
  if (ended_.size() <= kKept) return;
  if (ended_.front().anchor != term::AnchorId::none) terminal_.drop_anchor(ended_.front().anchor);
  ended_.pop_front();
}

void BlockList::amend(const BlockAmendment& with) {
  const auto change = [&](CommandBlock& block) {
    if (block.seq != with.seq) return;
    block.started_at = with.started_at;
    if (with.ended_at && block.status != exec::BlockStatus::running) block.ended_at = *with.ended_at;
    block.by = with.by;
    if (!with.command.empty()) block.command = with.command;
  };
  for (auto& block : ended_) change(block);
  if (running_) change(*running_);
}

json BlockList::describe(const CommandBlock& block) {
  const bool ended = block.status != exec::BlockStatus::running;
  json out = {{"seq", block.seq},
              {"command", base::shorten(block.command, kShownCommand)},
              {"cwd", block.cwd},
              {"by", block.by},
              {"started_at", milliseconds(block.started_at)},
              {"duration_ms", nullptr},
              {"exit_code", nullptr},
              {"status", word(block.status)}};
  if (ended && block.status != exec::BlockStatus::lost) {
    out["duration_ms"] = milliseconds(block.ended_at) - milliseconds(block.started_at);
  }
  if (block.exit_code) out["exit_code"] = *block.exit_code;
  return out;
}

json BlockList::frame(const CommandBlock& block) {
  const bool ended = block.status != exec::BlockStatus::running;
  return {{"type", "block"},
          {"offset", ended ? block.shown_end : block.shown_begin},
          {"rows", block.rows_above},
          {"block", describe(block)}};
}

json BlockList::frame_of_all(DisplayOffset shown) const {
  json list = json::array();
  const auto tell = [&](const CommandBlock& block) {
    const auto place = terminal_.anchor(block.anchor);
    if (!place || place->row >= terminal_.main_end_row()) return;
    json one = describe(block);
    one["up"] = terminal_.main_end_row() - 1 - place->row;
    list.push_back(std::move(one));
  };
  for (const auto& block : ended_) tell(block);
  if (running_) tell(*running_);
  return {{"type", "blocks"}, {"offset", shown}, {"blocks", std::move(list)}};
}

std::vector<json> BlockList::frames_since(DisplayOffset since) const {
  std::vector<json> frames;
  const auto tell = [&](const CommandBlock& block) {
    if (block.shown_begin >= since) {
      CommandBlock started = block;
      started.status = exec::BlockStatus::running;
      started.exit_code.reset();
      frames.push_back(frame(started));
    }
    if (block.status != exec::BlockStatus::running && block.shown_end >= since) frames.push_back(frame(block));
  };
  for (const auto& block : ended_) tell(block);
  if (running_) tell(*running_);
  return frames;
}

json BlockList::save() const {
  json list = json::array();
  for (const auto& block : ended_) list.push_back(encode(block));
  if (running_) list.push_back(encode(*running_));
  return list;
}

void BlockList::restore(const json& saved) {
  if (!saved.is_array()) return;
  for (const auto& one : saved) {
    if (!one.is_object()) continue;
    CommandBlock block = decode(one);
    if (block.status == exec::BlockStatus::running) {
      running_ = std::move(block);
    } else {
      add(std::move(block));
    }
  }
}

}  // namespace duotty::session
