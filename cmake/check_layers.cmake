# SPDX-License-Identifier: MIT
# Checks what the headers include, and the namespaces that they open:
#   * own headers as <multipruner/layer/file.hpp>, from the same layer or one below, without cycles. Files of bodies, x.ipp, keep
#     the layers, too, but may use each other's declarations: they come behind all that their headers declare;
#   * a layer has a namespace of its name, inline, so that all is in multipruner:: as well; what is no business of users lies in
#     multipruner::detail;
#   * no two files have one name;
#   * oneTBB only in core/parallel.ipp, xsimd only in simd/detail/ and simd/*.ipp;
#   * nlohmann/json.hpp, which takes a second to read, only in files of bodies and in headers for those who work with JSON,
#     which no other header includes. Others include nlohmann/json_fwd.hpp;
#   * Eigen only in bodies and a few headers, which only bodies and each other include (docs/decisions/0024).
# Usage: cmake -DINCLUDE_DIR=include -P cmake/check_layers.cmake
cmake_minimum_required(VERSION 3.25)

# From the bottom to the top. The umbrella headers beside the layers may include everything.
set(layers core tensor simd io graph blocks plan arch forward calibration sparsity importance compensation search policy
  export evaluation recovery report pruner run)
# tokenizers stand beside the layers above io: they include no other of those, and none of those includes them.
set(beside_above_io tokenizers)

include(${CMAKE_CURRENT_LIST_DIR}/connecting_headers.cmake)

set(problems "")
macro(report_problem header text)
  list(APPEND problems "  ${header}: ${text}")
endmacro()

function(layer_of header result)
  if(header MATCHES "^([^/]+)/")
    set(${result} ${CMAKE_MATCH_1} PARENT_SCOPE)
  else()
    set(${result} umbrella PARENT_SCOPE)
  endif()
endfunction()

# The namespace of a layer: its name, unless that is a word of C++ or the name of a function.
function(namespace_of layer result)
  set(names_forward forward_pass)
  set(names_export exporting)
  set(names_sparsity sparse)
  set(names_run running)
  if(DEFINED names_${layer})
    set(${result} ${names_${layer}} PARENT_SCOPE)
  else()
    set(${result} ${layer} PARENT_SCOPE)
  endif()
endfunction()

# Whether headers of the layer `from` may include those of the layer `to`.
function(is_downward from to result)
  list(FIND layers ${from} from_rank)
  list(FIND layers ${to} to_rank)
  list(FIND layers io io_rank)
  if(from STREQUAL to OR from STREQUAL umbrella)
    set(allowed TRUE)
  elseif(from IN_LIST beside_above_io AND to_rank GREATER_EQUAL 0 AND to_rank LESS_EQUAL io_rank)
    set(allowed TRUE)
  elseif(from_rank GREATER to_rank AND to_rank GREATER_EQUAL 0)
    set(allowed TRUE)
  else()
    set(allowed FALSE)
  endif()
  set(${result} ${allowed} PARENT_SCOPE)
endfunction()

