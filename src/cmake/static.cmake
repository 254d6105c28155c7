# DUOTTY_STATIC: one binary that needs nothing but glibc on the machine it runs on. Included before the packages are
# looked for, because it changes which file they find.
if(NOT DUOTTY_STATIC)
  return()
endif()

set(CMAKE_FIND_LIBRARY_SUFFIXES ".a" ".so")
set(OPENSSL_USE_STATIC_LIBS ON)
set(ZLIB_USE_STATIC_LIBS ON)

# Debian has no libfmt.a: the headers carry the code, and the shared library then has nothing to give (--as-needed).
find_package(fmt REQUIRED)
set_target_properties(fmt::fmt PROPERTIES INTERFACE_COMPILE_DEFINITIONS "FMT_HEADER_ONLY=1")

add_compile_options(-ffunction-sections -fdata-sections)
add_link_options(-static-libstdc++ -static-libgcc -Wl,--as-needed -Wl,--gc-sections)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_link_options(-s)
endif()
