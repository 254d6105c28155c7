#pragma once
// A session of an HTTP client: what Session remembers, and the streams its messages travel on.
#include <chrono>
#include <list>

#include "session.hpp"
#include "stream.hpp"

namespace duotty::mcp {

class HttpSession {
 public:
  static constexpr std::size_t kKeptStreams = 8;  ///< finished ones that a client may still come back for

  HttpSession(core::asio::any_io_executor executor, std::string id, const Engine& engine, rpc::Call call);

  const std::string& id() const noexcept { return id_; }
  Session& session() noexcept { return session_; }
  /// Where messages go that no request asked for.
  Stream& unasked() noexcept { return unasked_; }
  /// Runs requests; their answers come on the stream, which is finished with the last. They run on when the client's
  /// connection breaks.
  std::shared_ptr<Stream> run(std::vector<Message> requests, bool progress);
  /// A stream that a client has seen the beginning of; null when it is not kept any more.
  Stream* find(std::string_view name);
  /// The client has the answers: nobody comes back for the stream.
  void forget(const std::shared_ptr<Stream>& stream);
  /// True while something runs or is being read.
  bool in_use() const noexcept { return readers_ > 0 || session_.busy(); }
  std::chrono::steady_clock::time_point last_used() const noexcept { return last_used_; }

  /// Counts a reader while it exists.
  class Use {
   public:
    explicit Use(std::shared_ptr<HttpSession> session) : session_(std::move(session)) { ++session_->readers_; }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    ~Use() {
      --session_->readers_;
      session_->last_used_ = std::chrono::steady_clock::now();
    }
    HttpSession* operator->() const { return session_.get(); }

   private:
    std::shared_ptr<HttpSession> session_;
  };

  /// Ends its readers and requests and waits for the latter.
  Task<> stop();

 private:
  struct Kept {
    std::string name;
    std::shared_ptr<Stream> stream;
  };
  Task<> answer(Message message, std::shared_ptr<Stream> stream, std::shared_ptr<std::size_t> missing, bool progress);

  core::asio::any_io_executor executor_;
  std::string id_;
  Stream unasked_;
  Session session_;
  std::list<Kept> streams_;
  std::uint64_t made_ = 0;
  std::size_t readers_ = 0;
  std::chrono::steady_clock::time_point last_used_ = std::chrono::steady_clock::now();
  core::Scope scope_;
};

}  // namespace duotty::mcp