cmake_path(ABSOLUTE_PATH INCLUDE_DIR NORMALIZE)
file(GLOB_RECURSE headers RELATIVE ${INCLUDE_DIR}/multipruner
  ${INCLUDE_DIR}/multipruner/*.hpp ${INCLUDE_DIR}/multipruner/*.ipp)
if(NOT headers)
  message(FATAL_ERROR "There are no headers below ${INCLUDE_DIR}/multipruner")
endif()

set(names "")
foreach(header IN LISTS headers)
  cmake_path(GET header FILENAME name)
  if(name IN_LIST names)
    report_problem(${header} "has the name of another file, ${name}")
  endif()
  list(APPEND names ${name})

  layer_of(${header} layer)
  if(NOT layer IN_LIST layers AND NOT layer IN_LIST beside_above_io AND NOT layer STREQUAL umbrella)
    report_problem(${header} "lies in ${layer}/, which is no layer")
  endif()

  namespace_of(${layer} namespace)
  file(STRINGS ${INCLUDE_DIR}/multipruner/${header} opened REGEX "^namespace multipruner.*{$")
  foreach(line IN LISTS opened)
    set(allowed_namespaces "inline ${namespace}" detail simd)
    if(header STREQUAL graph/kind.hpp)
      list(APPEND allowed_namespaces "inline blocks")  # which it declares a class of
    endif()
    if(line MATCHES "^namespace multipruner::inline MULTIPRUNER_ABI::((inline )?[a-z_]+)(::[a-z_]+)* {$")
      set(found ${CMAKE_MATCH_1})
      if(found IN_LIST allowed_namespaces AND (NOT found STREQUAL simd OR layer STREQUAL simd))
        continue()
      endif()
    elseif(header STREQUAL core/version.hpp)
      continue()  # the version is the same for all levels
    endif()
    report_problem(${header} "opens another namespace than that of its layer, ${namespace}: ${line}")
  endforeach()

  set(inside_layer_${header} "")
  file(STRINGS ${INCLUDE_DIR}/multipruner/${header} lines REGEX "^[ \t]*#[ \t]*include")
  foreach(line IN LISTS lines)
    if(header MATCHES "\\.hpp$" AND NOT header IN_LIST eigen_headers AND line MATCHES "<(Eigen/|multipruner/)([^>]+)>")
      if(CMAKE_MATCH_1 STREQUAL "Eigen/" OR CMAKE_MATCH_2 IN_LIST eigen_headers)
        report_problem(${header} "brings Eigen to all that include it: ${line}")
      endif()
    endif()
    if(line MATCHES "\"")
      report_problem(${header} "has an include in quotes: ${line}")
    elseif(line MATCHES "<(oneapi/)?tbb/" AND NOT header STREQUAL core/parallel.ipp)
      report_problem(${header} "includes oneTBB, which only core/parallel.ipp does")
    elseif(line MATCHES "<xsimd/" AND NOT header MATCHES "^simd/(detail/.*|.*\\.ipp)$")
      report_problem(${header} "includes xsimd, which only simd/detail/ and simd/*.ipp do")
    elseif(line MATCHES "<nlohmann/json\\.hpp>" AND header MATCHES "\\.hpp$" AND NOT header IN_LIST json_headers)
      report_problem(${header} "includes nlohmann/json.hpp: a declaration needs nlohmann/json_fwd.hpp, bodies belong into an .ipp")
    elseif(line MATCHES "<multipruner/([^>]+)>")
      set(included ${CMAKE_MATCH_1})
      layer_of(${included} included_layer)
      is_downward(${layer} ${included_layer} allowed)
      if(NOT included IN_LIST headers)
        report_problem(${header} "includes ${included}, which does not exist")
      elseif(NOT allowed)
        report_problem(${header} "includes ${included}, which is not below it")
      elseif(included IN_LIST json_headers AND header MATCHES "\\.hpp$")
        report_problem(${header} "includes ${included}, which brings nlohmann/json.hpp")
      elseif(layer STREQUAL included_layer AND NOT "${header};${included}" MATCHES "\\.ipp")
        list(APPEND inside_layer_${header} ${included})
      endif()
    endif()
  endforeach()
endforeach()

# Headers whose includes are all settled are settled; what can never be settled lies on a cycle or above one.
set(unsettled ${headers})
set(progress TRUE)
while(progress)
  set(progress FALSE)
  foreach(header IN LISTS unsettled)
    set(waits FALSE)
    foreach(included IN LISTS inside_layer_${header})
      if(included IN_LIST unsettled)
        set(waits TRUE)
        break()
      endif()
    endforeach()
    if(NOT waits)
      list(REMOVE_ITEM unsettled ${header})
      set(progress TRUE)
    endif()
  endforeach()
endwhile()
foreach(header IN LISTS unsettled)
  report_problem(${header} "is on a cycle of includes, or includes one")
endforeach()

if(problems)
  list(JOIN problems "\n" text)
  message(FATAL_ERROR "Includes that break the layers:\n${text}\n")
endif()
list(LENGTH headers count)
message(STATUS "${count} headers keep the layers")
