// SPDX-License-Identifier: MIT
#include <cstdint>
#include <cstring>
#include <string>

#include "program.hpp"

using namespace multipruner::test;
using nlohmann::json;

namespace {

/// The shipped model, with all entries of a tensor replaced by one bfloat16.
std::string model_with(const TemporaryDirectory& directory, const std::string& tensor, std::uint16_t value) {
  const auto copy = directory / "model";
  std::filesystem::copy(stories(), copy);
  std::string file = read_file(copy / "model.safetensors");
  std::uint64_t header = 0;
  std::memcpy(&header, file.data(), sizeof(header));
  const auto range = json::parse(file.substr(8, header)).at(tensor).at("data_offsets").get<std::vector<std::size_t>>();
  for (std::size_t at = range.at(0); at < range.at(1); at += sizeof(value)) {
    std::memcpy(file.data() + 8 + header + at, &value, sizeof(value));
  }
  write_file(copy / "model.safetensors", file);
  return copy;
}

void check_named(const std::vector<std::string>& arguments, const std::string& what) {
  const ProgramResult result = run_program(arguments);
  CAPTURE(arguments.front(), result.out, result.err);
  CHECK(result.status == 3);
  CHECK_THAT(result.err, Catch::StartsWith("multipruner: error: ") && Catch::Contains(what));
  CHECK_THAT(result.out, !Catch::Contains("nan") && !Catch::Contains("NaN"));
}

/// Every command that measures or writes.
void check_all_commands(const std::string& model, const std::string& what, const std::string& out) {
  const std::string text = stories() / "calibration.txt";
  const std::vector<std::string> few{"--seqlen", "64", "--max-windows", "2", "--json"};
  const auto with = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), few.begin(), few.end());
    return arguments;
  };
  check_named(with({"eval", model, "--text", text}), what);
  check_named(with({"compare", model, "--text", text}), what);
  check_named({"generate", model, "--prompt", "Once", "--json"}, what);
  check_named(with({"prune", model, "--ratio", "10", "--calibration", text, "--out", out}), what);
  check_named(with({"sparsify", model, "--pattern", "50%", "--calibration", text, "--out", out}), what);
  CHECK_FALSE(std::filesystem::exists(out));
}

}  // namespace

TEST_CASE("a model with NaN is named with the block where it first appears, and nothing is written") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string model = model_with(directory, "model.layers.3.mlp.up_proj.weight", 0x7fc0);
  const std::string out = directory / "out";
  check_named({"eval", model, "--text", stories() / "heldout.txt"}, "model.layers.3.mlp.up_proj.weight");
  check_named({"generate", model, "--prompt", "Once"}, "layer 3 mlp");
  CHECK(run_program({"generate", model, "--prompt", "Once"}).out.empty());
  check_all_commands(model, "layer", out);
}

TEST_CASE("an overflow of finite weights is named with the block, and nothing is written") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string model = model_with(directory, "model.layers.5.mlp.up_proj.weight", 0x7f7f);
  check_all_commands(model, "layer 5 mlp", directory / "out");
}
