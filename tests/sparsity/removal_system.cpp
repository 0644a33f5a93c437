#include <Eigen/Dense>
#include <catch2/catch.hpp>
#include <support/golden_layer.hpp>
#include <support/random_layer.hpp>

#include <multipruner/sparsity/detail/removal_system.hpp>

using namespace multipruner;
using namespace multipruner::test;
using detail::RemovalOutcome;
using detail::RemovalSystem;

namespace {

RemovalSystem::Scratch five_weights(std::vector<Index> removed, std::vector<Index> kept) {
  RemovalSystem::Scratch scratch;
  scratch.values = Eigen::VectorXd::LinSpaced(static_cast<Index>(removed.size()), 1, 2);
  scratch.removed = std::move(removed);
  scratch.kept = std::move(kept);
  return scratch;
}

}  // namespace

TEST_CASE("Multipliers of removed weights, by either side") {
  const Eigen::MatrixXd hessian = RandomLayer(1, 5).gram;
  const Eigen::MatrixXd inverse = hessian.inverse();
  const RemovalSystem system(inverse, hessian);
  const RemovalSystem indefinite_inverse(-inverse, hessian);
  const RemovalSystem hopeless(-inverse, -hessian);

  auto few = five_weights({1, 3}, {0, 2, 4});
  const Eigen::VectorXd expected = inverse(few.removed, few.removed).inverse() * few.values;
  CHECK(system.solve(few) == RemovalOutcome::solved);
  CHECK(relative_error(few.values, expected) < 1e-10);
  few = five_weights({1, 3}, {0, 2, 4});
  CHECK(indefinite_inverse.solve(few) == RemovalOutcome::kept_side);
  CHECK(relative_error(few.values, expected) < 1e-10);
  few = five_weights({1, 3}, {0, 2, 4});
  CHECK(hopeless.solve(few) == RemovalOutcome::zeroed);

  auto many = five_weights({0, 1, 3, 4}, {2});
  const Eigen::VectorXd all = inverse(many.removed, many.removed).inverse() * many.values;
  CHECK(system.solve(many) == RemovalOutcome::solved);
  CHECK(relative_error(many.values, all) < 1e-10);
  auto everything = five_weights({0, 1, 2, 3, 4}, {});
  const Eigen::VectorXd whole = hessian * everything.values;
  CHECK(system.solve(everything) == RemovalOutcome::solved);
  CHECK(relative_error(everything.values, whole) < 1e-10);
}
