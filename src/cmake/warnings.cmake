# One interface target carries the warning level; third-party headers are SYSTEM and exempt.
add_library(duotty_warnings INTERFACE)
target_compile_options(duotty_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
  # GCC 12 takes the frames of coroutines, which Asio allocates and frees itself, for a mismatch once it inlines them.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>
  # With optimisation, GCC 12 also warns of std::string operations that it has itself inlined (GCC bugs 105329, 105651).
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:Release>>:-Wno-restrict;-Wno-array-bounds;-Wno-stringop-overflow;-Wno-stringop-overread;-Wno-maybe-uninitialized>
  $<$<BOOL:${DUOTTY_WERROR}>:-Werror>)
