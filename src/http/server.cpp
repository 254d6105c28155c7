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

class Server::Impl {
 public:
  Impl(boost::asio::any_io_executor executor, Handler& handler, ServerOptions options)
      : context_{.handler = handler, .options = std::move(options), .stats = {}, .offload = {}}, scope_(executor) {}

  void listen(net::Listener listener) {
    if (scope_.stopping()) return;
    listeners_.push_back(std::move(listener));
    scope_.spawn("accept " + listeners_.back().name(), accept_all(listeners_.back()));
  }

  core::Task<> stop() {
    for (net::Listener& listener : listeners_) listener.close();
    co_await scope_.stop();
    listeners_.clear();
  }

  const ServerStats& stats() const { return context_.stats; }

 private:
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

  core::Task<> accept_all(net::Listener& listener) {
    for (;;) {
      auto accepted = co_await listener.accept();
      if (!accepted) co_return;
      ++context_.stats.accepted;
      const std::string address = counted_address(accepted->peer);
      if (full(address)) {
        ++context_.stats.refused;
        if (turning_away_ < max_turning_away) scope_.spawn("turn away", turn_away(std::move(*accepted)));
      } else {
        scope_.spawn("connection of " + accepted->peer.address, serve(std::move(*accepted), address));
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

  core::Task<> serve(net::Accepted accepted, std::string address) {
    const Place place(*this, std::move(address));
    Connection connection(context_, std::move(accepted));
    co_await connection.run();
  }

  core::Task<> turn_away(net::Accepted accepted) {
    ++turning_away_;
    struct Leave {
      std::size_t& count;
      ~Leave() { --count; }
    } const leave{turning_away_};
    Connection connection(context_, std::move(accepted));
    co_await connection.turn_away();
  }

  static constexpr std::size_t max_turning_away = 64;

  ServerContext context_;
  std::list<net::Listener> listeners_;
  std::map<std::string, std::size_t, std::less<>> by_address_;
  std::size_t turning_away_ = 0;
  core::Scope scope_;
};

Server::Server(boost::asio::any_io_executor executor, Handler& handler, ServerOptions options)
    : impl_(std::make_unique<Impl>(std::move(executor), handler, std::move(options))) {}
Server::~Server() = default;
void Server::listen(net::Listener listener) {
  impl_->listen(std::move(listener));
}
core::Task<> Server::stop() {
  co_await impl_->stop();
}
ServerStats Server::stats() const noexcept {
  return impl_->stats();
}

}  // namespace duotty::http
