# SPDX-License-Identifier: MIT
# Runs one of the checks of headers on small trees, sound and broken, and compares what it says. CHECK is the check, DIRECTORY a
# folder for the trees.

# expect(<what the check must say, a regular expression, or "sound"> <header> <its text> ...)
#
# Every <file> of a text becomes an include of it.
function(expect pattern)
  file(REMOVE_RECURSE ${DIRECTORY})
  set(arguments ${ARGN})
  while(arguments)
    list(POP_FRONT arguments header text)
    string(REGEX REPLACE "<([^>]+)>" "#include <\\1>\n" text "${text}")
    file(WRITE ${DIRECTORY}/multipruner/${header} "#pragma once\n${text}\n")
  endwhile()
  execute_process(COMMAND ${CMAKE_COMMAND} -DINCLUDE_DIR=${DIRECTORY} -P ${CHECK}
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(pattern STREQUAL "sound")
    if(NOT status EQUAL 0)
      message(SEND_ERROR "A sound tree was refused:\n${output}")
    endif()
  elseif(status EQUAL 0 OR NOT output MATCHES "${pattern}")
    message(SEND_ERROR "The check should fail with \"${pattern}\", but gave ${status}:\n${output}")
  endif()
endfunction()
