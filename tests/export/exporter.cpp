// SPDX-License-Identifier: MIT
// A format and a source of one's own.

#include <fstream>
#include <numeric>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/reference_data.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/evaluation/evaluate_perplexity.hpp>
#include <multipruner/export/save.hpp>

using namespace multipruner;
using test::expect_error;
using test::TemporaryDirectory;

namespace {

/// Writes how many parameters each block has left; holds only models that have all of their blocks.
struct Sizes {
  static constexpr std::string_view name = "sizes";

  void require_exportable(const ModelView& view) const {
    if (view.plan().removed_blocks().empty()) return;
    throw OptionError("sizes", "the format has no place for removed blocks", "Narrow them");
  }

  [[nodiscard]] Index bytes(const ModelView& view) const { return view.config().num_blocks(); }

  void write(const ModelView& view, const std::vector<BlockId>&, const std::filesystem::path& folder,
             const WriteObserver& on_written) const {
    std::ofstream file(folder / "sizes.txt");
    for (Index position = 0; position < view.config().num_blocks(); ++position) {
      file << view.graph().label({position}) << ' '
           << view.config().blocks[{position}].count_parameters(view.plan().choice({position})) << '\n';
      on_written({}, 1);
    }
  }
};
static_assert(Exporter<Sizes>);

/// A model in memory: what a folder has, under names of its own.
class Renamed final : public ModelSource {
 public:
  explicit Renamed(const std::filesystem::path& folder) : folder_(folder) {
    for (const std::string& name : folder_.names()) {
      infos_.push_back(*folder_.info(name));
      infos_.back().name = "my." + name;
    }
  }

  [[nodiscard]] std::string label() const override { return "memory"; }
  [[nodiscard]] const JsonReader& config() const override { return folder_.config(); }
  [[nodiscard]] std::vector<std::string> names() const override {
    std::vector<std::string> names;
    for (const TensorInfo& info : infos_) names.push_back(info.name);
    return names;
  }
  [[nodiscard]] const TensorInfo* info(std::string_view name) const override {
    for (const TensorInfo& info : infos_) {
      if (info.name == name) return &info;
    }
    return nullptr;
  }
  [[nodiscard]] StoredTensor get(std::string_view name) const override {
    if (info(name) == nullptr) throw DataError(std::string(name), "there is no such tensor", "Ask for others");
    return folder_.get(name.substr(3));
  }
  [[nodiscard]] std::shared_ptr<const WeightMemory> storage(bool releasing) const override {
    return folder_.storage(releasing);
  }

 private:
  HuggingFaceFolder folder_;
  std::vector<TensorInfo> infos_;
};

/// The family whose tensors are called so.
struct MyLlama : Llama {
  static std::string tensor_name(TensorRole role, Index layer) { return "my." + Llama::tensor_name(role, layer); }
};

const std::filesystem::path folder = test::source_path("tests/data/arch/llama-gqa");

}  // namespace

TEST_CASE("an exporter of one's own writes into a folder that appears as a whole, and says what it cannot hold") {
  const Graph graph = load<>(folder);
  const TemporaryDirectory directory;
  Plan plan(graph);
  plan.set_width(BlockId{1}, graph.width(BlockId{1}) / 2);
  save_as(Sizes{}, ModelView(graph, plan), directory / "sizes");
  std::stringstream text;
  text << std::ifstream(directory / "sizes/sizes.txt").rdbuf();
  CHECK(text.str().find("layer 0 mlp " + std::to_string(graph.spec({1}).count_parameters(plan.choice({1})))) !=
        std::string::npos);
  CHECK(std::filesystem::exists(directory / "sizes/multipruner.json"));

  plan.remove({0});
  expect_error<OptionError>([&] { save_as(Sizes{}, ModelView(graph, plan), directory / "other"); },
                            {"sizes", "no place for removed blocks"});
  CHECK_FALSE(std::filesystem::exists(directory / "other"));
}

TEST_CASE("a source of one's own is loaded like a folder, and kept alive by the graph") {
  const Graph expected = load<>(folder);
  const Graph graph = load_from<MyLlama>(Renamed(folder));
  std::vector<TokenId> tokens(16);
  std::iota(tokens.begin(), tokens.end(), 0);
  const TokenWindows windows(8, std::move(tokens));
  CHECK(perplexity(ModelView(graph), windows) == perplexity(ModelView(expected), windows));
  expect_error<OptionError>([&] { save(graph, "nowhere"); }, {"save", "not loaded from a model folder"});
  expect_error<DataError>([&] { (void)load_from<Llama>(Renamed(folder)); }, {"model.embed_tokens.weight"});
}
