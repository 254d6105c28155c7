#pragma once
// One channel of the session and the local sockets that carry it. What its client does not read stops this channel
// only: nothing more is taken from libssh, and the host's window runs out.
#include <libssh/callbacks.h>

#include <array>
#include <functional>
#include <memory>
#include <vector>

#include "transport.hpp"

namespace duotty::link {

class Channel {
 public:
  /// Tells the client something, with descriptors that go over to it.
  using Tell = std::function<void(Message, std::vector<base::UniqueFd>)>;

  /// `agent`: programs and shells may use ours.
  Channel(core::asio::any_io_executor executor, core::Scope& scope, Transport& transport, Open wanted, Tell tell,
          bool agent);
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  ~Channel();

  std::uint32_t id() const noexcept { return wanted_.id; }
  bool is_direct() const noexcept { return wanted_.use == Use::direct; }
  /// Opens it, carries it to its end and tells what happens.
  static Task<> run(std::shared_ptr<Channel> self);
  void resize(std::uint16_t cols, std::uint16_t rows);
  void signal(const std::string& name);
  /// Ends it, whatever runs there.
  void close();

 private:
  struct End;
  std::string reason_of(const std::string& said) const;
  Task<bool> open();
  Task<int> request();
  Task<int> open_session();
  bool make_channel();
  void drop_channel();
  void leave_session();
  bool make_ends();
  void listen();
  static Task<> upward(std::shared_ptr<Channel> self);
  Task<> downward(End& end, bool is_error);
  Task<> finish_reading();
  bool over() const;

  core::Scope& scope_;
  Transport& transport_;
  Open wanted_;
  Tell tell_;
  bool agent_;
  ssh_channel channel_ = nullptr;
  ssh_channel_callbacks_struct callbacks_{};
  core::Event news_;
  std::unique_ptr<End> out_;
  std::unique_ptr<End> err_;
  std::vector<base::UniqueFd> theirs_;
  std::array<bool, 2> arrived_{};
  bool is_open_ = false;  ///< the host has opened it, whatever came then
  bool counted_ = false;  ///< among the sessions
  bool full_ = false;     ///< the host had no place for it
  bool ended_ = false;    ///< the host sends no more
  bool closed_ = false;   ///< by us
};

}  // namespace duotty::link
