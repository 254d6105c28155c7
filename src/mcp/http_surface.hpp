#pragma once
// Streamable HTTP: messages come as POST, answers go back as JSON or as an event stream. Clients of revisions with a
// handshake have a session and may open a stream for what they did not ask for (GET) and end the session (DELETE).
#include <duotty/mcp/server.hpp>
#include <list>
#include <map>

#include "http_session.hpp"
#include "stateless.hpp"

namespace duotty::mcp {

class HttpSurface {
 public:
  HttpSurface(core::asio::any_io_executor executor, const Engine& engine, http::Authenticator& auth, Limits limits);

  http::HeadVerdict on_head(http::Request& head);
  Task<> handle(http::Request request, http::Responder& responder);
  void drop_revoked();
  Task<> stop();

 private:
  struct Entry {
    rpc::Caller caller;  ///< who opened it
    std::shared_ptr<HttpSession> session;
  };
  struct OpenStream {
    rpc::Caller caller;
    Stream* stream;
  };
  /// How an answer is to go back.
  struct Delivery {
    std::shared_ptr<Stream> stream;
    std::shared_ptr<int> status = std::make_shared<int>(200);  ///< of an answer as JSON
    std::string session;                                       ///< the id of a new session
    bool events = true;                                        ///< the client takes event streams
    bool numbered = false;                                     ///< it may come back for what it missed
    bool primed = false;                                       ///< it is told at once where to come back
  };
  Task<> post(http::Request& request, http::Responder& responder);
  Task<> post_batch(http::Request& request, http::Responder& responder, Json messages);
  Task<> post_stateless(http::Request& request, http::Responder& responder, Message message);
  Task<> run_stateless(Request identity, Message message, Delivery delivery);
  Task<> open_session(http::Request& request, http::Responder& responder, Message message);
  Task<> get(http::Request& request, http::Responder& responder);
  Task<> remove(http::Request& request, http::Responder& responder);
  /// True when the client was sent everything.
  Task<bool> deliver(const Delivery& delivery, http::Responder& responder);
  /// The session that a request names; what to answer when there is none.
  std::shared_ptr<HttpSession> session_of(const http::Request& request, std::optional<http::Response>& refusal);
  bool make_room();
  void sweep();
  Task<> keep_sweeping();
  void end(std::map<std::string, Entry>::iterator place);
  Task<> end_session(std::shared_ptr<HttpSession> session);

  core::asio::any_io_executor executor_;
  const Engine& engine_;
  http::Authenticator& auth_;
  Limits limits_;
  std::map<std::string, Entry> sessions_;
  std::list<OpenStream> open_;
  bool sweeps_ = false;
  core::Scope scope_;
};

/// Who a client acts as: a model is no person, also when it runs as the server's owner.
rpc::Call as_agent(rpc::Call call);

}  // namespace duotty::mcp
