#include "support/precompiled.hpp"  // an object library needs a source
