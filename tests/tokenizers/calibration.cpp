// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdint>
#include <fstream>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/reference_data.hpp>

#include <multipruner/calibration/calibration.hpp>
#include <multipruner/tokenizers/load_tokenizer.hpp>

using namespace multipruner;

TEST_CASE("calibration windows are those of the reference's runs, token for token") {
  const auto [model, length] = GENERATE(table<std::string, Index>({{"mixed-5.5M", 512}, {"stories-1.6M", 256}}));
  CAPTURE(model);
  const auto alpaca = test::reference_path("data/text/alpaca/alpaca_5000.json");
  const auto info_path = test::reference_path("baselines/multipruner/" + model + "/calib_info.json");
  const auto model_path = test::reference_path("models/" + model);
  SKIP_WITHOUT(alpaca);
  SKIP_WITHOUT(info_path);
  SKIP_WITHOUT(model_path);
  std::ifstream file(info_path);
  const auto info = nlohmann::json::parse(file);

  const Calibration calibration = read_calibration(
      alpaca, *load_tokenizer(model_path),
      {.samples_block = 128, .samples_width = 64, .sequence_length = length, .sampling = Sampling::random});
  for (const auto& [set, windows] :
       {std::pair{"block", calibration.at(block_samples)}, std::pair{"width", calibration.at(width_samples)}}) {
    const auto& expected = info.at(set);
    CHECK(windows.count() == expected.at("windows"));
    CHECK(std::accumulate(windows.tokens().begin(), windows.tokens().end(), std::int64_t{0}) ==
          expected.at("sum_of_ids"));
    const auto first = expected.at("first_ids").get<std::vector<TokenId>>();
    const auto last = expected.at("last_ids").get<std::vector<TokenId>>();
    CHECK(std::equal(first.begin(), first.end(), windows.tokens().begin()));
    CHECK(std::equal(last.rbegin(), last.rend(), windows.tokens().rbegin()));
  }
}
