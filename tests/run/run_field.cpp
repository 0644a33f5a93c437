// SPDX-License-Identifier: MIT
#include <set>
#include <string>
#include <variant>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/expect_error.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/run/recipe.hpp>
#include <multipruner/run/run_field.hpp>

using namespace multipruner;
using namespace multipruner::test;
using nlohmann::json;

namespace {

/// A text that the field takes and that is not its default.
std::string other_text(const RunField& field) {
  if (field.range == FieldRange::percentage) return "0.25%";
  if (field.range == FieldRange::confidence) return "0.9375";
  if (std::holds_alternative<simd::Compute RunSpec::*>(field.member)) return "bfloat16";
  if (std::holds_alternative<bool RunSpec::*>(field.member)) return "true";
  if (std::holds_alternative<double RunSpec::*>(field.member)) return "0.125";
  if (std::holds_alternative<std::optional<double> RunSpec::*>(field.member)) return "0.125";
  if (std::holds_alternative<std::vector<double> RunSpec::*>(field.member)) return "0.125";
  if (std::holds_alternative<std::optional<Index> RunSpec::*>(field.member)) return "7";
  if (std::holds_alternative<std::uint64_t RunSpec::*>(field.member)) return "18446744073709551615";
  return "wörd \"with\" spaces";
}

/// Every field set to something else than by default.
RunSpec other_spec() {
  RunSpec spec;
  for (const RunField& field : run_fields()) set_from_text(spec, field, other_text(field));
  return spec;
}

JsonReader recipe_of(const std::string& text) {
  return {json::parse(text), "recipe.json"};
}

}  // namespace

TEST_CASE("Fields cover a spec: what is set comes back from a recipe and from a log") {
  const RunSpec spec = other_spec();
  CHECK(to_json(spec).size() == run_fields().size());
  CHECK(run_spec_of(recipe_of(to_json(spec).dump())) == spec);
  CHECK(run_spec_of_log(recipe_of(log_args(spec).dump())) == spec);
  CHECK(to_json(RunSpec{}).empty());
  CHECK(run_spec_of(recipe_of("{}")) == RunSpec{});
  CHECK(run_spec_of_log(recipe_of(log_args({}).dump())) == RunSpec{});
}

TEST_CASE("A recipe says what is nothing where that is not what a field usually is") {
  CHECK_THAT(to_recipe({}), !Catch::Contains("ridge: []") && !Catch::Contains("eval_text"));
  RunSpec spec;
  spec.ridge.clear();
  spec.eval_text = "";
  CHECK_THAT(to_recipe(spec), Catch::Contains("\nridge: []\n") && Catch::Contains("\neval_text: \"\"\n"));
}

TEST_CASE("Names, places in a log and flags of fields are their own") {
  std::set<std::string_view> names, keys, flags;
  for (const RunField& field : run_fields()) {
    CAPTURE(field.name);
    CHECK(names.insert(field.name).second);
    CHECK(keys.insert(field.log_key).second);
    if (!field.flags.empty()) CHECK(flags.insert(field.flag()).second);
    CHECK(field.log_key.starts_with('/'));
    CHECK_FALSE(field.help.empty());
    CHECK(find_run_field(field.name) == &field);
  }
  CHECK(find_run_field("nothing") == nullptr);
}

TEST_CASE("A recipe takes percentages as numbers and as texts") {
  CHECK(run_spec_of(recipe_of(R"({"ratio": 20})")).ratio == 20);
  CHECK(run_spec_of(recipe_of(R"({"ratio": "12.5%", "confidence": "95%"})")).ratio == 12.5);
  CHECK(run_spec_of(recipe_of(R"({"confidence": 0.95})")).confidence == 0.95);
  CHECK(run_spec_of(recipe_of(R"({"ratio": null})")) == RunSpec{});
}

TEST_CASE("A recipe takes one for a list of one, and numbers for texts") {
  CHECK(run_spec_of(recipe_of(R"({"keep": "first"})")).keep == std::vector<std::string>{"first"});
  CHECK(run_spec_of(recipe_of(R"({"keep": [3, "mlp:0-2"]})")).keep == std::vector<std::string>{"3", "mlp:0-2"});
  CHECK(run_spec_of(recipe_of(R"({"ridge": 0.25})")).ridge == std::vector<double>{0.25});
  CHECK(run_spec_of(recipe_of(R"({"ignore_label": 2})")).ignore_label == "2");
  CHECK(run_spec_of(recipe_of(R"({"model": 2024})")).model == "2024");
}

