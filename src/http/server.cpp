#include <boost/asio/steady_timer.hpp>
#include <duotty/core/log.hpp>
#include <duotty/core/scope.hpp>
#include <duotty/http/server.hpp>
#include <list>
#include <map>

#include "connection.hpp"

namespace duotty::http {

HeadVerdict Handler::on_head(Request&) {
  return {};
}

core::Task<base::Result<std::string>> Responder::read_body() {
  co_return std::string();
}

class Server::Impl {
 public:
  Impl(boost::asio::any_io_executor executor, Handler& handler, ServerOptions options)
      : context_{.handler = handler, .options = std::move(options), .stats = {}, .offload = {}}, scope_(executor) {}

  void listen(net::Listener listener, std::optional<net::TlsContext> tls) {
    if (scope_.stopping()) return;
    listeners_.push_back({std::move(listener), std::move(tls)});
    scope_.spawn("accept " + listeners_.back().listener.name(), accept_all(listeners_.back()));
  }

  core::Task<> stop() {
    for (Door& door : listeners_) door.listener.close();
    co_await scope_.stop();
    listeners_.clear();
  }

  const ServerStats& stats() const { return context_.stats; }

 private:
  /// Where connections come in, and what they must speak.
  struct Door {
    net::Listener listener;
    std::optional<net::TlsContext> tls;
  };

  /// A place among the connections, given back at the end.
  class Place {
   public:
    Place(Impl& server, std::string address) : server_(server), address_(std::move(address)) {
      ++server_.context_.stats.connections;
      if (!address_.empty()) ++server_.by_address_[address_];
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
      --server_.context_.stats.connections;
      const auto found = server_.by_address_.find(address_);
      if (found != server_.by_address_.end() && --found->second == 0) server_.by_address_.erase(found);
    }

   private:
    Impl& server_;
    std::string address_;
  };

  core::Task<> accept_all(Door& door) {
    for (;;) {
      auto accepted = co_await door.listener.accept();
      if (!accepted) co_return;
      ++context_.stats.accepted;
      const std::string address = counted_address(accepted->peer);
      if (full(address)) {
        ++context_.stats.refused;
        if (turning_away_ < max_turning_away) scope_.spawn("turn away", turn_away(std::move(*accepted), door.tls));
      } else {
        scope_.spawn("connection of " + accepted->peer.address, serve(std::move(*accepted), address, door.tls));
      }
    }
  }

  /// The address a connection counts for; empty for those that cannot be a stranger's.
  static std::string counted_address(const net::PeerIdentity& peer) {
    const bool ours = peer.transport == net::Transport::unix_socket || peer.uid == ::geteuid();
    return ours ? std::string() : peer.address;
  }

  bool full(const std::string& address) const {
    if (context_.stats.connections >= context_.options.limits.connections) return true;
    const auto found = by_address_.find(address);
    return found != by_address_.end() && found->second >= context_.options.limits.connections_per_address;
  }

  core::Task<> serve(net::Accepted accepted, std::string address, std::optional<net::TlsContext> tls) {
    const Place place(*this, std::move(address));
    if (tls && !co_await secure(accepted, std::move(*tls))) co_return;
    auto connection = std::make_unique<Connection>(context_, std::move(accepted));
    co_await connection->run();
    core::Task<> rest = connection->rest();
    connection.reset();
    if (rest.valid()) co_await std::move(rest);
  }

  core::Task<> turn_away(net::Accepted accepted, std::optional<net::TlsContext> tls) {
    ++turning_away_;
    struct Leave {
      std::size_t& count;
      ~Leave() { --count; }
    } const leave{turning_away_};
    if (tls && !co_await secure(accepted, std::move(*tls))) co_return;
    Connection connection(context_, std::move(accepted));
    co_await connection.turn_away();
  }

  /// Shakes hands. False: nothing more is to be done with this connection.
  core::Task<bool> secure(net::Accepted& accepted, net::TlsContext tls) {
    const auto limit = context_.options.limits.header_time;
    if (co_await net::speaks_tls(*accepted.stream, limit)) {
      auto shaken = co_await net::accept_tls(*accepted.stream, std::move(tls), limit);
      accepted.peer.tls = shaken.has_value();
      if (shaken) co_return true;
      core::log_debug("connection of {}: {}", accepted.peer.address, shaken.error().message());
      co_return false;
    }
    Connection connection(context_, std::move(accepted));
    co_await connection.ask_for_tls();
    co_return false;
  }

  static constexpr std::size_t max_turning_away = 64;

  ServerContext context_;
  std::list<Door> listeners_;
  std::map<std::string, std::size_t, std::less<>> by_address_;
  std::size_t turning_away_ = 0;
  core::Scope scope_;
};

Server::Server(boost::asio::any_io_executor executor, Handler& handler, ServerOptions options)
    : impl_(std::make_unique<Impl>(std::move(executor), handler, std::move(options))) {}
Server::~Server() = default;
void Server::listen(net::Listener listener, std::optional<net::TlsContext> tls) {
  impl_->listen(std::move(listener), std::move(tls));
}
core::Task<> Server::stop() {
  co_await impl_->stop();
}
ServerStats Server::stats() const noexcept {
  return impl_->stats();
}

}  // namespace duotty::http
