// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/reference_data.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/export/save.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("save writes more files, in sub-folders where their names say so") {
  const auto model = source_path("examples/models/stories-1.6M");
  const TemporaryDirectory directory;
  save(load<>(model), directory / "copy", {.more_files = {{"README.md", "a card"}, {"notes/more/run.txt", "a note"}}});
  CHECK(read_file(directory / "copy" / "README.md") == "a card");
  CHECK(read_file(directory / "copy" / "notes/more/run.txt") == "a note");
}

TEST_CASE("save refuses names that lead out of the folder, and leaves nothing behind") {
  const auto model = source_path("examples/models/stories-1.6M");
  const TemporaryDirectory directory;
  const Graph graph = load<>(model);
  for (const std::string name : {"../out.txt", "/tmp/out.txt", "notes/", "notes/../../out.txt", ""}) {
    expect_error<OptionError>([&] { save(graph, directory / "copy", {.more_files = {{name, "text"}}}); }, {"save"});
    CHECK(std::filesystem::is_empty(directory.path()));
  }
}
