// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/golden_tensors.hpp>

#include <multipruner/calibration/stream_similarity.hpp>
#include <multipruner/io/json_file.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

StreamSimilarity compare(const std::vector<float>& before, const std::vector<float>& after, Index columns,
                         Index length) {
  StreamSimilarity similarity;
  const Index rows = static_cast<Index>(before.size()) / columns;
  similarity.add({before.data(), rows, columns}, {after.data(), rows, columns}, {rows / length, length});
  return similarity;
}

}  // namespace

TEST_CASE("similarities of the stream are those of the oracle") {
  const GoldenTensors golden("block-scores");
  const auto values = read_json_file(source_path("tests/data/layers/block-scores.json"))["values"];
  const StreamSimilarity s = compare(golden.floats("x"), golden.floats("y"), 24, 12);
  CHECK(s.tokens == 48);
  CHECK(s.windows == 4);
  CHECK(1 - s.cosine / 48 == Approx(values["block_influence"].get<double>()).epsilon(1e-12));
  CHECK(s.magnitude / 48 == Approx(values["relative_magnitude"].get<double>()).epsilon(1e-12));
  CHECK(s.angle / 4 == Approx(values["angular_last_token"].get<double>()).epsilon(1e-12));
  const StreamSimilarity zero = compare(golden.floats("x_with_zero_token"), golden.floats("y"), 24, 12);
  CHECK(1 - zero.cosine / 48 == Approx(values["block_influence_with_zero_token"].get<double>()).epsilon(1e-12));
}

TEST_CASE("similarities of two tokens, by hand") {
  const StreamSimilarity s = compare({1, 0, 0, 2}, {1, 1, 0, 1}, 2, 2);
  CHECK(1 - s.cosine / 2 == Approx(0.146447).epsilon(1e-5));
  CHECK(s.magnitude / 2 == Approx(0.853553).epsilon(1e-5));
  CHECK(s.angle == Approx(0).margin(1e-7));
}

TEST_CASE("windows can be added one by one, with the same bits") {
  const GoldenTensors golden("block-scores");
  const auto x = golden.floats("x"), y = golden.floats("y");
  StreamSimilarity parts;
  for (Index window = 0; window < 4; ++window) {
    parts.add({x.data() + window * 288, 12, 24}, {y.data() + window * 288, 12, 24}, {1, 12});
  }
  CHECK(parts == compare(x, y, 24, 12));
}

TEST_CASE("zero vectors have defined similarities") {
  const StreamSimilarity s = compare({0, 0, 1}, {0, 1, 0}, 1, 3);
  CHECK(s.cosine == 1.5);
  CHECK(s.magnitude == 0 + 1 + 1);
}

TEST_CASE("rows that are not those of the windows are refused") {
  expect_error<OptionError>([] { compare({1, 2, 3}, {1, 2, 3}, 1, 2); }, {"windows of 2 in all"});
}
