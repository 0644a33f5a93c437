// SPDX-License-Identifier: MIT
#include <multipruner/multipruner.hpp>
