// Any text as a list of known hosts: asked in bounded work; a line of ours that is added to it is found, unless the
// list revokes the key.
#include <cstdint>
#include <duotty/base/text.hpp>
#include <duotty/ssh/known_hosts.hpp>

#include "require.hpp"

namespace {

using duotty::fuzz::require;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace duotty;
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::string blob("\0\0\0\x0bssh-ed25519\0\0\0\x20", 19);
  blob += std::string(32, 'k');
  const ssh::HostKey key{"ssh-ed25519", blob};
  const auto hosts = ssh::KnownHosts::parse(text);
  if (!hosts) return 0;
  const auto before = hosts->check("box.example.org", 2222, key);
  static_cast<void>(hosts->authorities("box.example.org", 22));
  if (!before) return 0;
  require(before->fingerprint.starts_with("SHA256:"), "no fingerprint");
  for (const bool hashed : {false, true}) {
    const auto line = ssh::known_host_line("box.example.org", 2222, key, hashed);
    require(line && line->find('\n') == std::string::npos, "a line that is none");
    const auto more = ssh::KnownHosts::parse(text + "\n" + *line + "\n");
    if (!more) continue;
    const auto after = more->check("box.example.org", 2222, key);
    if (!after) continue;
    const bool revoked = before->state == ssh::HostKeyState::revoked;
    require(after->state == (revoked ? ssh::HostKeyState::revoked : ssh::HostKeyState::known),
            "an added key is not known");
    require(after->stored.size() == before->stored.size() + 1, "a line was lost");
  }
  return 0;
}
