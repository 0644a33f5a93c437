# SPDX-License-Identifier: MIT
# What `cmake --install` does: headers, the exported targets, and the files by which find_package(multipruner) finds them.
# All of it is in the component Development.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_dir ${CMAKE_INSTALL_DATADIR}/cmake/multipruner)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT Development)

install(TARGETS multipruner EXPORT multipruner-targets)
install(EXPORT multipruner-targets NAMESPACE multipruner:: DESTINATION ${package_dir} COMPONENT Development)

if(MULTIPRUNER_TOKENIZERS)
  install(TARGETS multipruner_tokenizers EXPORT multipruner-tokenizers-targets)
  install(EXPORT multipruner-tokenizers-targets NAMESPACE multipruner:: DESTINATION ${package_dir} COMPONENT Development)
  install(FILES
    ${PROJECT_SOURCE_DIR}/cmake/FindPCRE2.cmake
    ${PROJECT_SOURCE_DIR}/cmake/Findsentencepiece.cmake
    ${PROJECT_SOURCE_DIR}/cmake/Findutf8proc.cmake
    DESTINATION ${package_dir} COMPONENT Development)
endif()

# The compiled mode is built by who uses it, with their flags.
install(FILES
  ${PROJECT_SOURCE_DIR}/cmake/Compiled.cmake
  ${PROJECT_SOURCE_DIR}/cmake/Dependencies.cmake
  DESTINATION ${package_dir} COMPONENT Development)

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/multipruner-config.cmake.in
  ${PROJECT_BINARY_DIR}/multipruner-config.cmake
  INSTALL_DESTINATION ${package_dir})
# Before 1.0 every minor version may break its users.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/multipruner-config-version.cmake
  COMPATIBILITY SameMinorVersion
  ARCH_INDEPENDENT)
install(FILES
  ${PROJECT_BINARY_DIR}/multipruner-config.cmake
  ${PROJECT_BINARY_DIR}/multipruner-config-version.cmake
  DESTINATION ${package_dir} COMPONENT Development)
