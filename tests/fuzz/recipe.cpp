// SPDX-License-Identifier: MIT
// A recipe, in YAML or JSON, and the settings of a log, as specs of a run; what is read is written and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include <examples/cli/recipe_file.hpp>
#include <nlohmann/json.hpp>
#include <support/answer_or_error.hpp>
#include <support/input.hpp>
#include <support/memory_folder.hpp>

#include <multipruner/run/recipe.hpp>
#include <multipruner/run/run_choices.hpp>
#include <multipruner/run/run_field.hpp>

using namespace multipruner;
using namespace multipruner::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const MemoryFolder folder;
  folder.write("recipe.yaml", text_of(data, size));
  answer_or_error(size, [&] {
    const RunSpec spec = cli::read_recipe(folder.path() / "recipe.yaml");
    folder.write("again.yaml", to_recipe(spec));
    if (!(cli::read_recipe(folder.path() / "again.yaml") == spec)) std::abort();
    if (!(run_spec_of_log({nlohmann::json::parse(log_args(spec).dump()), "log.json"}) == spec)) std::abort();
    validate(spec);
  });
  answer_or_error(size, [&] { static_cast<void>(run_spec_of_log(JsonReader::open(folder.path() / "recipe.yaml"))); });
  return 0;
}
