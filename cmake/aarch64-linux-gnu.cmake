# SPDX-License-Identifier: MIT
# Compiles for AArch64 with Debian's cross compiler, and runs what is compiled under QEMU. scripts/setup_aarch64 installs both,
# and puts oneTBB, the only library that is linked, below build/aarch64-packages.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)

set(packages ${CMAKE_CURRENT_LIST_DIR}/../build/aarch64-packages/usr/lib/aarch64-linux-gnu)
cmake_path(ABSOLUTE_PATH packages NORMALIZE)
set(TBB_DIR ${packages}/cmake/TBB CACHE PATH "")

# These are headers alone; only their packages for CMake lie where those of the building architecture do.
file(GLOB xsimd_DIR /usr/lib/*/cmake/xsimd)
file(GLOB xtensor_DIR /usr/lib/*/cmake/xtensor)

set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L /usr/aarch64-linux-gnu -E LD_LIBRARY_PATH=${packages})
