# How every target is compiled.

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
endif()

add_library(riskd_options INTERFACE)
target_include_directories(riskd_options INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_options(riskd_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
  # The same facts give the same bits everywhere: no contraction, no fast-math.
  -ffp-contract=off)
if(RISKD_WARNINGS_AS_ERRORS)
  target_compile_options(riskd_options INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms of GCC 12 in its own <variant>, <optional> and <string> at -O2.
  target_compile_options(riskd_options INTERFACE -Wno-maybe-uninitialized -Wno-restrict
    -Wno-stringop-overread -Wno-array-bounds -Wno-stringop-overflow)
endif()
if(RISKD_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Of a source that is included GCC thinks that it is a header, for which alone it warns of this.
  target_compile_options(riskd_options INTERFACE -Wno-subobject-linkage)
endif()
if(RISKD_SANITIZE)
  target_compile_options(riskd_options INTERFACE
    -fsanitize=${RISKD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(riskd_options INTERFACE -fsanitize=${RISKD_SANITIZE})
endif()

function(riskd_unity target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${RISKD_UNITY} UNITY_BUILD_BATCH_SIZE 8)
endfunction()

# A static library of one layer: riskd_layer(engine SOURCES a.cpp b.cpp LINKS ...)
function(riskd_layer name)
  cmake_parse_arguments(LAYER "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(riskd_${name} STATIC ${LAYER_SOURCES})
  target_link_libraries(riskd_${name} PUBLIC riskd_options ${LAYER_LINKS}
                                      PRIVATE ${LAYER_PRIVATE_LINKS})
  riskd_unity(riskd_${name})
endfunction()
