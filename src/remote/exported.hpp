#pragma once
// Connections as settings.export writes them, and read again.
#include <nlohmann/json_fwd.hpp>

#include "import.hpp"

namespace duotty::remote {

/// What an export has: {"ssh_connections": [...]}, or the list alone. Errors: invalid_params, too_large.
base::Result<SshImport> import_exported(const nlohmann::json& json, const SshImportRules& rules);

}  // namespace duotty::remote
