# SPDX-License-Identifier: MIT
# The compiled mode: bodies of plain functions (include/multipruner/**/*.ipp) in a library, not in every program that includes
# their headers.
#
#   multipruner_add_compiled(<target> INCLUDE_DIR <dir> [TOKENIZERS])
#
# adds a static library of them that is compiled with the flags of the calling directory, and lets who links it do without them.
# It is built where something links it. One source a layer is generated; with TOKENIZERS the optional component is in it, too.
function(multipruner_add_compiled target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "TOKENIZERS" "INCLUDE_DIR" "")
  file(GLOB_RECURSE bodies RELATIVE ${arg_INCLUDE_DIR} CONFIGURE_DEPENDS ${arg_INCLUDE_DIR}/multipruner/*.ipp)
  set(layers "")
  foreach(body IN LISTS bodies)
    string(REGEX REPLACE "^multipruner/([^/]+)/.*" "\\1" layer ${body})
    list(APPEND layers ${layer})
    string(APPEND source_${layer} "#include <${body}>\n")
  endforeach()
  list(REMOVE_DUPLICATES layers)
  if(NOT arg_TOKENIZERS)
    list(REMOVE_ITEM layers tokenizers)
  endif()

  set(sources "")
  foreach(layer IN LISTS layers)
    set(source ${CMAKE_CURRENT_BINARY_DIR}/${target}/${layer}.cpp)
    file(CONFIGURE OUTPUT ${source} CONTENT "${source_${layer}}" @ONLY)
    list(APPEND sources ${source})
  endforeach()

  add_library(${target} STATIC EXCLUDE_FROM_ALL ${sources})
  target_compile_definitions(${target} PUBLIC MULTIPRUNER_COMPILED)
  target_link_libraries(${target} PUBLIC multipruner::multipruner)
  if(arg_TOKENIZERS)
    target_link_libraries(${target} PUBLIC multipruner::tokenizers)
  endif()
endfunction()
