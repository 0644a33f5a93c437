# Runs the check of the umbrella headers on small trees, whole and not, and compares what it says.
# Usage: cmake -DCHECK=check_umbrella.cmake -DDIRECTORY=scratch -P check_umbrella_test.cmake
cmake_minimum_required(VERSION 3.25)

# expect(<what the check must say, or "whole"> <header> <what it includes and contains> ...)
function(expect pattern)
  file(REMOVE_RECURSE ${DIRECTORY})
  set(arguments ${ARGN})
  while(arguments)
    list(POP_FRONT arguments header text)
    string(REGEX REPLACE "<([^>]+)>" "#include <multipruner/\\1>\n" text "${text}")
    file(WRITE ${DIRECTORY}/multipruner/${header} "#pragma once\n${text}\n")
  endwhile()
  execute_process(COMMAND ${CMAKE_COMMAND} -DINCLUDE_DIR=${DIRECTORY} -P ${CHECK}
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(pattern STREQUAL "whole")
    if(NOT status EQUAL 0)
      message(SEND_ERROR "Whole umbrellas were refused:\n${output}")
    endif()
  elseif(status EQUAL 0 OR NOT output MATCHES "${pattern}")
    message(SEND_ERROR "The check should fail with \"${pattern}\", but gave ${status}:\n${output}")
  endif()
endfunction()

set(public "namespace multipruner::inline MULTIPRUNER_ABI {")
set(simd "namespace multipruner::inline MULTIPRUNER_ABI::simd {")
set(detail "namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {")

expect("whole"
  multipruner.hpp <core/a.hpp> core/a.hpp "<core/b.hpp>${public}" core/b.hpp "${public}" core/detail.hpp "${detail}"
  tokenizers.hpp <tokenizers/a.hpp> tokenizers/a.hpp "<core/a.hpp>${public}" tensor/xtensor.hpp "${public}")
expect("multipruner.hpp does not include core/b.hpp"
  multipruner.hpp <core/a.hpp> core/a.hpp "${public}" core/b.hpp "${simd}" tokenizers.hpp "//")
expect("multipruner.hpp does not include core/b.hpp"  # bodies are not seen in compiled mode
  multipruner.hpp <core/a.hpp> core/a.hpp "<core/a.ipp>${public}" core/a.ipp <core/b.hpp> core/b.hpp "${public}"
  tokenizers.hpp "//")
expect("tokenizers.hpp does not include tokenizers/a.hpp"
  multipruner.hpp "//" tokenizers.hpp "//" tokenizers/a.hpp "${public}")
expect("multipruner.hpp includes tensor/xtensor.hpp"
  multipruner.hpp <tensor/xtensor.hpp> tokenizers.hpp "//" tensor/xtensor.hpp "${public}")
