#pragma once
// The answer to one request.
#include <duotty/http/server.hpp>
#include <memory>
#include <string>

#include "connection.hpp"
#include "response_head.hpp"

namespace duotty::http {

class Exchange final : public Responder, public ResponseStream {
 public:
  /// `body`: where the handler reads the body from, if it does that itself.
  Exchange(Connection& connection, const Request& request, bool keep_alive, RequestParser* body = nullptr);

  core::Task<base::Result<>> respond(Response response) override;
  core::Task<base::Result<ResponseStream*>> start_stream(Response head) override;
  core::Task<base::Result<std::string>> read_body() override;
  base::Result<std::unique_ptr<net::AnyStream>> take_over() override;
  void go_on(core::Task<> rest) override;
  bool answered() const noexcept override { return state_ != State::open; }
  core::Task<base::Result<>> write(std::string_view bytes) override;

  /// Ends a stream properly.
  core::Task<> finish();
  bool taken_over() const noexcept { return state_ == State::taken; }
  /// True when the connection can serve another request after this answer.
  bool keep_alive() const noexcept { return keep_alive_ && state_ == State::complete; }
  bool upgradable() const noexcept { return upgradable_; }

 private:
  enum class State { open, streaming, complete, taken };
  core::Task<> compress(Response& response);
  HeadContext context(const Response& response, Framing framing);

  Connection& connection_;
  RequestParser* body_;
  std::optional<std::uint64_t> left_;  ///< of a stream whose length was announced
  State state_ = State::open;
  std::string cors_origin_;
  bool cors_configured_ = false;
  bool keep_alive_;
  bool head_only_;
  bool old_version_;
  bool upgradable_;
  bool takes_gzip_;
};

}  // namespace duotty::http
