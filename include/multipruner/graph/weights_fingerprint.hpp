// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/fingerprint.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

/// A checksum of all weights as they are stored, with their shapes and scalar types. Reads all of them.
[[nodiscard]] Fingerprint fingerprint_of_weights(const Graph& graph);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/graph/weights_fingerprint.ipp>
#endif
