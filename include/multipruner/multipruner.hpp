#pragma once

/// Everything but tokenizers, which need libraries of their own: <multipruner/tokenizers.hpp>.

#include <multipruner/arch/load.hpp>
#include <multipruner/calibration/calibration.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/core/version.hpp>
#include <multipruner/evaluation/perplexity.hpp>
#include <multipruner/export/extract.hpp>
#include <multipruner/export/save.hpp>
#include <multipruner/forward/forward.hpp>
#include <multipruner/forward/generate.hpp>
#include <multipruner/graph/finite.hpp>
#include <multipruner/importance/l1.hpp>
#include <multipruner/importance/perplexity.hpp>
#include <multipruner/importance/reorder.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/plan/pruning_config.hpp>
#include <multipruner/policy/sequential_threshold.hpp>
#include <multipruner/pruner/pruner.hpp>
#include <multipruner/search/greedy.hpp>
