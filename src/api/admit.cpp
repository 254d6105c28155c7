#include <duotty/api/admit.hpp>

#include "gate.hpp"

namespace duotty::api {

Result<> admit_command(Services& services, const rpc::Call& call, const char* method, const std::string& command,
                       const std::string& input, bool force) {
  const std::string text = gate_text(command, input.empty() ? std::nullopt : std::optional(input));
  const auto admission = admit(services, call, {method, {}, text, force}, gate::judge(text, gate_context({})));
  if (!admission.allowed) return refusal(admission, "command");
  return {};
}

}  // namespace duotty::api
