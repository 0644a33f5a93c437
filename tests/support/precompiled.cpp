// SPDX-License-Identifier: MIT
#include "support/precompiled.hpp"  // an object library needs a source
