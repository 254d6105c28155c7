#pragma once
// What callers say of a connection, on its way into the row that is stored.
#include <duotty/store/connection_store.hpp>

#include "connection_types.hpp"

namespace duotty::remote {

/// What a stored secret is shown as.
inline constexpr const char* kMasked = "********";

/// A secret as it was sent; nothing when it is absent, empty or masked.
std::optional<base::Secret> sent_secret(const std::optional<std::string>& text);
/// What was said of a connection goes into its row. Errors: invalid_params.
base::Result<> take_fields(const SshFields& p, store::ConnectionRow& row, SshProfile& profile,
                           store::ConnectionSecrets& secrets);
/// As it is stored in a row; profile_of() reads it.
std::string text_of_profile(const SshProfile& profile);

}  // namespace duotty::remote
