#pragma once
// What hosts ask while signing in, put to the person at the terminal.
#include "context.hpp"

namespace duotty::cli {

/// Connects; at a terminal what the host asks is asked there. The result of ssh.connect. Errors: those of it; cancelled
/// (Ctrl+C); awaiting_auth where nobody can be asked.
Task<base::Result<Json>> connect_asking(Context& context, Remote& remote, std::string name);

/// A remote whose calls ask at the terminal when a host asks, and go on; where nobody can be asked they fail.
class Answering final : public Remote {
 public:
  /// Both outlive it.
  Answering(Context& context, Remote& remote) : context_(context), remote_(remote) {}
  Task<base::Result<Json>> call(std::string method, Json params, OnProgress on_progress) override;
  const Json* details_of(const base::Error& error) const override { return remote_.details_of(error); }
  Task<> close() override { return remote_.close(); }

 private:
  Context& context_;
  Remote& remote_;
};

}  // namespace duotty::cli
