# duotty_module(NAME [DEPENDS module...] [PCH] [COLD] [LIBS target...])
#
# A module is the folder src/NAME (private code) plus include/duotty/NAME (its contract). The call says which other
# modules it may use; that edge is linked, written to build/layers.json and held by tests/architecture. Unit tests in
# tests/unit/NAME become one binary that links this module and nothing it did not declare.
#
# COLD: nothing in it runs per byte or per key. What people run has it small, which also starts faster.
set_property(GLOBAL PROPERTY DUOTTY_LAYERS "")

function(duotty_module name)
  cmake_parse_arguments(ARG "PCH;COLD" "" "DEPENDS;LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/${name}/*.cpp")
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")

  set(deps)
  foreach(dep IN LISTS ARG_DEPENDS)
    list(APPEND deps duotty_${dep})
  endforeach()

  if(sources)
    add_library(duotty_${name} STATIC ${sources})
    target_include_directories(duotty_${name} PUBLIC "${CMAKE_SOURCE_DIR}/include")
    target_link_libraries(duotty_${name} PUBLIC ${deps} ${ARG_LIBS} PRIVATE duotty_warnings)
    if(ARG_COLD AND DUOTTY_STATIC)
      target_compile_options(duotty_${name} PRIVATE -Os)
    endif()
    if(ARG_PCH)
      # By name, not by path: an absolute path in it would make every clone's precompiled header another one to ccache.
      target_include_directories(duotty_${name} PRIVATE "${CMAKE_SOURCE_DIR}/src/cmake")
      target_precompile_headers(duotty_${name} PRIVATE "<duotty_pch.hpp>")
    endif()
  else()
    add_library(duotty_${name} INTERFACE)
    target_include_directories(duotty_${name} INTERFACE "${CMAKE_SOURCE_DIR}/include")
    target_link_libraries(duotty_${name} INTERFACE ${deps} ${ARG_LIBS})
  endif()

  list(JOIN ARG_DEPENDS "\", \"" joined)
  if(ARG_DEPENDS)
    set(joined "\"${joined}\"")
  endif()
  set_property(GLOBAL APPEND PROPERTY DUOTTY_LAYERS "  \"${name}\": [${joined}]")

  if(DUOTTY_TESTS)
    file(GLOB tests CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/unit/${name}/*_test.cpp")
    if(tests)
      add_executable(${name}_test ${tests})
      target_include_directories(${name}_test PRIVATE "${CMAKE_SOURCE_DIR}/src/${name}" "${CMAKE_SOURCE_DIR}/tests/support")
      target_link_libraries(${name}_test PRIVATE duotty_${name} duotty_warnings GTest::gtest_main GTest::gmock)
      if(ARG_PCH)
        # The module's own: it is only valid for code compiled in the same way, and executables would be -fPIE.
        set_target_properties(${name}_test PROPERTIES POSITION_INDEPENDENT_CODE OFF)
        target_compile_options(${name}_test PRIVATE -fPIC)
        target_precompile_headers(${name}_test REUSE_FROM duotty_${name})
      endif()
      add_test(NAME unit.${name} COMMAND ${name}_test)
    endif()
  endif()
endfunction()

function(duotty_write_layers)
  get_property(layers GLOBAL PROPERTY DUOTTY_LAYERS)
  list(JOIN layers ",\n" body)
  file(WRITE "${CMAKE_BINARY_DIR}/layers.json" "{\n${body}\n}\n")
endfunction()
