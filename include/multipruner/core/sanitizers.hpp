// SPDX-License-Identifier: MIT
#pragma once

/// @file
/// Which sanitizers this is compiled with: MULTIPRUNER_ADDRESS_SANITIZER and MULTIPRUNER_THREAD_SANITIZER are 1 or 0.
/// GCC and clang say it in different words.

#if defined(__has_feature)
#define MULTIPRUNER_HAS_FEATURE(feature) __has_feature(feature)
#else
#define MULTIPRUNER_HAS_FEATURE(feature) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || MULTIPRUNER_HAS_FEATURE(address_sanitizer)
#define MULTIPRUNER_ADDRESS_SANITIZER 1
#else
#define MULTIPRUNER_ADDRESS_SANITIZER 0
#endif

#if defined(__SANITIZE_THREAD__) || MULTIPRUNER_HAS_FEATURE(thread_sanitizer)
#define MULTIPRUNER_THREAD_SANITIZER 1
#else
#define MULTIPRUNER_THREAD_SANITIZER 0
#endif
