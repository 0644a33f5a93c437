# SPDX-License-Identifier: MIT
# Checks that two object files of one program, compiled for different instruction sets, define no name of ours in common: the
# linker would take one of them for both.
# Usage: cmake -DNM=nm -DLOW=low.o -DHIGH=high.o -P check_symbols.cmake
cmake_minimum_required(VERSION 3.25)

function(names_of_ours object result)
  execute_process(COMMAND ${NM} --defined-only --format=posix ${object} OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[^\n ]*11multipruner[^\n ]*" names "${output}")
  list(REMOVE_DUPLICATES names)
  list(LENGTH names count)
  if(count LESS 10)
    message(FATAL_ERROR "${object} should define kernels, but has only ${count} names of ours: ${names}")
  endif()
  set(${result} "${names}" PARENT_SCOPE)
endfunction()

names_of_ours(${LOW} low)
names_of_ours(${HIGH} high)
set(both "")
foreach(name IN LISTS low)
  if(name IN_LIST high)
    list(APPEND both ${name})
  endif()
endforeach()
if(both)
  list(JOIN both "\n  " text)
  message(FATAL_ERROR "Both instruction-set levels define:\n  ${text}")
endif()
