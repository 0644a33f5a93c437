# SPDX-License-Identifier: MIT
# The libraries that the headers include and the lowest version of each that is known to work, for this build and for those who
# find the installed package. Newer versions are welcome, whatever a package says of its own compatibility (Eigen and xsimd call
# every new major version incompatible), so it is not find_package that compares them.
set(multipruner_dependencies Eigen3 nlohmann_json TBB xsimd xtensor)
set(multipruner_lowest_Eigen3 3.4)
set(multipruner_lowest_nlohmann_json 3.11)
set(multipruner_lowest_TBB 2021.8)
set(multipruner_lowest_xsimd 8.1)
set(multipruner_lowest_xtensor 0.24)

# multipruner_version_problem(<name> <result>): what is wrong with the version of a library that was found, or nothing.
# One that does not tell its version, as one from FetchContent, is taken.
function(multipruner_version_problem name result)
  set(problem "")
  if(${name}_VERSION AND ${name}_VERSION VERSION_LESS multipruner_lowest_${name})
    set(problem "multipruner needs ${name} ${multipruner_lowest_${name}} or newer; ${${name}_DIR} has ${${name}_VERSION}. Install a \
newer one, and name its folder in ${name}_DIR or CMAKE_PREFIX_PATH. ")
  endif()
  set(${result} "${problem}" PARENT_SCOPE)
endfunction()
