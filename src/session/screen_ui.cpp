#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <duotty/base/plain_text.hpp>
#include <duotty/base/random.hpp>
#include <duotty/base/utc_time.hpp>
#include <duotty/core/log.hpp>
#include <duotty/core/replace_file.hpp>
#include <duotty/overlay/scene.hpp>
#include <duotty/pty/tty.hpp>
#include <duotty/session/screen_ui.hpp>
#include <duotty/session/session.hpp>
#include <duotty/session/viewer.hpp>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

namespace duotty::session {
namespace {

using base::Errc;
using base::Error;

constexpr std::size_t kMaxFile = 4 * 1024 * 1024;

/// Replaces the file atomically; without a sync: a machine that stops loses its terminals anyway.
bool write_file(const std::string& path, const std::string& bytes) {
  if (bytes.empty()) return ::unlink(path.c_str()) == 0 || errno == ENOENT;
  return core::replace_file(path, bytes, {.synced = false}).has_value();
}

}  // namespace

ScreenUi::ScreenUi(Session& session, std::string file)
    : session_(session),
      file_(std::move(file)),
      window_{session.meta().cols, session.meta().rows},
      work_(session.executor()) {}

ScreenUi::~ScreenUi() = default;

overlay::Layout ScreenUi::layout() const {
  return overlay::lay_out(store_.elements(), store_.mode(), {window_.cols, window_.rows});
}

base::Result<> ScreenUi::change(const std::function<base::Result<>(overlay::Store&)>& change) {
  if (session_.closed()) {
    return Error(Errc::gone, "Terminal \"" + session_.id() + "\" was closed.");
  }
  overlay::Store next = store_;
  if (auto done = change(next); !done) return done.error();
  const auto rows = layout().program.rows;
  store_ = std::move(next);
  const std::string focus = captures_.focus();
  if (!focus.empty() && store_.find(focus) == nullptr) captures_.forget(focus);
  changed(layout().program.rows != rows);
  return {};
}

void ScreenUi::changed(bool resize) {
  unsaved_ = true;
  wake();
  // The frame first: a viewer that hears of the smaller size knows already what takes the rest.
  tell();
  if (!resize) return;
  if (auto done = session_.resize(window_); !done) core::log_debug("{}", done.error().message());
}

std::optional<nlohmann::json> ScreenUi::frame() const {
  auto scene = overlay::scene_of(layout(), store_.mode(), captures_.focus());
  if (const auto* top = captures_.top()) scene.capture = overlay::CaptureSign{top->id, top->by};
  if (scene.empty() && scene.mode == overlay::ScreenMode::normal) return std::nullopt;
  return overlay::to_json(scene);
}

void ScreenUi::tell() {
  auto told = frame();
  session_.broadcast(told ? *told : overlay::to_json(overlay::Scene{}));
}

WindowSize ScreenUi::fit(WindowSize window) {
  const bool other = window != window_;
  window_ = window;
  const auto area = layout().program;
  if (other && !store_.elements().empty()) {
    unsaved_ = true;
    wake();
    tell();
  }
  return {area.cols, area.rows};
}

// --- input ----------------------------------------------------------------------------------------------------------

base::Result<> ScreenUi::check_focus(const std::string& id) const {
  if (id.empty()) return {};
  const auto* element = store_.find(id);
  if (element == nullptr) {
    return Error(Errc::not_found, "No overlay or panel \"" + base::clean_text(id.substr(0, 64), false) + "\".",
                 "focus");
  }
  if (!element->focusable) {
    return Error(Errc::invalid_params, "\"" + id + "\" is not focusable. Make it so with \"focusable\": true.",
                 "focus");
  }
  return {};
}

bool ScreenUi::reads_password() const {
  const int master = session_.pty_.master.get();
  return session_.pty_.master && pty::canonical(master) && !pty::echo_on(master);
}

base::Result<std::shared_ptr<InputCapture>> ScreenUi::capture(std::string by, std::string focus) {
  if (!session_.alive()) {
    return Error(Errc::gone, "The program in terminal \"" + session_.id() + "\" has ended.");
  }
  if (session_.control() != nullptr) {
    return Error(Errc::busy_user, "A person has taken control of this terminal. Wait until it is released.");
  }
  if (reads_password()) {
    return Error(Errc::busy, "The program in this terminal reads a password: what is typed now is for it alone.");
  }
  if (auto fine = check_focus(focus); !fine) return fine.error();
  auto owner = std::make_shared<InputCapture>(session_.executor(), "c" + base::make_id().substr(0, 7));
  if (!captures_.push({owner->id(), std::move(by), std::move(focus)})) {
    return Error(Errc::limit_reached, "The keyboard of this terminal is already captured " +
                                          std::to_string(overlay::CaptureStack::kDepth) + " times.");
  }
  owners_.push_back(owner);
  session_.events_.on_noted(session_, "input_capture",
                            {{"capture", owner->id()}, {"by", captures_.top()->by}, {"focus", captures_.focus()}});
  tell();
  return owner;
}

void ScreenUi::release(const std::shared_ptr<InputCapture>& capture) {
  release_all("owner", [&](const overlay::Capture& one) { return one.id == capture->id(); });
}

std::size_t ScreenUi::release_all(std::string_view why, const std::function<bool(const overlay::Capture&)>& wanted) {
  std::vector<std::shared_ptr<InputCapture>> ended;
  std::size_t count = 0;
  for (const auto& owner : std::vector(owners_)) {
    const overlay::Capture* known = captures_.find(owner->id());
    if (known == nullptr || (wanted && !wanted(*known))) continue;
    captures_.remove(owner->id());
    std::erase(owners_, owner);
    owner->ended_ = why;
    owner->changed_.notify();
    session_.events_.on_noted(session_, "input_release", {{"capture", owner->id()}, {"why", std::string(why)}});
    ++count;
  }
  if (count > 0) tell();
  return count;
}

base::Result<> ScreenUi::set_focus(const std::string& id) {
  if (auto fine = check_focus(id); !fine) return fine.error();
  if (captures_.focus() == id) return {};
  captures_.set_focus(id);
  tell();
  return {};
}

bool ScreenUi::take(std::string_view bytes, const Viewer& viewer) {
  if (!captures_.active()) return false;
  // Whoever types a password means the program that asks for it.
  if (reads_password()) {
    release_all("password");
    return false;
  }
  auto keys = overlay::decode_keys(bytes);
  if (captures_.leaves(viewer.id(), keys)) {
    release_all("person");
    return true;
  }
  const auto* top = captures_.top();
  const auto owner =
      std::find_if(owners_.begin(), owners_.end(), [&](const auto& one) { return one->id() == top->id; });
  if (owner == owners_.end()) return false;
  if ((*owner)->inputs_.size() >= InputCapture::kMaxWaiting) {
    release_all("slow", [id = top->id](const overlay::Capture& one) { return one.id == id; });
    return true;
  }
  (*owner)->inputs_.push_back({std::string(bytes), std::move(keys), viewer.id(), top->focus});
  (*owner)->changed_.notify();
  return true;
}

// --- life -----------------------------------------------------------------------------------------------------------

std::string ScreenUi::record() const {
  if (store_.elements().empty() && store_.mode() == overlay::ScreenMode::normal) return {};
  return std::to_string(window_.cols) + " " + std::to_string(window_.rows) + "\n" + store_.save();
}

void ScreenUi::restore() {
  const auto size = session_.terminal().size();
  window_ = {size.cols, size.rows};
  if (file_.empty()) return;
  std::ifstream in(file_, std::ios::binary);
  if (!in) return;
  WindowSize window;
  std::string line;
  std::getline(in, line);
  std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  auto store = bytes.size() <= kMaxFile ? overlay::Store::restore(bytes) : std::nullopt;
  const bool sized = std::sscanf(line.c_str(), "%d %d", &window.cols, &window.rows) == 2 && window.cols >= 1 &&
                     window.cols <= term::max_cols && window.rows >= 1 && window.rows <= term::max_rows;
  if (!store || !sized) {
    core::log_warning("{}: the overlays and panels could not be read and are gone", session_.id());
    return;
  }
  store_ = std::move(*store);
  window_ = window;
  kept_ = true;
}

void ScreenUi::wake() {
  if (running_) return work_.notify();
  if (!session_.begun_ || (!unsaved_ && store_.next_expiry() == 0)) return;
  running_ = true;
  session_.scope_.spawn("screen UI of " + session_.id(), run());
}

core::Task<> ScreenUi::run() {
  struct Done {
    bool& running;
    ~Done() { running = false; }
  };
  const Done done{running_};
  while (true) {
    if (const auto gone = store_.expire(base::wall_seconds()); !gone.empty()) {
      for (const auto& id : gone) captures_.forget(id);
      session_.events_.on_noted(session_, "overlay_expired", {{"ids", gone}});
      changed(true);
    }
    if (std::exchange(unsaved_, false) && !file_.empty()) {
      std::string bytes = record();
      if (bytes.empty() && !kept_) continue;
      kept_ = !bytes.empty();
      auto write = [path = file_, content = std::move(bytes)] { return write_file(path, content); };
      const bool written = co_await session_.disk_.run(std::move(write));
      if (!written) core::log_warning("{}: the overlays and panels could not be kept", session_.id());
      continue;
    }
    const double next = store_.next_expiry();
    if (next == 0) co_return;
    const auto left = std::chrono::duration<double>(std::clamp(next - base::wall_seconds(), 0.0, 3600.0));
    const auto due = std::chrono::steady_clock::now() + std::chrono::ceil<std::chrono::milliseconds>(left) +
                     std::chrono::milliseconds(1);
    co_await work_.wait_until(due);
  }
}

void ScreenUi::save_now() {
  if (!std::exchange(unsaved_, false) || file_.empty()) return;
  static_cast<void>(write_file(file_, record()));
}

void ScreenUi::end() {
  release_all("closed");
}

}  // namespace duotty::session
