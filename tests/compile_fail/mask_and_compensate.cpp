// error: MaskAndCompensate<Criterion, Compensation>: Compensation must be a WeightCompensation
#include <multipruner/sparsity/mask_and_compensate.hpp>
#include <multipruner/sparsity/single_removal.hpp>

struct NotACompensation {
  void operator()(multipruner::MatrixView<double>) const;
};

multipruner::MaskAndCompensate<multipruner::SingleRemoval, NotACompensation> pruner{};
