#pragma once

#include <multipruner/report/run_log.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE nlohmann::ordered_json candidate_json(const Candidate& candidate) {
  return {{"block", name_of(candidate.move.block.kind)},
          {"layer", candidate.move.block.layer},
          {"to", candidate.move.width},
          {"cost", candidate.cost.value},
          {"exact", candidate.cost.exact}};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
