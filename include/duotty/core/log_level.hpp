#pragma once
// How much a line of the log matters. Apart from the log itself, for the keeper, which formats nothing.
namespace duotty::core {

enum class LogLevel { debug, info, warning, error, off };

}  // namespace duotty::core
