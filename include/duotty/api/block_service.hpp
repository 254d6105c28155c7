#pragma once
// Commands as the methods see them: what a living terminal knows of its own and what the database keeps are one list,
// and the output of each can be had as clean text, from the ring while it is there, else from the database.
#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <duotty/base/error.hpp>
#include <duotty/core/event.hpp>
#include <duotty/core/offload.hpp>
#include <duotty/core/scope.hpp>
#include <duotty/session/command_block.hpp>
#include <duotty/store/block_store.hpp>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace duotty::session {
class Registry;
class Session;
}  // namespace duotty::session

namespace duotty::api {

/// The output of one command.
struct BlockText {
  store::BlockRow row;
  std::shared_ptr<const std::string> text;  ///< clean, UTF-8; "[n bytes left out]" on a line where some is missing
  std::uint64_t raw_bytes = 0;              ///< length of the whole output as the program wrote it
  std::uint64_t omitted_bytes = 0;          ///< of them, bytes that are no longer kept
};

/// The name of a command's output: "k3x9w2m8q1zz:17", the terminal's id and the command's number.
std::string output_ref(const store::BlockKey& key);
/// The key of such a name. Error invalid_params (field output_ref).
base::Result<store::BlockKey> parse_output_ref(std::string_view ref);

/// Clean text of raw output, as commands.search finds it: store::CleanText.
std::string searchable_text(std::string_view raw, int cols, int rows);

class Settings;

/// What the settings say of commands: whether they are stored, and how much.
struct Kept {
  bool commands = true;
  bool outputs = true;  ///< also what they printed
};
Kept kept_of_commands(const Settings& settings);
store::BlockLimits history_limits(const Settings& settings);

/// Loop thread only. `registry` outlives it.
class BlockService {
 public:
  /// Output that is kept of one command: its beginning and its end, so much of each.
  static constexpr std::uint64_t kHead = std::uint64_t{4} << 20;
  static constexpr std::uint64_t kTail = std::uint64_t{4} << 20;

  /// Without a store (history off) only living terminals have commands. `user` and `host` are noted in each row.
  BlockService(core::asio::any_io_executor executor, session::Registry& registry,
               std::unique_ptr<store::BlockStore> store, std::string user, std::string host);
  BlockService(const BlockService&) = delete;
  BlockService& operator=(const BlockService&) = delete;
  ~BlockService();

  /// What Registry::on_command tells.
  void on_command(session::Session& session, const session::CommandBlock& block);
  /// After the registry has adopted its terminals: ends what no terminal runs any more and stores what an earlier
  /// worker had no time to store.
  void mend();
  /// Suspends until what mend() found has been given to the database: then a terminal may go without losing any of it.
  core::Task<> mended();
  /// Suspends until the database has everything that it was given.
  core::Task<> kept();
  /// The terminal is closed.
  void forget(const std::string& terminal_id);
  /// What and how much is stored from now on. What is not to be kept any more stays as far as it is there.
  void configure(Kept kept, store::BlockLimits limits);

  /// Commands of all terminals, or of one (`query.terminal`, an id), newest first. `owner`: what the caller may see,
  /// empty for all. Errors: io when the database cannot be read.
  core::Task<base::Result<std::vector<store::FoundBlock>>> find(store::BlockQuery query, std::string owner);
  /// One command. Errors: not_found, io.
  core::Task<base::Result<store::BlockRow>> row(store::BlockKey key, std::string owner);
  /// The output of one command; of a running one, so far. Errors: not_found, io.
  core::Task<base::Result<BlockText>> text(store::BlockKey key, std::string owner);
  /// Notes how a job stands, for later workers; nothing when commands are not kept, or this one is not meant to be.
  void put_job(store::JobRow row);
  /// Jobs that were stored, newest first. Errors: io when the database cannot be read.
  core::Task<base::Result<std::vector<store::StoredJob>>> jobs(store::JobQuery query);
  /// Removes rows from the database. Errors: io; not_configured with history off.
  core::Task<base::Result<std::int64_t>> remove(store::BlockQuery query);

  /// Stores what waits and closes the database.
  core::Task<> stop();

 private:
  struct Told {
    std::uint64_t running = 0;  ///< number of the running command whose row was put
    std::uint64_t secret = 0;   ///< number of the command that is known to have read something without an echo
    std::uint64_t spooled = 0;  ///< number of the running command whose beginning was put
  };
  store::BlockRow row_of(const session::Session& session, const session::CommandBlock& block) const;
  void add_living(const session::Session& session, const store::BlockQuery& query,
                  std::vector<store::FoundBlock>& rows) const;
  void put_output(const session::Session& session, const session::CommandBlock& block);
  core::Task<> store_missing();

  session::Registry& registry_;
  std::unique_ptr<store::BlockStore> store_;
  std::string user_;
  std::string host_;
  Kept kept_;
  std::map<std::string, Told> told_;
  std::set<std::string> retold_;  ///< terminals whose commands were told again by a fold
  std::string cached_name_;
  BlockText cached_;
  bool mending_ = false;
  core::Event mended_;
  core::Offload offload_;
  core::Scope scope_;
};

}  // namespace duotty::api
