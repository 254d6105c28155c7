#pragma once
// One attached client: a cursor into the display stream that is late when its client is slow, and skips to a snapshot
// when it is too late. It queues no output, so it can hold up neither the program nor another viewer.
#include <chrono>
#include <cstdint>
#include <duotty/base/error.hpp>
#include <duotty/core/channel.hpp>
#include <duotty/core/scope.hpp>
#include <duotty/session/role.hpp>
#include <duotty/session/types.hpp>
#include <functional>
#include <list>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace duotty::session {

class FlowWindow;
class Session;

/// What the client asked for when it attached.
struct ViewerOptions {
  std::string name;  ///< for people: "Firefox on Linux", "duotty attach"
  std::string kind;  ///< "browser", "cli"
  Role role = Role::viewer;
  bool waits_for_people = false;  ///< its input is refused while a person types or has control
  /// Asked before its keys are passed on; an error refuses them. Empty for people, whose keys are never judged.
  std::function<base::Result<>(std::string_view keys)> admit;
  WindowSize window;
  bool has_window = false;  ///< without a window it has no say in the size
  std::string input_token;  ///< numbers input frames across reconnects; empty: per connection
  std::string epoch;        ///< with `offset`: continue an earlier connection
  std::optional<DisplayOffset> offset;
  std::string hello;  ///< JSON of the terminal for the first frame
};

/// Loop thread only. Lives as long as its connection.
class Viewer {
 public:
  Viewer(std::shared_ptr<Session> session, core::Channel& channel, ViewerOptions options);
  Viewer(const Viewer&) = delete;
  Viewer& operator=(const Viewer&) = delete;
  ~Viewer();

  /// Serves the connection until the client leaves or the terminal is closed.
  core::Task<> serve();

  const std::string& id() const noexcept { return id_; }
  const std::string& name() const noexcept { return options_.name; }
  const std::string& kind() const noexcept { return options_.kind; }
  Role role() const noexcept { return options_.role; }
  bool may_type() const noexcept { return options_.role >= kLeastToType; }
  bool waits_for_people() const noexcept { return options_.waits_for_people; }
  /// True when its keys are judged: a program holds them.
  bool is_judged() const noexcept { return static_cast<bool>(options_.admit); }
  /// What ViewerOptions::admit says about keys; always allowed for people.
  base::Result<> admit(std::string_view keys) const { return options_.admit ? options_.admit(keys) : base::Result<>(); }
  bool visible() const noexcept { return visible_; }
  bool has_window() const noexcept { return options_.has_window; }
  const WindowSize& window() const noexcept { return options_.window; }

  /// Seconds since 1970.
  double attached_at() const noexcept { return attached_at_; }
  /// When it last typed or changed something, in seconds since 1970; the time it attached until then.
  double last_activity() const noexcept { return last_activity_; }

  /// New output is there.
  void wake();
  /// Queues a control frame (bounded: a client that does not read is disconnected). A frame that says of what it tells
  /// replaces one of the same word that still waits, because only the newest state counts.
  void post(std::shared_ptr<const std::string> frame, std::string_view tells = {});
  /// The program has another size from here on in the stream: the frame goes between the bytes before and after it.
  void resized(std::shared_ptr<const std::string> frame);
  /// The terminal was closed: sends what is queued, then ends the connection.
  void finish();
  /// The client is sent away with close code 4403, politely if it reads.
  void kick();

 private:
  core::Task<> read();
  using time_point = std::chrono::steady_clock::time_point;

  void greet();
  core::Task<> write();
  core::Task<bool> send_due();
  void look_again(time_point at);
  void on_time();
  void end();
  /// When the connection ends without a word of the client.
  time_point patience() const noexcept;
  core::Task<bool> send_waiting();
  core::Task<bool> send_snapshot();
  core::Task<bool> send_output();
  void on_text(const std::string& text);
  void on_allowed(const std::string& type, const nlohmann::json& json);
  void note_activity();
  void on_binary(const std::string& frame);
  void set_visible(bool visible);

  std::shared_ptr<Session> session_;
  core::Channel& channel_;
  ViewerOptions options_;
  std::string id_;
  bool visible_ = true;
  bool finishing_ = false;
  bool kicked_ = false;
  double attached_at_;
  double last_activity_;
  time_point heard_at_;  ///< when anything came from it
  time_point kicked_at_{};
  time_point next_ping_;
  bool overrun_ = false;
  bool snapshot_due_ = true;
  bool first_snapshot_ = true;
  std::unique_ptr<FlowWindow> flow_;
  std::chrono::steady_clock::time_point last_snapshot_{};
  std::optional<std::uint32_t> ack_due_;  ///< the newest input that has arrived and is not acknowledged
  std::chrono::steady_clock::time_point ack_at_{};
  struct Waiting {
    std::shared_ptr<const std::string> frame;
    std::string tells;
  };
  struct SizeChange {
    DisplayOffset at;
    std::shared_ptr<const std::string> frame;
  };
  // Hundreds of viewers have nothing to do most of the time. So no coroutine waits for something to send: write() is
  // started when there is something, and serve() with its one timer waits for all that is due later.
  std::list<Waiting> outbox_;
  std::list<SizeChange> sizes_;
  bool serving_ = false;  ///< ends serve() when it becomes false again
  bool writing_ = false;
  time_point due_ = time_point::max();
  core::asio::steady_timer timer_;
  core::Scope scope_;
};

}  // namespace duotty::session
