# One interface target carries the warning level; third-party headers are SYSTEM and exempt.
add_library(duotty_warnings INTERFACE)
target_compile_options(duotty_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
  $<$<BOOL:${DUOTTY_WERROR}>:-Werror>)
