#include "repeats.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <duotty/record/json_text.hpp>

namespace duotty::ws {
namespace {

using rpc::Json;

bool same_caller(const rpc::Caller& a, const rpc::Caller& b) {
  return a.kind == b.kind && a.name == b.name && a.owner == b.owner;
}

std::string request_text(const std::string& method, const Json& params) {
  return method + "\n" + record::to_text(params);
}

core::Task<> until_cancelled(KeptCall& call) {
  while (!call.cancelled) co_await call.changed.wait();
}

std::string answer_of(const std::string& id, base::Result<Json>&& result, const Json* details = nullptr) {
  if (!result) {
    Json error = rpc::error_frame(result.error(), details);
    return record::to_text({{"id", id}, {"type", "error"}, {"error", std::move(error)}});
  }
  return record::to_text({{"id", id}, {"type", "result"}, {"data", std::move(*result)}});
}

}  // namespace

Repeats::Repeats(core::asio::any_io_executor executor, const rpc::Dispatcher& dispatcher)
    : dispatcher_(dispatcher), scope_(std::move(executor)) {}

bool Repeats::takes(const Json& id, const std::string& method, const Json& params) const {
  const rpc::Method* row = dispatcher_.table().find(method);
  return id.is_string() && row && row->kind == rpc::Kind::call && row->spec.mutates &&
         record::to_text(params).size() <= kMaxRequest;
}

std::shared_ptr<KeptCall> Repeats::run(rpc::Call call, const std::string& id, const std::string& method, Json params) {
  std::string request = request_text(method, params);
  const auto found = std::find_if(left_.begin(), left_.end(), [&](const auto& kept) {
    return kept->id == id && same_caller(kept->caller, call.caller) && kept->request == request;
  });
  if (found != left_.end()) {
    auto kept = *found;
    left_.erase(found);
    return kept;
  }
  auto kept = std::make_shared<KeptCall>(scope_.executor(), call.caller, id);
  kept->request = std::move(request);
  call.progress = [weak = std::weak_ptr(kept)](const Json& data) {
    if (const auto alive = weak.lock(); alive && alive->progress) alive->progress(data);
  };
  scope_.spawn("request " + method, carry_out(kept, std::move(call), method, std::move(params)));
  return kept;
}

core::Task<> Repeats::carry_out(std::shared_ptr<KeptCall> kept, rpc::Call call, std::string method, Json params) {
  using namespace core::asio::experimental::awaitable_operators;
  auto ended = co_await (dispatcher_.call(method, call, std::move(params)) || until_cancelled(*kept));
  kept->answer = ended.index() == 1 ? record::to_text({{"id", kept->id}, {"type", "cancelled"}})
                                    : answer_of(kept->id, std::move(std::get<0>(ended)), call.details.get());
  kept->finished = true;
  kept->progress = nullptr;
  if (std::find(left_.begin(), left_.end(), kept) != left_.end()) shorten(*kept);
  kept->changed.notify();
}

void Repeats::shorten(KeptCall& call) {
  if (call.answer.size() <= kMaxAnswer) return;
  const base::Error error(base::Errc::too_large,
                          "This call was carried out while the connection was lost. Its result was too large to keep.");
  call.answer = answer_of(call.id, error);
}

void Repeats::leave(const std::shared_ptr<KeptCall>& call) {
  call->progress = nullptr;
  if (call->cancelled || scope_.stopping()) return;
  if (!make_room(call->caller)) return cancel(*call);
  if (call->finished) shorten(*call);
  left_.push_back(call);
  scope_.spawn("keep " + call->id, forget_later(call));
}

bool Repeats::make_room(const rpc::Caller& caller) {
  const auto theirs = [&](const auto& kept) { return same_caller(kept->caller, caller); };
  if (static_cast<std::size_t>(std::count_if(left_.begin(), left_.end(), theirs)) < kMaxCalls) return true;
  const auto oldest =
      std::find_if(left_.begin(), left_.end(), [&](const auto& kept) { return theirs(kept) && kept->finished; });
  if (oldest == left_.end()) return false;
  left_.erase(oldest);
  return true;
}

core::Task<> Repeats::forget_later(std::shared_ptr<KeptCall> call) {
  const auto left_at = call->left_at = std::chrono::steady_clock::now();
  co_await core::sleep_for(kKeep);
  // Somebody may have taken it up and lost it again meanwhile; then a later turn forgets it.
  if (call->left_at == left_at) left_.remove(call);
}

void Repeats::cancel(KeptCall& call) {
  call.cancelled = true;
  call.changed.notify();
}

void Repeats::drop(const std::function<bool(const rpc::Caller&)>& still_valid) {
  for (auto at = left_.begin(); at != left_.end();) {
    if (still_valid((*at)->caller)) {
      ++at;
      continue;
    }
    cancel(**at);
    at = left_.erase(at);
  }
}

}  // namespace duotty::ws
