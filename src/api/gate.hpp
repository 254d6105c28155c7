#pragma once
// Every way on which a program's text reaches a shell asks here whether it may.
#include <duotty/gate/gate.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "methods.hpp"

namespace duotty::api {

/// A command that someone wants to run through the API.
struct Attempt {
  const char* method;       ///< for the event log
  std::string terminal_id;  ///< may be empty when there is none yet
  std::string text;         ///< as it was sent
  bool force = false;
};

/// What became of it.
struct Admission {
  bool allowed = true;
  std::optional<GateNote> note;
};

/// Decides and records: destructive commands pass only with `force` from a caller with that scope.
Admission admit(Services& services, const Call& call, const Attempt& attempt,
                const std::optional<gate::Finding>& found);
/// The refusal as an error.
Error refusal(const Admission& admission, const char* field);

/// What is known of the shell in a terminal whose working directory is `cwd`.
gate::Context gate_context(std::string cwd);
/// `command` with what it reads on standard input, as one text: data for `sh` are commands as well.
std::string gate_text(const std::string& command, const std::optional<std::string>& stdin_bytes);
/// `path` as the directory of a command that starts in `cwd`.
std::string directory_below(const std::string& cwd, const std::optional<std::string>& path);
/// The verdict on what `bytes` would enter in the terminal, whoever reads it.
std::optional<gate::Finding> judge_typing(const session::Session& session, std::string_view bytes);

}  // namespace duotty::api
