# SPDX-License-Identifier: MIT
# Compiles through ccache where it is installed. Set CMAKE_CXX_COMPILER_LAUNCHER to override, or to "" to compile without.
if(DEFINED CMAKE_CXX_COMPILER_LAUNCHER OR DEFINED ENV{CMAKE_CXX_COMPILER_LAUNCHER})
  return()
endif()
find_program(CCACHE_PROGRAM ccache)
mark_as_advanced(CCACHE_PROGRAM)
if(CCACHE_PROGRAM)
  # The sloppiness is what ccache's manual asks for with precompiled headers; no source of ours uses __DATE__ or __TIME__. The
  # base directory lets build folders share what they compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} ${CCACHE_PROGRAM})
endif()