TEST_CASE("What a recipe cannot have is named, with its place and what it may be") {
  const auto refused = [](const std::string& text, const std::vector<std::string>& parts) {
    expect_error<DataError>([&] { static_cast<void>(run_spec_of(recipe_of(text))); }, parts);
  };
  refused(R"({"ration": 20})", {"recipe.json: ration: a run has no such key", "Use model", "ratio, "});
  refused(R"({"ratio": 0.2})", {"recipe.json: ratio: ", "share of 1 or in percent"});
  refused(R"({"ratio": "much"})", {"recipe.json: ratio: \"much\" is not a percentage"});
  refused(R"({"ratio": [20]})", {"recipe.json: ratio: expected a number"});
  refused(R"({"samples": 0})", {"recipe.json: samples", "[1, "});
  refused(R"({"samples": 2.5})", {"recipe.json: samples", "integer"});
  refused(R"({"keep": {"a": 1}})", {"recipe.json: keep", "array"});
  refused(R"({"keep": ["first", true]})", {"recipe.json: keep[1]: expected a string"});
  refused(R"({"ridge": ["much"]})", {"recipe.json: ridge[0]: expected a number"});
  refused(R"({"keep_zeros": "yes"})", {"recipe.json: keep_zeros: expected true or false"});
  refused(R"({"compute": "int8"})", {"recipe.json: compute: \"int8\" is not known. Use float32 or bfloat16"});
  refused(R"({"seed": -1})", {"recipe.json: seed"});
}

TEST_CASE("Texts that a field does not take are refused by its flag") {
  const auto refused = [](const std::string& name, const std::string& text, const std::string& part) {
    RunSpec spec;
    expect_error<OptionError>([&] { set_from_text(spec, *find_run_field(name), text); }, {part});
    CHECK(spec == RunSpec{});
  };
  refused("ratio", "0.2", "--ratio: 0.2 may be meant as a share of 1 or in percent");
  refused("samples", "0", "--samples: \"0\" is not a whole number of 1 or more");
  refused("samples", "8x", "--samples: \"8x\"");
  refused("generated_windows", "-1", "--generated-windows: \"-1\" is not a whole number of 0 or more");
  refused("local_ridge", "much", "--local-ridge: \"much\" is not a number");
  refused("local_ridge", "nan", "--local-ridge: \"nan\" is not a number");
  refused("milliseconds", "inf", "--milliseconds: \"inf\" is not a number");
  refused("mlp_until", "-Infinity", "--mlp-until: \"-Infinity\" is not a percentage");
  refused("compute", "int8", "--compute: \"int8\" is not known");
  RunSpec spec;
  set_from_text(spec, *find_run_field("generated_windows"), "0");
  CHECK(spec.generated_windows == 0);
  set_from_text(spec, *find_run_field("confidence"), "95%");
  CHECK(spec.confidence == 0.95);
}

TEST_CASE("The log of a run that was made before there was a field is read") {
  json args = json::parse(log_args(other_spec()).dump());
  args.erase("keep");
  args.erase("eval_text");
  args.at("compensation").erase("every");
  const RunSpec spec = run_spec_of_log({args, "log.json"});
  CHECK(spec.keep.empty());
  CHECK_FALSE(spec.eval_text);
  CHECK_FALSE(spec.compensate_every);
  CHECK(spec.ratio == 0.25);
  for (const char* key : {"target_ratio", "depth_until", "mlp_until", "heads_until", "ignore_label"}) args.erase(key);
  args["stage_thresholds"] = {{"depth", 5.0}, {"mlp_width", nullptr}};
  args["ignored_label"] = 7;
  const RunSpec older = run_spec_of_log({args, "log.json"});
  CHECK(older.depth_until == 5);
  CHECK_FALSE(older.mlp_until);
  CHECK(older.ignore_label == "7");
  args.erase("model_path");
  expect_error<DataError>(
      [&] {
        static_cast<void>(run_spec_of_log({args, "log.json"}));
      },
      {"model_path", "is missing"});
}
