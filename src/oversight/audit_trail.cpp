#include <algorithm>
#include <chrono>
#include <duotty/base/plain_text.hpp>
#include <duotty/base/text.hpp>
#include <duotty/http/digest.hpp>
#include <duotty/oversight/audit_trail.hpp>
#include <duotty/record/json_members.hpp>
#include <duotty/record/json_text.hpp>
#include <duotty/session/registry.hpp>
#include <duotty/session/session.hpp>
#include <nlohmann/json.hpp>

#include "refusals.hpp"

namespace duotty::oversight {
namespace {

using rpc::Caller;
using rpc::Json;

constexpr std::size_t kLine = 160;
/// Parameters whose value must not be guessed by its hash.
constexpr const char* kSecrets[] = {"api_key",  "agent_api_token", "web_access_key", "claim_secret", "token",
                                    "password", "passphrase",      "private_key",    "privateKey",   "answers"};
/// Methods that change nothing and are noted all the same: they hand out what is secret.
constexpr std::string_view kGivers[] = {"handshake", "settings.export", "settings.reveal_token", "audit.export"};

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

const char* kind_name(const Caller& caller) {
  static constexpr const char* names[] = {"anonymous", "owner", "session", "token", "agent"};
  return names[static_cast<std::size_t>(caller.kind)];
}

store::AuditRow row_about(const Refusals::Skipped& skipped) {
  store::AuditRow row;
  row.at = now_ms();
  row.kind = kind_name(skipped.caller);
  row.who = skipped.caller.name;
  row.owner = skipped.caller.owner;
  row.method = "audit.skipped";
  row.bytes = skipped.count;
  row.outcome = "denied";
  return row;
}

/// Lists of things have their secrets further in: imported bookmarks. A text that holds many of them is one itself.
void mask(Json& value) {
  if (value.is_array()) {
    for (Json& one : value) mask(one);
  }
  if (!value.is_object()) return;
  for (const char* name : kSecrets) {
    if (const auto found = value.find(name); found != value.end()) *found = "***";
  }
  for (auto& [key, one] : value.items()) {
    if (one.is_structured()) mask(one);
  }
}

/// Handing out what is stored encrypted is noted like a change.
bool asks_for_stored_secrets(const rpc::Method& method, const Json& params) {
  if (method.name != "ssh.connections.get" || !params.is_object()) return false;
  const auto found = params.find("secrets");
  return found != params.end() && *found != Json(false) && *found != Json("false") && *found != Json("0");
}

/// True when what is typed now is read without echo.
bool asks_for_secret(const session::Session& session) {
  return session.line_reader().kind == session::LineReader::Kind::password;
}

}  // namespace

Json without_secrets(const Json& params) {
  Json out = params;
  mask(out);
  return out;
}

std::string line_about(const Json& params) {
  if (!params.is_object()) return {};
  for (const char* name : {"path", "command", "data", "keys", "text", "signal", "name", "token_id", "job_id", "viewer",
                           "request_id", "output_ref", "title", "conn_id", "host", "scopes"}) {
    const auto found = params.find(name);
    if (found == params.end()) continue;
    std::string line;
    if (found->is_string()) {
      line = found->get<std::string>();
    } else if (found->is_array()) {
      for (const Json& one : *found) {
        if (one.is_string() && line.size() < kLine) line += (line.empty() ? "" : " ") + one.get<std::string>();
      }
    }
    if (line = base::clean_line(line, kLine); !line.empty()) return line;
  }
  return {};
}

/// A call under way: its end is written when it is told, or when the call is thrown away.
class AuditTrail::Noted final : public rpc::Witnessed {
 public:
  Noted(AuditTrail& trail, std::shared_ptr<Activity> activity, store::AuditStore::Finish finish)
      : trail_(trail), activity_(std::move(activity)), finish_(std::move(finish)) {}
  Noted(const Noted&) = delete;
  Noted& operator=(const Noted&) = delete;
  ~Noted() override {
    if (activity_->running) ended("cancelled", nullptr);
  }

  void ended(std::string_view outcome, const Json* result) override {
    if (!activity_->running) return;
    activity_->running = false;
    store::AuditRow& row = activity_->row;
    row.duration_ms = std::max<std::int64_t>(0, now_ms() - row.at);
    row.outcome = outcome;
    if (result != nullptr && result->is_object()) take(*result, row);
    trail_.store_->put(row, std::move(finish_));
    trail_.changed(activity_);
    if (row.method == "settings.set" && outcome == "ok" && trail_.on_settings) trail_.on_settings();
  }

  const std::shared_ptr<Activity>& activity() const noexcept { return activity_; }

 private:
  void take(const Json& result, store::AuditRow& row) {
    row.status = base::shorten(record::text_of(result, "status"), 32);
    if (const auto code = result.find("exit_code"); code != result.end() && code->is_number_integer()) {
      row.exit_code = code->get<int>();
    }
    if (!row.terminal.empty()) return;
    row.terminal = base::shorten(record::text_of(result, row.method == "terminal.create" ? "id" : "terminal_id"), 64);
    if (const auto made = trail_.registry_.find(row.terminal); made) {
      row.terminal_name = (*made)->meta().name;
      activity_->label = (*made)->meta().owner;
    }
  }

