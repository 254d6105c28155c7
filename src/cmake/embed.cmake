# duotty_embed(TARGET name ROOT dir FILES glob...) is provided by src/cmake/embed.py-free CMake: it writes an assembler
# file of .incbin directives and a table of {path, begin, end}, so embedding costs no compile time.
#
# duotty_embed(target symbol root) embeds every file below `root` into `target`; the table is reached through
#   extern "C" const duotty::base::EmbeddedFile SYMBOL_table[];  extern "C" const unsigned long SYMBOL_count;
function(duotty_embed target symbol root)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE "${root}" "${root}/*")
  list(SORT files)
  if(NOT files)
    message(WARNING "Nothing to embed as ${symbol} below ${root}. For the web UI, `make web` builds it first.")
  endif()
  set(asm "    .section .rodata\n")
  set(rows "")
  set(index 0)
  foreach(file IN LISTS files)
    string(APPEND asm
      "    .balign 16\n    .globl ${symbol}_b${index}\n    .hidden ${symbol}_b${index}\n${symbol}_b${index}:\n    .incbin \"${root}/${file}\"\n"
      "    .globl ${symbol}_e${index}\n    .hidden ${symbol}_e${index}\n${symbol}_e${index}:\n    .byte 0\n")
    string(APPEND decls "extern const char ${symbol}_b${index}[];\nextern const char ${symbol}_e${index}[];\n")
    string(APPEND rows "    {\"${file}\", ${symbol}_b${index}, ${symbol}_e${index}},\n")
    math(EXPR index "${index} + 1")
  endforeach()
  string(APPEND asm "    .section .note.GNU-stack,\"\",@progbits\n")
  set(base "${CMAKE_CURRENT_BINARY_DIR}/${symbol}")
  file(GENERATE OUTPUT "${base}_data.S" CONTENT "${asm}")
  file(GENERATE OUTPUT "${base}_table.cpp" CONTENT
"#include <duotty/base/embedded.hpp>
extern \"C\" {
${decls}extern const duotty::base::EmbeddedFile ${symbol}_table[];
extern const unsigned long ${symbol}_count;
const duotty::base::EmbeddedFile ${symbol}_table[] = {
${rows}    {nullptr, nullptr, nullptr}};
const unsigned long ${symbol}_count = ${index};
}
")
  target_sources(${target} PRIVATE "${base}_data.S" "${base}_table.cpp")
  set(absolute ${files})
  list(TRANSFORM absolute PREPEND "${root}/")
  set_source_files_properties("${base}_data.S" PROPERTIES OBJECT_DEPENDS "${absolute}")
endfunction()
