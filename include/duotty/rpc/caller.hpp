#pragma once
// Who calls. Every surface ends in one Caller; scopes decide what it may do.
#include <string>
#include <string_view>
#include <vector>

namespace duotty::rpc {

/// What a caller may do; a set of them is an unsigned bit mask.
enum class Scope : unsigned {
  none = 0,     ///< public
  read = 1,     ///< see terminals, events, settings without secrets
  type = 2,     ///< send input to terminals
  exec = 4,     ///< create, run, resize, signal and close terminals
  files = 8,    ///< read and write files
  ssh = 16,     ///< use SSH connections
  ai = 32,      ///< ask the AI
  admin = 64,   ///< settings, tokens, server control
  force = 128,  ///< send what the gate refuses, when it insists (docs/security.md)
};

constexpr unsigned bits(Scope scope) {
  return static_cast<unsigned>(scope);
}
constexpr unsigned kAllScopes = 255;
/// What the main agent token may do: everything but administration and insisting.
constexpr unsigned kAgentScopes = kAllScopes & ~(bits(Scope::admin) | bits(Scope::force));

/// The wire name of a scope (`read`).
std::string_view name(Scope scope) noexcept;
/// The names in a mask, in order.
std::vector<std::string> scope_names(unsigned mask);
/// The mask of a list of names; unknown names are returned in `unknown`.
unsigned scope_mask(const std::vector<std::string>& names, std::vector<std::string>* unknown = nullptr);

/// The identity a surface has established.
struct Caller {
  enum class Kind {
    anonymous,  ///< nobody we know: public methods only
    owner,      ///< the OS user who runs the server
    session,    ///< signed in with the access key
    token,      ///< a named token
    agent,      ///< the main agent token
  };
  Kind kind = Kind::anonymous;
  std::string name;     ///< for people: "owner", "token:ci", "agent"
  std::string owner;    ///< isolation label; empty sees every terminal
  unsigned scopes = 0;  ///< bit mask of Scope

  bool has(Scope scope) const noexcept { return (scopes & bits(scope)) == bits(scope); }
  bool is_person() const noexcept { return kind == Kind::owner || kind == Kind::session; }
};

}  // namespace duotty::rpc
