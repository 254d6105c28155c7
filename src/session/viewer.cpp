#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <duotty/base/random.hpp>
#include <duotty/base/utc_time.hpp>
#include <duotty/core/meters.hpp>
#include <duotty/session/answer.hpp>
#include <duotty/session/screen_ui.hpp>
#include <duotty/session/session.hpp>
#include <duotty/session/viewer.hpp>
#include <duotty/session/viewer_frames.hpp>
#include <duotty/term/snapshot.hpp>
#include <nlohmann/json.hpp>
#include <utility>

#include "flow_window.hpp"

namespace duotty::session {
namespace {

constexpr std::size_t kFrame = 64 * 1024;
constexpr std::size_t kOutboxLimit = 512;
constexpr std::size_t kFirstScrollback = 10'000;
constexpr std::size_t kLaterScrollback = 2'000;
constexpr std::size_t kSizesLimit = 16;
constexpr auto kSnapshotPause = std::chrono::milliseconds(50);
constexpr auto kPing = std::chrono::seconds(15);
// An acknowledgement of input only lets the client forget what it would send again. It comes after the echo.
constexpr auto kAckDelay = std::chrono::milliseconds(20);
/// A client that says nothing for so long, not even the answer to a ping, is gone without a word or does not read.
constexpr auto kSilence = 5 * kPing;
/// A client that was sent away and does not read is cut off after this.
constexpr auto kFarewell = std::chrono::seconds(2);
/// Others learn of a viewer's activity at most this often, in seconds.
constexpr double kActivityNews = 30;

std::shared_ptr<const std::string> text_of(const nlohmann::json& json) {
  return std::make_shared<const std::string>(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

std::shared_ptr<const std::string> ping_frame() {
  return text_of({{"type", "ping"}});
}

std::shared_ptr<const std::string> error_frame(const base::Error& error) {
  return text_of({{"type", "error"}, {"error", {{"code", error.name()}, {"message", error.message()}}}});
}

}  // namespace

Viewer::Viewer(std::shared_ptr<Session> session, core::Channel& channel, ViewerOptions options)
    : session_(std::move(session)),
      channel_(channel),
      options_(std::move(options)),
      id_("v" + base::make_id().substr(0, 7)),
      attached_at_(base::wall_seconds()),
      last_activity_(attached_at_),
      heard_at_(std::chrono::steady_clock::now()),
      flow_(std::make_unique<FlowWindow>()),
      timer_(session_->executor()),
      scope_(session_->executor()) {
  if (options_.input_token.empty()) options_.input_token = id_;
}

Viewer::~Viewer() {
  session_->remove_viewer(*this);
}

core::Task<> Viewer::serve() {
  session_->add_viewer(*this);
  greet();
  if (session_->closed()) finish();
  serving_ = true;
  next_ping_ = std::chrono::steady_clock::now() + kPing;
  due_ = patience();
  scope_.spawn("viewer " + id_, read());
  wake();
  std::exception_ptr failure;
  try {
    while (serving_) {
      timer_.expires_at(due_);
      auto [early] = co_await timer_.async_wait(core::as_result);
      static_cast<void>(early);
      if (serving_ && std::chrono::steady_clock::now() >= due_) on_time();
    }
  } catch (...) {  // cancelled by the server's end: what is being sent must still be waited for
    failure = std::current_exception();
  }
  co_await core::asio::this_coro::reset_cancellation_state(core::asio::disable_cancellation());
  serving_ = false;
  co_await scope_.stop();
  if (failure) std::rethrow_exception(failure);
}

void Viewer::greet() {
  // Its memory goes with it, which an empty text in its place would keep.
  const std::string described = std::exchange(options_.hello, std::string());
  nlohmann::json hello = nlohmann::json::parse(described, nullptr, false);
  const auto& terminal = session_->terminal();
  outbox_.push_front({text_of({{"type", "hello"},
                               {"protocol", 1},
                               {"terminal", std::move(hello)},
                               {"epoch", session_->meta().epoch},
                               {"viewer", id_},
                               {"role", session::name(options_.role)},
                               {"cols", terminal.size().cols},
                               {"rows", terminal.size().rows},
                               {"size_policy", session::name(session_->meta().size_policy)},
                               {"integration", session_->integrated()}}),
                      {}});
  // Before anything else is under way, so that its answer tells how long the line takes by itself.
  outbox_.insert(std::next(outbox_.begin()), {ping_frame(), {}});
  const auto place = std::next(outbox_.begin(), 2);
  for (auto& frame : session_->standing_frames()) outbox_.insert(place, {std::move(frame), {}});
  // Bytes from before a change of the size would be drawn in the size that `hello` says.
  if (options_.offset && options_.epoch == session_->meta().epoch && *options_.offset >= session_->oldest() &&
      *options_.offset >= session_->resized_at() && *options_.offset <= session_->size()) {
    *flow_ = FlowWindow(*options_.offset);
    snapshot_due_ = false;
    first_snapshot_ = false;
    for (const auto& frame : session_->blocks().frames_since(*options_.offset)) outbox_.push_back({text_of(frame), {}});
  }
  flow_->pinged(std::chrono::steady_clock::now());
}

void Viewer::wake() {
  if (!serving_ || writing_) return;
  writing_ = true;
  scope_.spawn("viewer " + id_, write());
}

void Viewer::end() {
  serving_ = false;
  timer_.cancel();
}

Viewer::time_point Viewer::patience() const noexcept {
  return kicked_ ? kicked_at_ + kFarewell : heard_at_ + kSilence;
}

void Viewer::look_again(time_point at) {
  if (due_ <= at) return;
  due_ = at;
  timer_.cancel();
}

void Viewer::on_time() {
  due_ = patience();
  if (std::chrono::steady_clock::now() >= due_) return end();
  wake();
}

void Viewer::post(std::shared_ptr<const std::string> frame, std::string_view tells) {
  if (!tells.empty()) std::erase_if(outbox_, [&](const Waiting& waiting) { return waiting.tells == tells; });
  if (outbox_.size() >= kOutboxLimit) {
    overrun_ = true;
  } else {
    outbox_.push_back({std::move(frame), std::string(tells)});
  }
  wake();
}

void Viewer::resized(std::shared_ptr<const std::string> frame) {
  if (sizes_.size() >= kSizesLimit) {
    sizes_.clear();
    snapshot_due_ = true;
  }
  sizes_.push_back({session_->size(), std::move(frame)});
  wake();
}

void Viewer::finish() {
  finishing_ = true;
  wake();
}

void Viewer::kick() {
  kicked_ = true;
  kicked_at_ = std::chrono::steady_clock::now();
  look_again(patience());
  wake();
}

core::Task<bool> Viewer::send_waiting() {
  while (!outbox_.empty() && !kicked_) {
    const auto frame = std::move(outbox_.front().frame);
    outbox_.pop_front();
    auto sent = co_await channel_.send_text(*frame);
    if (!sent) co_return false;
  }
  while (!sizes_.empty() && !snapshot_due_ && sizes_.front().at <= flow_->cursor()) {
    const auto frame = std::move(sizes_.front().frame);
    sizes_.pop_front();
    auto sent = co_await channel_.send_text(*frame);
    if (!sent) co_return false;
  }
  co_return true;
}

core::Task<> Viewer::write() {
  struct Done {
    Viewer& viewer;
    bool goes_on = false;
    ~Done() {
      viewer.writing_ = !goes_on;
      if (!goes_on) viewer.end();
    }
  };
  Done done{*this};
  // Whoever woke it may have more to say in the same turn.
  co_await core::asio::post(core::asio::use_awaitable);
  done.goes_on = co_await send_due();
}

core::Task<bool> Viewer::send_due() {
  while (true) {
    const bool told = co_await send_waiting();
    if (!told) co_return false;
    if (!outbox_.empty() && !kicked_) continue;
    if (kicked_) {
      co_await channel_.close(4403, "removed");
      co_return false;
    }
    if (overrun_) {
      co_await channel_.close(4408, "too slow");
      co_return false;
    }
    if (!visible_ && finishing_) {
      co_await channel_.close(1000, "closed");
      co_return false;
    }
    const auto now = std::chrono::steady_clock::now();
    auto until = std::min(next_ping_, patience());
    if (visible_) {
      const DisplayOffset head = session_->size();
      if (flow_->late(head) || flow_->cursor() < session_->oldest()) snapshot_due_ = true;
      if (snapshot_due_ && flow_->may_skip()) {
        if (now >= last_snapshot_ + kSnapshotPause) {
          const bool ok = co_await send_snapshot();
          if (!ok) co_return false;
          continue;
        }
        until = std::min(until, last_snapshot_ + kSnapshotPause);
      } else if (!snapshot_due_ && flow_->cursor() < head && flow_->open()) {
        const bool ok = co_await send_output();
        if (!ok) co_return false;
        continue;
      }
      if (finishing_ && flow_->cursor() >= session_->size()) {
        co_await channel_.close(1000, "closed");
        co_return false;
      }
    }
    if (ack_due_) {
      if (now >= ack_at_) {
        outbox_.push_back({text_of({{"type", "input_ack"}, {"sequence", *ack_due_}}), {}});
        ack_due_.reset();
        continue;
      }
      until = std::min(until, ack_at_);
    }
    if (now >= next_ping_) {
      next_ping_ = now + kPing;
      outbox_.push_back({ping_frame(), {}});
      flow_->pinged(now);
      continue;
    }
    look_again(until);
    co_return true;
  }
}

core::Task<bool> Viewer::send_snapshot() {
  const auto& terminal = session_->terminal();
  // A later one is to be there within a moment; two bytes a cell is what coloured text takes.
  const std::size_t fits = flow_->size() / (2 * static_cast<std::size_t>(terminal.size().cols));
  const std::size_t lines = first_snapshot_ ? kFirstScrollback : std::min(kLaterScrollback, fits);
  const std::string bytes = term::snapshot(terminal, {.scrollback_lines = lines});
  const std::string head = snapshot_head(session_->size(), terminal.size().cols, terminal.size().rows);
  const auto blocks = text_of(session_->blocks().frame_of_all(session_->size()));
  last_snapshot_ = std::chrono::steady_clock::now();
  core::meters().viewer_bytes += bytes.size();
  if (!first_snapshot_) ++core::meters().viewer_skips;
  flow_->sent_snapshot(session_->size(), bytes.size(), last_snapshot_);
  snapshot_due_ = false;
  first_snapshot_ = false;
  // It has the size of now; the last change still tells who made it.
  if (sizes_.size() > 1) sizes_.erase(sizes_.begin(), std::prev(sizes_.end()));
  auto told = co_await channel_.send_text(*blocks);
  if (!told) co_return false;
  auto sent = co_await channel_.send_binary(head, bytes);
  co_return static_cast<bool>(sent);
}

core::Task<bool> Viewer::send_output() {
  const DisplayOffset from = flow_->cursor();
  const auto chunk = session_->chunk(from, kFrame);
  std::string_view bytes = std::string_view(*chunk).substr(0, flow_->room());
  if (!sizes_.empty()) bytes = bytes.substr(0, sizes_.front().at - from);
  const std::string head = output_head(from);
  core::meters().viewer_bytes += bytes.size();
  flow_->sent_output(bytes.size(), std::chrono::steady_clock::now());
  auto sent = co_await channel_.send_binary(head, bytes);
  co_return static_cast<bool>(sent);
}

core::Task<> Viewer::read() {
  struct Done {
    Viewer& viewer;
    ~Done() { viewer.end(); }
  };
  const Done done{*this};
  while (true) {
    auto message = co_await channel_.receive();
    if (!message) co_return;
    heard_at_ = std::chrono::steady_clock::now();
    if (kicked_) continue;  // it has no say while its farewell is on the way
    if (message->kind == core::ChannelMessage::Kind::binary) {
      on_binary(message->data);
    } else {
      on_text(message->data);
    }
  }
}

void Viewer::on_binary(const std::string& frame) {
  const auto decoded = decode_viewer_frame(frame);
  if (!decoded) {
    post(error_frame({base::Errc::protocol, "A binary frame was malformed. See docs/terminal-websocket.md."}));
    return;
  }
  if (decoded->kind == ViewerFrame::Kind::ack) {
    if (flow_->acknowledged(decoded->offset, std::chrono::steady_clock::now())) wake();
    return;
  }
  const auto refuse = [&](const base::Error& error) {
    post(text_of({{"type", "input_refused"},
                  {"sequence", decoded->sequence},
                  {"code", error.name()},
                  {"message", error.message()}}));
  };
  if (!may_type()) {
    refuse({base::Errc::denied, "This viewer may only watch."});
    return;
  }
  note_activity();
  const auto typed = session_->type(decoded->bytes, *this, options_.input_token, decoded->sequence);
  if (typed) {
    if (!ack_due_) {
      ack_at_ = std::chrono::steady_clock::now() + kAckDelay;
      wake();
    }
    ack_due_ = std::max(ack_due_.value_or(0), decoded->sequence);
  } else {
    refuse(typed.error());
  }
}

void Viewer::on_text(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  const std::string type =
      json.is_object() && json.contains("type") && json["type"].is_string() ? json["type"].get<std::string>() : "";
  const auto least = least_role(type);
  if (!least) {
    post(error_frame({base::Errc::protocol, "Unknown frame. See docs/terminal-websocket.md."}));
  } else if (options_.role < *least) {
    post(error_frame({base::Errc::denied, may_type()
                                              ? "A viewer of role \"" + std::string(session::name(options_.role)) +
                                                    "\" may not send \"" + type + "\"."
                                              : "This viewer may only watch."}));
  } else {
    if (*least > Role::viewer) note_activity();
    on_allowed(type, json);
  }
}

void Viewer::on_allowed(const std::string& type, const nlohmann::json& json) {
  const auto number = [&](const char* key) {
    return json.contains(key) && json[key].is_number_integer() ? json[key].get<std::int64_t>() : 0;
  };
  const auto flag = [&](const char* key) {
    return json.contains(key) && json[key].is_boolean() && json[key].get<bool>();
  };
  if (type == "ping") {
    post(text_of({{"type", "pong"}}), "pong");
  } else if (type == "pong") {
    flow_->answered(std::chrono::steady_clock::now());
    if (!flow_->doubts()) return;
    next_ping_ = std::chrono::steady_clock::now();
    wake();
  } else if (type == "visible") {
    set_visible(flag("visible"));
  } else if (type == "resize") {
    const auto cols = number("cols");
    const auto rows = number("rows");
    if (cols < 1 || cols > term::max_cols || rows < 1 || rows > term::max_rows) return;
    options_.window = {static_cast<int>(cols), static_cast<int>(rows)};
    options_.has_window = true;
    session_->apply_size_policy();
    session_->viewer_changed();
  } else if (type == "size_policy") {
    const auto policy = json.contains("policy") && json["policy"].is_string()
                            ? size_policy(json["policy"].get<std::string>())
                            : std::nullopt;
    if (policy) session_->update_meta([&](Meta& meta) { meta.size_policy = *policy; });
  } else if (type == "control") {
    if (flag("take")) {
      session_->set_control(this);
    } else if (session_->control() == this) {
      session_->set_control(nullptr);
    }
  } else if (type == "prefill") {
    // It is input as well.
    const auto free = options_.waits_for_people ? session_->free_for_agents() : base::Result<>();
    const auto placed = free ? session_->answer().place_waiting() : free;
    if (!placed) post(error_frame(placed.error()));
  } else if (type == "release_input") {
    session_->ui().release_all("person");
  } else if (type == "ask_cancel") {
    session_->answer().cancel();
  }
}

void Viewer::note_activity() {
  const double now = base::wall_seconds();
  const bool news = now - last_activity_ > kActivityNews;
  last_activity_ = now;
  if (news) session_->viewer_changed();
}

void Viewer::set_visible(bool visible) {
  if (visible_ == visible) return;
  visible_ = visible;
  // What a hidden tab missed comes as one snapshot, unless it is little.
  if (visible && session_->size() - flow_->cursor() > flow_->size()) snapshot_due_ = true;
  session_->apply_size_policy();
  wake();
}

}  // namespace duotty::session
