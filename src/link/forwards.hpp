#pragma once
// The forwards of a link: who listens, and the connections that come. The agent's, which the host opens, are among
// them.
#include <boost/asio/ip/tcp.hpp>
#include <list>
#include <map>

#include "channel.hpp"
#include "tunnel.hpp"

namespace duotty::link {

class Forwards {
 public:
  Forwards(core::asio::any_io_executor executor, core::Scope& scope, Transport& transport);
  Forwards(const Forwards&) = delete;
  Forwards& operator=(const Forwards&) = delete;

  /// Begins to listen; `tell` hears Forwarding or ForwardFailed.
  void open(Forward wanted, Channel::Tell tell);
  /// Ends one and its connections; all with an empty id.
  void close(const std::string& id);
  /// Says what there is: Forwarding for each, then ForwardsTold.
  void tell(std::uint32_t round, const Channel::Tell& tell) const;
  bool any() const noexcept { return !entries_.empty(); }
  /// A channel that the host opens; false: not for us. `agent`: connections to the agent are allowed.
  bool take(ssh_message message, bool agent);
  /// Forgets everything; after the coroutines have ended.
  void clear();

 private:
  struct Entry;
  using EntryPtr = std::shared_ptr<Entry>;
  using tcp = core::asio::ip::tcp;

  Task<> listen_there(EntryPtr entry, Channel::Tell tell);
  Task<std::optional<std::string>> ask_host(Entry& entry);
  std::optional<std::string> listen_here(Entry& entry);
  Task<> accept_loop(EntryPtr entry);
  Task<> serve(EntryPtr entry, tcp::socket socket);
  Task<std::optional<Tunnel::Refusal>> greet(Entry& entry, Tunnel& tunnel, tcp::socket& socket, std::string& early);
  Task<> serve_host(EntryPtr entry, std::shared_ptr<Tunnel> tunnel);
  Task<> serve_agent(EntryPtr agents, std::shared_ptr<Tunnel> tunnel);
  Task<> stop_there(std::string bind, std::uint16_t port);
  EntryPtr find_there(const std::string& bind, int port) const;
  std::shared_ptr<Tunnel> add(Entry& entry);
  static Forwarding state_of(const Entry& entry);

  core::asio::any_io_executor executor_;
  core::Scope& scope_;
  Transport& transport_;
  std::map<std::string, EntryPtr> entries_;
  EntryPtr agents_;  ///< no forward, but the same of connections
};

}  // namespace duotty::link
