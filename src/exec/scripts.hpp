#pragma once
// The scripts in integration/ with what is known of the terminal filled in.
#include <string>
#include <string_view>

namespace duotty::exec {

/// The script `name`; empty when there is none. `start`: the statement by which a shell has its environment back.
std::string integration_script(std::string_view name, std::string_view nonce, std::string_view start = {});

}  // namespace duotty::exec
