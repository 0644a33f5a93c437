// SPDX-License-Identifier: MIT
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "command.hpp"
#include "conversion.hpp"
#include "environment.hpp"
#include "interruption.hpp"
#include "text_files.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/report/readable.hpp>

namespace multipruner::cli {

namespace {

class Convert final : public Command {
 public:
  explicit Convert(CLI::App& program)
      : Command(program, "convert", "Write a model, dense or pruned, in formats that other engines load",
                "  multipruner convert model-20/ --format hf --out model-20-hf/\n"
                "  multipruner convert model-20/ --format gguf --gguf-type q8_0 --out model-20-gguf/\n"
                "  multipruner convert model/ --from-config pruning_config.json --format hf-deci --out smaller/\n") {
    app()
        .add_option("MODEL,--model_path", spec_.model, "A model, dense or pruned: its folder, or its name on the Hub")
        ->required()
        ->type_name("DIR");
    app()
        .add_option("--out,--output_path", out_, "Folder to write; must not be there yet, or be empty")
        ->required()
        ->type_name("DIR");
    add_field_option(app(), "format", spec_.format);
    add_field_option(app(), "gguf_type", spec_.gguf_type);
    app()
        .add_option("--from-config", spec_.config,
                    "Write what this pruning_config.json leaves of the model, which is\na dense one")
        ->type_name("FILE");
    app()
        .add_option("--reorder", spec_.reorder,
                    "With --from-config: the order of channels and heads that it is\nfor, l1 or none [l1]")
        ->type_name("METRIC");
    app().add_flag("--overwrite", overwrite_, "Replace --out, if it is a folder that this program made");
  }

  ExitCode run(Console& console) override { return convert(spec_, out_, overwrite_, console); }

 private:
  ConversionSpec spec_;
  std::string out_;
  bool overwrite_ = false;
};

}  // namespace

ExitCode convert(const ConversionSpec& spec, const std::string& out, bool overwrite, Console& console) {
  TextFiles files(console);
  const RunEnvironment environment = environment_of(files, console);
  InterruptibleWork work(console.progress());
  const ConvertedModel made = convert_model(spec, out, overwrite, environment, work);
  console.print(out + ": " + spec.format + ", " + percent_text(made.ratio) + " removed, " +
                grouped_text(made.parameters) + " parameters\n");
  for (const std::string& sentence : made.padding) console.note(sentence);
  if (!console.json()) return ExitCode::ok;
  console.print_json(nlohmann::ordered_json{{"out", out},
                                            {"format", spec.format},
                                            {"parameters", made.parameters},
                                            {"ratio", made.ratio},
                                            {"padding", made.padding}});
  return ExitCode::ok;
}

std::unique_ptr<Command> make_convert(CLI::App& program) {
  return std::make_unique<Convert>(program);
}

}  // namespace multipruner::cli