  AuditTrail& trail_;
  std::shared_ptr<Activity> activity_;
  store::AuditStore::Finish finish_;
};

AuditTrail::AuditTrail(session::Registry& registry, std::unique_ptr<store::AuditStore> store, core::Event& news)
    : registry_(registry), store_(std::move(store)), news_(news), refusals_(std::make_unique<Refusals>()) {}

AuditTrail::~AuditTrail() = default;

std::unique_ptr<rpc::Witnessed> AuditTrail::begins(const rpc::Method& method, const rpc::Call& call,
                                                   const Json& params) {
  const bool gives = std::find(std::begin(kGivers), std::end(kGivers), method.name) != std::end(kGivers);
  if (!method.spec.mutates && !gives && !asks_for_stored_secrets(method, params)) return nullptr;
  // Strangers are told of by what they ask for; a person's page attaches whenever it is looked at.
  if (call.caller.kind == Caller::Kind::anonymous) return nullptr;
  if (method.kind == rpc::Kind::duplex && call.caller.is_person()) return nullptr;
  auto noted = open(method, call, params);
  changed(noted->activity());
  return noted;
}

void AuditTrail::refused(const rpc::Method& method, const rpc::Call& call, const Json& params, const base::Error& why) {
  if (call.caller.kind == Caller::Kind::anonymous) return;
  if (!refusals_->notes(call.caller, std::chrono::system_clock::now())) return;
  for (const auto& skipped : refusals_->take_skipped(call.caller)) store_->put(row_about(skipped));
  open(method, call, params)->ended(why.name(), nullptr);
}

core::Task<> AuditTrail::stop() {
  for (const auto& skipped : refusals_->take_all_skipped()) store_->put(row_about(skipped));
  return store_->stop();
}

std::unique_ptr<AuditTrail::Noted> AuditTrail::open(const rpc::Method& method, const rpc::Call& call,
                                                    const Json& params) {
  auto activity = std::make_shared<Activity>();
  activity->id = ++last_id_;
  store::AuditRow& row = activity->row;
  row.at = now_ms();
  row.kind = kind_name(call.caller);
  row.who = call.caller.name;
  row.owner = call.caller.owner;
  row.surface = call.surface;
  row.client = call.client;
  row.method = method.name;
  activity->label = call.caller.owner;
  bool secret = false;
  std::string terminal = record::text_of(params, "terminal_id");
  if (terminal.empty()) terminal = record::text_of(params, "session_id");
  if (!terminal.empty()) {
    const auto found = registry_.find(terminal, call.caller.owner);
    row.terminal = found ? (*found)->id() : base::clean_line(terminal, kLine);
    if (found) {
      row.terminal_name = (*found)->meta().name;
      activity->label = (*found)->meta().owner;
      secret = method.name == "terminal.input" && asks_for_secret(**found);
    }
  }
  store::AuditStore::Finish finish;
  if (!secret) {
    Json told = without_secrets(params);
    // Bookmarks as a text: the passwords in it would be told by its hash.
    if (method.name == "ssh.connections.import" && told.contains("text")) told["text"] = "***";
    auto shown = std::make_shared<const Json>(std::move(told));
    activity->what = line_about(*shown);
    finish = [shown = std::move(shown)](store::AuditRow& to) {
      const std::string text = record::to_text(*shown);
      to.bytes = static_cast<std::int64_t>(text.size());
      to.digest = http::sha256_hex(text);
    };
  }
  return std::make_unique<Noted>(*this, std::move(activity), std::move(finish));
}

void AuditTrail::proposed(const session::Session& session, const std::string& command) {
  store::AuditRow row;
  row.kind = "ai";
  row.who = "ai";
  row.method = "ai.propose";
  row.terminal = session.id();
  row.terminal_name = session.meta().name;
  row.bytes = static_cast<std::int64_t>(command.size());
  row.digest = http::sha256_hex(command);
  note(std::move(row), command);
}

void AuditTrail::note(store::AuditRow row, std::string what) {
  auto activity = std::make_shared<Activity>();
  activity->id = ++last_id_;
  activity->running = false;
  activity->what = base::clean_line(what, kLine);
  activity->row = std::move(row);
  if (const auto found = registry_.find(activity->row.terminal); found) activity->label = (*found)->meta().owner;
  activity->row.at = now_ms();
  if (activity->row.outcome.empty()) activity->row.outcome = "ok";
  store_->put(activity->row);
  changed(activity);
}

void AuditTrail::changed(const std::shared_ptr<Activity>& activity) {
  activities_.erase(activity->seq);
  activity->seq = ++last_seq_;
  activities_.emplace(activity->seq, activity);
  if (activities_.size() > kRemembered) activities_.erase(activities_.begin());
  news_.notify();
}

std::vector<std::shared_ptr<const Activity>> AuditTrail::since(std::uint64_t seq, std::string_view owner) const {
  std::vector<std::shared_ptr<const Activity>> out;
  for (auto it = activities_.upper_bound(seq); it != activities_.end(); ++it) {
    if (owner.empty() || it->second->label == owner) out.push_back(it->second);
  }
  return out;
}

}  // namespace duotty::oversight
