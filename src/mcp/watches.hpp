#pragma once
// What clients asked to be told of: changes of terminals and of the list of terminals. Changes are collected, so that a
// program that prints all the time makes a few messages a second.
#include <duotty/core/event.hpp>
#include <duotty/core/scope.hpp>
#include <duotty/rpc/dispatcher.hpp>
#include <map>
#include <memory>
#include <set>

#include "resources.hpp"

namespace duotty::mcp {

class Watches {
 public:
  static constexpr std::size_t kMax = 64;                    ///< resources one client may watch
  static constexpr std::chrono::milliseconds kCollect{250};  ///< least time between two messages about one thing

  /// Looks with the identity of `call`; tells `notify`.
  Watches(core::asio::any_io_executor executor, const rpc::Dispatcher& dispatcher, rpc::Call call, Notify notify);

  /// Begins to watch a resource; nothing happens when it is watched already. Errors: not_found (no such address),
  /// limit_reached.
  base::Result<> add(const std::string& uri);
  void remove(const std::string& uri);
  /// Begins to tell of terminals that come and go.
  void watch_list();
  core::Task<> stop() { return scope_.stop(); }

 private:
  class ListSink;
  struct Watch {
    explicit Watch(core::asio::any_io_executor executor) : stop(std::move(executor)) {}
    bool ended = false;
    core::Event stop;
    core::Task<> until_ended() {
      while (!ended) co_await stop.wait();
    }
  };
  core::Task<> follow(std::string uri, ResourceName name, std::shared_ptr<Watch> watch);
  core::Task<> follow_terminal(std::string uri, ResourceName name);
  core::Task<> follow_list();
  core::Task<> tell();
  void begin_list();
  void begin_telling();
  void changed(const std::string& uri);
  void list_changed();

  core::asio::any_io_executor executor_;
  const rpc::Dispatcher& dispatcher_;
  rpc::Call call_;
  Notify notify_;
  std::map<std::string, std::shared_ptr<Watch>> watches_;
  std::set<std::string> changed_;
  bool list_changed_ = false;
  bool tells_list_ = false;
  bool follows_list_ = false;
  bool tells_ = false;
  core::Event wake_;
  core::Scope scope_;
};

}  // namespace duotty::mcp
