#pragma once

/// @file
/// Where the bodies of plain functions are: `x.hpp` declares, `x.ipp` defines.
///
/// By default every header includes its `.ipp`, and there is nothing to link. With MULTIPRUNER_COMPILED it does not, and
/// the bodies come from a library that is compiled once: the CMake target `multipruner::compiled` defines it.

#ifdef MULTIPRUNER_COMPILED
#define MULTIPRUNER_INLINE
#else
#define MULTIPRUNER_INLINE inline
#endif
