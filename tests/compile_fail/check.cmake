# SPDX-License-Identifier: MIT
# cmake -D COMPILER=... -D SNIPPET=... -D INCLUDE_DIRECTORIES="a|b" -P check.cmake
string(REPLACE "|" ";-I" include_flags "-I${INCLUDE_DIRECTORIES}")
execute_process(COMMAND ${COMPILER} -std=c++20 -fsyntax-only -fdiagnostics-color=never ${include_flags} ${SNIPPET}
  RESULT_VARIABLE status
  ERROR_VARIABLE diagnostics)

file(STRINGS ${SNIPPET} first_line LIMIT_COUNT 1)
if(NOT first_line MATCHES "^// error: (.+)$")
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "should compile, but does not:\n${diagnostics}")
  endif()
  return()
endif()
set(sentence "${CMAKE_MATCH_1}")

if(status EQUAL 0)
  message(FATAL_ERROR "compiles, but should be refused with: ${sentence}")
endif()
if(NOT diagnostics MATCHES "error: [^\n]*")
  message(FATAL_ERROR "fails without an error:\n${diagnostics}")
endif()
set(first_error "${CMAKE_MATCH_0}")
string(FIND "${first_error}" "${sentence}" position)
if(position EQUAL -1)
  message(FATAL_ERROR "the first error is\n  ${first_error}\nbut should say\n  ${sentence}")
endif()
