// SPDX-License-Identifier: MIT
#include <yaml-cpp/yaml.h>

#include "program.hpp"

using namespace multipruner::test;

namespace {

/// The model under another path.
std::string model_at(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder.parent_path());
  std::filesystem::copy(stories(), folder);
  return folder;
}

std::string pruned_card(const std::string& model, const std::filesystem::path& out,
                        const std::vector<std::string>& more = {"--ratio", "10"}) {
  auto arguments = quick_prune(out, more);
  arguments.at(1) = model;
  run_successfully(arguments);
  return read_file(out / "README.md");
}

YAML::Node front_matter(const std::string& card) {
  REQUIRE(card.starts_with("---\n"));
  const std::size_t end = card.find("\n---\n");
  REQUIRE(end != std::string::npos);
  return YAML::Load(card.substr(4, end - 3));
}

}  // namespace

TEST_CASE("the front matter of a card is YAML for any name of a model and of a text") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string name = GENERATE("plain", "two words: and \"quotes\"", "modèle № 1", "'single' #1", "- dash", "~");
  CAPTURE(name);
  const std::string model = model_at(directory / "models" / name), text = directory / (name + ".txt");
  std::filesystem::copy(stories() / "heldout.txt", text);
  const std::string card = pruned_card(model, directory / "out", {"--ratio", "10", "--eval-text", text});
  const YAML::Node matter = front_matter(card);
  CHECK_FALSE(matter["base_model"]);  // the Hub would look for it
  const YAML::Node index = matter["model-index"][0];
  CHECK(index["name"].as<std::string>() == name + ", pruned");
  REQUIRE(index["results"].size() == 2);
  CHECK(index["results"][1]["dataset"]["name"].as<std::string>() == "held-out text, " + name + ".txt");
  CHECK(index["results"][1]["metrics"][0]["value"].as<double>() > 1);
  CHECK_THAT(card, Catch::Contains("# " + name + ", 1"));
  CHECK_THAT(card, !Catch::Contains(directory.path().string()) && !Catch::Contains(stories().string()));
}

TEST_CASE("the card of a model of the Hub names it, and its licence goes along with its file") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string model = model_at(directory / "hub/models--org--tiny-stories/snapshots/0123456789abcdef");
  write_file(std::filesystem::path(model) / "README.md",
             "---\nlicense: other\nlicense_name: \"tale: 2\"\n---\n# Tiny\n");
  write_file(std::filesystem::path(model) / "LICENSE.md", "All is allowed.");
  const std::string card = pruned_card(model, directory / "out");
  const YAML::Node matter = front_matter(card);
  CHECK(matter["base_model"].as<std::string>() == "org/tiny-stories");
  CHECK(matter["base_model_relation"].as<std::string>() == "finetune");
  CHECK(matter["license"].as<std::string>() == "other");
  CHECK(matter["license_name"].as<std::string>() == "tale: 2");
  CHECK_THAT(card, !Catch::Contains("0123456789abcdef"));
  CHECK(read_file(directory / "out/LICENSE.md") == "All is allowed.");
}

TEST_CASE("the card tells what was done: stages, order, compensation, text, recipe") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string quality = pruned_card(stories(), directory / "quality", {"--ratio", "12", "--preset", "quality"});
  CHECK_THAT(quality, Catch::Contains("MLP channels were removed until 11.52 % of the parameters were gone, then "
                                      "attention heads until 12.00 %"));
  CHECK_THAT(quality, Catch::Contains("by the norm of what they add to the residual stream"));
  CHECK_THAT(quality, Catch::Contains("Compensation: stream-matching, ridge") && Catch::Contains("held-out windows."));
  CHECK_THAT(quality, Catch::Contains("that the model writes itself"));
  CHECK_THAT(quality, Catch::Contains("multipruner run recipe.yaml --out DIR"));
  const std::string joint = pruned_card(stories(), directory / "joint", {"--ratio", "6", "--stages", "blocks+mlp:1"});
  CHECK_THAT(joint, Catch::Contains("until 6.00 % of the parameters were gone") && !Catch::Contains("Compensation:"));
  const std::string far =
      pruned_card(stories(), directory / "far", {"--ratio", "12", "--preset", "quality", "--compute", "bfloat16"});
  CHECK_THAT(far, Catch::Contains("computed in bfloat16"));
}

TEST_CASE("an extracted point has a card with the commands that make it") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  run_successfully(quick_prune(directory / "run", {"--ratio", "12", "--preset", "quality"}));
  run_successfully({"extract", directory / "run", "--at", "6", "--out", directory / "point"});
  const std::string card = read_file(directory / "point/README.md");
  CHECK_FALSE(front_matter(card)["model-index"]);
  CHECK_THAT(card, Catch::Contains("Compensation: stream-matching") || Catch::Contains("Compensation: none"));
  const std::size_t at = card.find("multipruner extract DIR --at ");
  REQUIRE(at != std::string::npos);
  const std::string ratio = card.substr(at + 29, card.find('\n', at) - at - 29);
  run_successfully({"run", directory / "point/recipe.yaml", "--out", directory / "again"});
  run_successfully({"extract", directory / "again", "--at", ratio, "--out", directory / "again-point"});
  CHECK(contents_of(directory / "again-point") == contents_of(directory / "point"));
}
