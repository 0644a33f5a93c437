# SPDX-License-Identifier: MIT
# Builds an object and checks that it defines and needs nothing.
# Usage: cmake -DBUILD=folder -DTARGET=name -DNM=nm -DOBJECT=file.o -P check_no_code.cmake
cmake_minimum_required(VERSION 3.25)

execute_process(COMMAND ${CMAKE_COMMAND} --build ${BUILD} --target ${TARGET} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${NM} -C ${OBJECT} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
if(symbols)
  string(SUBSTRING "${symbols}" 0 2000 first)
  message(FATAL_ERROR "The umbrella header alone makes code:\n${first}")
endif()
