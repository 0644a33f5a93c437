// SPDX-License-Identifier: MIT
#include <memory>
#include <string>

#include "command.hpp"
#include "execute_run.hpp"
#include "recipe_file.hpp"

namespace multipruner::cli {

namespace {

class RunRecipe final : public Command {
 public:
  explicit RunRecipe(CLI::App& program)
      : Command(program, "run", "Prune as a recipe says: the recipe.yaml of an earlier run, or your own",
                "  multipruner run model-20/recipe.yaml --out again/     # the same bytes\n"
                "  multipruner run recipe.yaml --dry-run\n\n"
                "A recipe is YAML or JSON. Its keys are the long options of prune with _ for -, e.g.\n\n"
                "  model: models/SmolLM2-135M\n"
                "  calibration: text.txt\n"
                "  ratio: 20\n"
                "  keep: [first, mlp:0-2]\n\n"
                "Paths in it are relative to where the program is started. --seed overrides the recipe's.\n") {
    app().add_option("RECIPE", recipe_, "File with a recipe")->required()->type_name("FILE");
    add_place_options(app(), place_);
  }

  ExitCode run(Console& console) override {
    RunSpec spec = read_recipe(recipe_);
    if (options().count("--seed") > 0) spec.seed = common().seed;
    return execute_run(spec, place_, console);
  }

 private:
  std::string recipe_;
  PlaceOptions place_;
};

}  // namespace

std::unique_ptr<Command> make_run(CLI::App& program) {
  return std::make_unique<RunRecipe>(program);
}

}  // namespace multipruner::cli
