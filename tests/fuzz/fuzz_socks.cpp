// Any bytes as what a client of a SOCKS proxy says first: in one piece and in two they mean the same, and what is
// passed on as a host is one.
#include <cstdint>
#include <duotty/ssh/names.hpp>
#include <string_view>

#include "require.hpp"
#include "socks.hpp"

namespace {

using duotty::fuzz::require;
using duotty::link::SocksGreeting;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace duotty;
  if (size == 0 || size > link::kMostGreeting) return 0;
  const std::size_t cut = data[0] % size;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  SocksGreeting whole;
  const std::string answer = whole.take(bytes);
  SocksGreeting halves;
  std::string answers = halves.take(bytes.substr(0, std::min(cut, bytes.size())));
  if (halves.state() == SocksGreeting::State::open && cut < bytes.size()) answers += halves.take(bytes.substr(cut));
  require(whole.state() == halves.state(), "a greeting that depends on how it is cut");
  require(answer == answers, "answers that depend on how the greeting is cut");
  if (whole.state() != SocksGreeting::State::ready) return 0;
  require(whole.host() == halves.host() && whole.port() == halves.port(), "a target that depends on the cut");
  require(ssh::check_host(whole.host()).has_value() && whole.port() != 0, "a target that is none");
  require(whole.answer(SocksGreeting::Outcome::connected).size() >= 8, "an answer that is too short");
  return 0;
}
