#pragma once
// What a client of a dynamic forward says first: SOCKS 5 (RFC 1928; no sign-in, CONNECT only) or SOCKS 4 and 4a. Names
// are passed on as they are, for the host to look up. Pure.
#include <cstdint>
#include <string>
#include <string_view>

namespace duotty::link {

/// No greeting is longer.
inline constexpr std::size_t kMostGreeting = 1024;

class SocksGreeting {
 public:
  enum class State { open, ready, refused };

  /// Takes what the client sent; what to send back now. Nothing is to be taken any more when it is ready or refused.
  std::string take(std::string_view bytes);
  State state() const noexcept { return state_; }

  /// Where the client wants to go, when it is ready.
  const std::string& host() const noexcept { return host_; }
  std::uint16_t port() const noexcept { return port_; }
  /// What the client sent behind its request; it is for the target.
  const std::string& rest() const noexcept { return held_; }

  /// The answers to a request.
  enum class Outcome { connected, forbidden, failed };
  std::string answer(Outcome outcome) const;

 private:
  enum class Step { version, methods, request, old_request };
  std::string five();
  std::string four();
  std::string methods();
  std::string refuse(std::string words);

  Step step_ = Step::version;
  State state_ = State::open;
  std::string held_;
  std::string host_;
  std::uint16_t port_ = 0;
};

}  // namespace duotty::link
