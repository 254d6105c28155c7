#pragma once
// What was done to this server, by whom, and what is being done now: every call that changes something, and every call
// that was refused, goes into the audit (store/audit_store), and its course into a short list for those who watch.
#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <duotty/core/event.hpp>
#include <duotty/rpc/witness.hpp>
#include <duotty/store/audit_store.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::session {
class Registry;
class Session;
}  // namespace duotty::session

namespace duotty::oversight {

class Refusals;

/// One call as the live list shows it. It is told twice: when it begins and when it has ended.
struct Activity {
  std::uint64_t id = 0;   ///< of the call, in this worker
  std::uint64_t seq = 0;  ///< of its last change; grows over all calls
  bool running = true;
  store::AuditRow row;  ///< without id, digest and bytes
  std::string what;     ///< one line for people: the command, the keys, the name. Kept in memory only
  std::string label;    ///< isolation label of its terminal
};

/// Loop thread only. `registry` and `news` outlive it.
class AuditTrail final : public rpc::Witness {
 public:
  /// The newest calls that are remembered for those who watch.
  static constexpr std::size_t kRemembered = 500;

  /// `news` is notified at every change of the live list.
  AuditTrail(session::Registry& registry, std::unique_ptr<store::AuditStore> store, core::Event& news);
  ~AuditTrail() override;

  /// Notes a call that changes something or hands out secrets. Not those of strangers, nor a person's page that
  /// attaches.
  std::unique_ptr<rpc::Witnessed> begins(const rpc::Method& method, const rpc::Call& call,
                                         const rpc::Json& params) override;
  /// Notes what a known caller has no scope for, reading too. Of a caller who asks on and on, most are only counted.
  void refused(const rpc::Method& method, const rpc::Call& call, const rpc::Json& params,
               const base::Error& why) override;
  /// Told after the settings were changed; may be empty.
  std::function<void()> on_settings;

  /// Notes a command that the AI has put on a terminal's input line.
  void proposed(const session::Session& session, const std::string& command);
  /// Notes something that is no call of a known caller: `row` without time and id, `what` as in Activity.
  void note(store::AuditRow row, std::string what);

  /// Changes after `seq`, oldest first; only what a caller with that isolation label may see, empty for all.
  std::vector<std::shared_ptr<const Activity>> since(std::uint64_t seq, std::string_view owner) const;
  std::uint64_t last_seq() const noexcept { return last_seq_; }

  store::AuditStore& store() { return *store_; }
  /// Writes what waits.
  core::Task<> stop();

 private:
  class Noted;
  std::unique_ptr<Noted> open(const rpc::Method& method, const rpc::Call& call, const rpc::Json& params);
  void changed(const std::shared_ptr<Activity>& activity);

  session::Registry& registry_;
  std::unique_ptr<store::AuditStore> store_;
  core::Event& news_;
  std::unique_ptr<Refusals> refusals_;
  std::map<std::uint64_t, std::shared_ptr<const Activity>> activities_;  ///< by seq
  std::uint64_t last_seq_ = 0;
  std::uint64_t last_id_ = 0;
};

/// The parameters of a call as they are hashed: secret members replaced, so that nobody can guess them by the hash.
rpc::Json without_secrets(const rpc::Json& params);
/// What a call is about, in one line of at most 160 bytes: its command, text, keys, name.
std::string line_about(const rpc::Json& params);

}  // namespace duotty::oversight
