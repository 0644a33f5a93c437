// SPDX-License-Identifier: MIT
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "command.hpp"
#include "environment.hpp"
#include <multipruner/run/model_description.hpp>

namespace multipruner::cli {

namespace {

class Inspect final : public Command {
 public:
  explicit Inspect(CLI::App& program)
      : Command(program, "inspect", "Show what a model consists of and what was removed from it",
                "  multipruner inspect model-20/\n"
                "  multipruner inspect model-20/ --json\n") {
    app().add_option("MODEL,--model_path", model_, "Folder of a model, dense or pruned")->required()->type_name("DIR");
  }

  ExitCode run(Console& console) override {
    std::vector<std::string> warnings;
    const ModelDescription model =
        describe_model(environment_of(console).load_and_warn(model_, false, warnings), model_);
    if (console.json()) {
      console.print_json(to_json(model));
    } else {
      console.print(to_text(model));
    }
    return ExitCode::ok;
  }

 private:
  std::string model_;
};

}  // namespace

std::unique_ptr<Command> make_inspect(CLI::App& program) {
  return std::make_unique<Inspect>(program);
}

}  // namespace multipruner::cli
