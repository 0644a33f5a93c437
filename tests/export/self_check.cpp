// SPDX-License-Identifier: MIT
// What is written is read back before it appears.

#include <fstream>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/reference_data.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/export/hugging_face_hull.hpp>
#include <multipruner/export/save.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// A format that another model lies in, whatever is written.
struct Forgetful : HuggingFaceHull {
  static constexpr std::string_view name = "forgetful";

  [[nodiscard]] Graph read_back(const std::filesystem::path&) const {
    return load<>(source_path("tests/data/arch/" + found));
  }

  std::string found;
};

/// One that cannot read what it wrote.
struct Broken : HuggingFaceHull {
  static constexpr std::string_view name = "broken";

  [[nodiscard]] Graph read_back(const std::filesystem::path& folder) const {
    std::filesystem::resize_file(folder / "model.safetensors", 1000);
    return load<>(folder);
  }
};

static_assert(ReadableExporter<Forgetful> && ReadableExporter<Broken>);

}  // namespace

TEST_CASE("a format that holds another model than the one that was given is no output") {
  const Graph graph = load<>(source_path("tests/data/arch/llama-gqa"));
  const TemporaryDirectory directory;
  const auto save_and_find = [&](const std::string& found) {
    Forgetful format;
    format.found = found;
    save_as(format, ModelView(graph), directory / "model");
  };
  save_and_find("llama-gqa");
  std::filesystem::remove_all(directory / "model");
  expect_error<OutputError>([&] { save_and_find("llama-mha"); }, {"format forgetful", "logits that differ"});
  expect_error<OutputError>([&] { save_as(Broken{}, ModelView(graph), directory / "model"); },
                            {"format broken", "cannot be read back", "model.safetensors"});
  CHECK(std::filesystem::is_empty(directory.path()));
}
