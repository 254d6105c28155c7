#pragma once
// What the terminal asks of the world, as far as a server grants it.
#include <duotty/session/session.hpp>
#include <duotty/term/host.hpp>

namespace duotty::session {

class Session::Effects final : public term::Host {
 public:
  explicit Effects(Session& session) : session_(session) {}
  void reply(std::string_view bytes) override;
  void title(std::string_view text) override;
  void bell() override;

 private:
  Session& session_;
};

}  // namespace duotty::session
