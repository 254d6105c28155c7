#include "watches.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <duotty/record/json_members.hpp>

namespace duotty::mcp {
namespace {

constexpr int kLongestLook = 600'000;            ///< milliseconds of one wait for a change
constexpr std::chrono::seconds kAfterTheEnd{2};  ///< between looks at a terminal whose program has ended

}  // namespace

/// The stream of terminals as they come, change and go.
class Watches::ListSink final : public rpc::Sink {
 public:
  explicit ListSink(Watches& watches) : watches_(watches) {}
  Task<base::Result<>> open() override { co_return base::Result<>(); }
  Task<base::Result<>> send(rpc::StreamEvent event) override {
    const Json& data = *event.data;
    if (event.name == "snapshot") {
      std::set<std::string> now;
      for (const auto& session : data.value("sessions", Json::array())) now.insert(text_of(session, "id"));
      if (known_ && *known_ != now) gone_or_come();
      known_ = std::move(now);
    } else if (event.name == "session_closed") {
      known_->erase(text_of(data, "session_id"));
      gone_or_come();
    } else if (event.name != "heartbeat") {
      // A terminal without a tab is first heard of when it changes.
      if (known_->insert(text_of(data.value("session", Json::object()), "id")).second) gone_or_come();
      watches_.changed(std::string(kTerminalsUri));
    }
    co_return base::Result<>();
  }

 private:
  void gone_or_come() {
    watches_.list_changed();
    watches_.changed(std::string(kTerminalsUri));
  }
  Watches& watches_;
  std::optional<std::set<std::string>> known_;
};

Watches::Watches(core::asio::any_io_executor executor, const rpc::Dispatcher& dispatcher, rpc::Call call, Notify notify)
    : executor_(executor),
      dispatcher_(dispatcher),
      call_(std::move(call)),
      notify_(std::move(notify)),
      wake_(executor),
      scope_(executor) {
  call_.progress = nullptr;
}

base::Result<> Watches::add(const std::string& uri) {
  const auto name = parse_resource(uri);
  if (!name) return base::Error(base::Errc::not_found, "There is no resource \"" + uri.substr(0, 120) + "\".");
  if (watches_.contains(uri)) return {};
  if (watches_.size() >= kMax) {
    return base::Error(base::Errc::limit_reached, "64 resources are watched. Unsubscribe from one first.");
  }
  begin_telling();
  auto watch = std::make_shared<Watch>(executor_);
  watches_.emplace(uri, watch);
  if (name->kind == ResourceName::Kind::terminals) {
    begin_list();
  } else if (name->kind != ResourceName::Kind::guide) {
    scope_.spawn("changes of " + uri, follow(uri, *name, watch));
  }
  return {};
}

void Watches::remove(const std::string& uri) {
  const auto found = watches_.find(uri);
  if (found == watches_.end()) return;
  found->second->ended = true;
  found->second->stop.notify();
  watches_.erase(found);
  changed_.erase(uri);
}

void Watches::watch_list() {
  tells_list_ = true;
  begin_list();
}

void Watches::begin_list() {
  if (follows_list_) return;
  follows_list_ = true;
  scope_.spawn("changes of the list of resources", follow_list());
  begin_telling();
}

void Watches::begin_telling() {
  if (tells_) return;
  tells_ = true;
  scope_.spawn("changes of resources", tell());
}

Task<> Watches::follow_list() {
  ListSink sink(*this);
  rpc::Call call = call_;
  Json none = Json::object();
  auto ended = co_await dispatcher_.stream("sessions.stream", call, std::move(none), sink);
  static_cast<void>(ended);
}

Task<> Watches::follow(std::string uri, ResourceName name, std::shared_ptr<Watch> watch) {
  using namespace core::asio::experimental::awaitable_operators;
  co_await (follow_terminal(std::move(uri), std::move(name)) || watch->until_ended());
}

Task<> Watches::follow_terminal(std::string uri, ResourceName name) {
  rpc::Call call = call_;
  std::optional<std::int64_t> generation;
  while (true) {
    Json params = {{"terminal_id", name.terminal}, {"idle_ms", 0}, {"max_wait_ms", generation ? kLongestLook : 0}};
    if (generation) params["last_generation"] = *generation;
    auto waited = co_await dispatcher_.call("terminal.wait", call, std::move(params));
    if (!waited) break;  // it is gone, or was never there
    const std::int64_t now = record::integer_of(*waited, "generation");
    if (generation && now != *generation) changed(uri);
    const bool same = generation && now == *generation;
    generation = now;
    if (same) {
      co_await core::sleep_for(kAfterTheEnd);
    } else {
      co_await core::sleep_for(kCollect);
    }
  }
  if (generation) changed(uri);
}

void Watches::changed(const std::string& uri) {
  if (!watches_.contains(uri)) return;
  changed_.insert(uri);
  wake_.notify();
}

void Watches::list_changed() {
  list_changed_ = tells_list_;
  wake_.notify();
}

Task<> Watches::tell() {
  while (true) {
    while (changed_.empty() && !list_changed_) co_await wake_.wait();
    const auto uris = std::move(changed_);
    changed_.clear();
    if (list_changed_) notify_("notifications/resources/list_changed", Json::object());
    list_changed_ = false;
    for (const auto& uri : uris) {
      Json params = {{"uri", uri}};
      notify_("notifications/resources/updated", std::move(params));
    }
    co_await core::sleep_for(kCollect);
  }
}

}  // namespace duotty::mcp
