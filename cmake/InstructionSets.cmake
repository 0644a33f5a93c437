# SPDX-License-Identifier: MIT
# The instruction-set levels that the project's own programs are compiled for, the least first, and `native`: the machine
# that builds. Those beyond `baseline` are x86-64's; examples/cli/isa.cpp says which processors have them.
set(MULTIPRUNER_ISA_LEVELS baseline avx2 avx512 avx512-bf16 avx512-amx)

# Sets `result` to the compiler flags of a level.
function(multipruner_isa_flags level result)
  set(x86_64 FALSE)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
    set(x86_64 TRUE)
  endif()
  set(flags_baseline "")
  if(x86_64)
    set(flags_baseline -march=x86-64)
  endif()
  set(flags_native -march=native)
  set(flags_avx2 -march=x86-64-v3)
  set(flags_avx512 -march=x86-64-v4)
  set(flags_avx512-bf16 ${flags_avx512} -mavx512bf16)
  set(flags_avx512-amx ${flags_avx512-bf16} -mamx-tile -mamx-bf16)

  if(NOT level IN_LIST MULTIPRUNER_ISA_LEVELS AND NOT level STREQUAL native)
    list(JOIN MULTIPRUNER_ISA_LEVELS ", " known)
    message(FATAL_ERROR "\"${level}\" is no instruction-set level. There are: native, ${known}")
  elseif(level MATCHES "^avx" AND NOT x86_64)
    message(FATAL_ERROR "The instruction-set level ${level} is for x86-64, and this build is for ${CMAKE_SYSTEM_PROCESSOR}")
  endif()
  set(${result} ${flags_${level}} PARENT_SCOPE)
endfunction()
