#pragma once
// What a link does: clients come and go, one of them makes it connect, all of them open channels.
#include <boost/asio/io_context.hpp>
#include <deque>
#include <list>
#include <map>
#include <memory>

#include "channel.hpp"
#include "forwards.hpp"
#include "sign_in.hpp"

namespace duotty::link {

class Hub {
 public:
  Hub(core::asio::io_context& loop, int listen_fd);

  /// Returns when the link has nothing more to do.
  Task<> run();

 private:
  struct Client {
    explicit Client(const core::asio::any_io_executor& executor) : socket(executor), news(executor) {}
    core::asio::posix::stream_descriptor socket;
    std::deque<std::pair<std::string, std::vector<base::UniqueFd>>> unsent;
    std::map<std::uint32_t, std::shared_ptr<Channel>> channels;
    std::optional<SignIn> sign_in;
    std::optional<Answers> answers;
    core::Event news;  ///< something of the above
    bool greeted = false;
    bool gone = false;
  };
  using ClientPtr = std::shared_ptr<Client>;

  Task<> accept_loop();
  Task<> serve(ClientPtr client);
  Task<> send_loop(ClientPtr client);
  Task<> watch_idle();
  Task<> connect(ClientPtr client, Connect plan, base::UniqueFd stream);
  Task<std::optional<Failed>> reach(ClientPtr client, const Connect& plan, base::UniqueFd stream);
  Task<std::optional<Answers>> answers_to(Prompts prompts, ClientPtr client);
  Task<std::optional<Failed>> enter(ClientPtr client, const Connect& plan);
  Task<> watch_connection();

  bool handle(const ClientPtr& client, Message message, std::vector<base::UniqueFd>& fds);
  bool open(const ClientPtr& client, Open wanted);
  bool carries(const Client& leaving) const;
  Task<> carry(std::shared_ptr<Channel> channel, std::weak_ptr<Client> client);
  Channel::Tell teller(const ClientPtr& client);
  void forward(const ClientPtr& client, Forward wanted);
  void tell(Client& client, const Message& message, std::vector<base::UniqueFd> fds = {});
  void tell_all(const Message& message);
  void leave(const ClientPtr& client);
  void end();

  core::asio::io_context& loop_;
  core::asio::posix::stream_descriptor listener_;
  Transport transport_;
  std::list<ClientPtr> clients_;
  std::list<std::shared_ptr<Channel>> carried_;  ///< direct ones whose client has gone
  Stage stage_ = Stage::fresh;
  std::string target_;
  Ready ready_;
  std::chrono::milliseconds idle_{60'000};
  bool agent_ = false;  ///< the host may use it
  core::Event changed_;
  core::Event over_;
  bool ending_ = false;
  core::Scope scope_;
  Forwards forwards_;
};

}  // namespace duotty::link
