// SPDX-License-Identifier: MIT
#include <support/restrictions.hpp>

#include "program.hpp"

using namespace multipruner::test;

namespace {

/// Runs a command that must fail with one line on stderr, and leave a folder as it is.
void check_failure(const std::vector<std::string>& arguments, int status, const std::string& message,
                   const std::filesystem::path& folder) {
  const auto before = contents_of(folder);
  const ProgramResult result = run_program(arguments);
  INFO(result.err);
  CHECK(result.status == status);
  CHECK(result.out.empty());
  CHECK_THAT(result.err, Catch::StartsWith("multipruner: error: ") && Catch::Contains(message));
  CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
  CHECK(contents_of(folder) == before);
}

/// A copy of the model in which a file may be broken.
std::string copy_of_model(const TemporaryDirectory& directory) {
  const auto copy = directory / "model";
  std::filesystem::copy(stories(), copy);
  return copy;
}

std::vector<std::string> prune_copy(const std::string& model, const std::string& out) {
  return {"prune",    model, "--ratio",       "20", "--calibration", stories() / "calibration.txt",
          "--seqlen", "64",  "--max-windows", "4",  "--out",         out};
}

}  // namespace

TEST_CASE("options that cannot work") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string out = directory / "new/out";
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
      {{}, "--ratio"},
      {{"--ratio", "0"}, "not between 0 and 100"},
      {{"--ratio", "100"}, "not between 0 and 100"},
      {{"--ratio", "-5"}, "not between 0 and 100"},
      {{"--ratio", "nan"}, "\"nan\" is not a percentage"},
      {{"--ratio", "twenty"}, "--ratio"},
      {{"--ratio", "20%%"}, "--ratio"},
      {{"--ratio", "20", "--depth-until", "10"}, "--depth-until"},
      {{"--mlp-until", "120"}, "--mlp-until"},
      {{"--ratio", "20", "--distribution", "44:52"}, "44:52"},
      {{"--ratio", "20", "--distribution", "44:52:4:1"}, "44:52:4:1"},
      {{"--ratio", "20", "--distribution", "a:b:c"}, "a:b:c"},
      {{"--ratio", "20", "--distribution", "0:0:0"}, "at least one must be positive"},
      {{"--ratio", "20", "--distribution", "50:-1:50"}, "must not be negative"},
      {{"--ratio", "20", "--mlp-group", "0"}, "--mlp-group: \"0\" is not a whole number of 1 or more"},
      {{"--ratio", "20", "--mlp-group", "352"}, "--mlp-group"},
      {{"--ratio", "20", "--head-group", "48"}, "multiple of 32"},
      {{"--ratio", "20", "--samples", "0"}, "samples"},
      {{"--ratio", "20", "--samples", "500", "--sampling", "random"}, "rows"},
      {{"--ratio", "20", "--sampling", "best"}, "\"best\""},
      {{"--ratio", "20", "--seqlen", "1"}, "--seqlen: 1"},
      {{"--ratio", "20", "--seqlen", "-64"}, "--seqlen: \"-64\" is not"},
      {{"--ratio", "20", "--max-windows", "0"}, "--max-windows: \"0\" is not"},
      {{"--ratio", "20", "--ignore-label", "full stop"}, "full stop"},
      {{"--ratio", "20", "--ignore-label", "1024"}, "1023"},
      {{"--ratio", "20", "--threads", "-1"}, "--threads"},
      {{"--ratio", "20", "--importance_metric", "wanda"}, "\"wanda\""},
      {{"--ratio", "20", "--rato", "30"}, "--rato"},
      {{"--ratio", "20", "--weight_reorder", "--no-reorder"}, "reorder"},
      {{"--ratio", "20", "--weight_reorder", "--reorder", "none"}, "--reorder none"},
      {{"--ratio", "20", "--no-reorder", "--reorder", "obs"}, "--reorder obs"},
      {{"--ratio", "20", "--reorder", "magnitude"}, "\"magnitude\" is not known"},
  };
  for (const auto& [options, message] : cases) {
    std::vector<std::string> arguments{"prune", stories(), "--calibration", stories() / "calibration.txt",
                                       "--out", out};
    const bool has_window = std::find(options.begin(), options.end(), "--seqlen") != options.end();
    if (!has_window) arguments.insert(arguments.end(), {"--seqlen", "64"});
    arguments.insert(arguments.end(), options.begin(), options.end());
    check_failure(arguments, 2, message, directory.path());
  }
}

TEST_CASE("a command line without a command, or with an unknown one") {
  const TemporaryDirectory directory;
  check_failure({}, 2, "names no command", directory.path());
  check_failure({"shrink"}, 2, "See multipruner --help", directory.path());
  check_failure({"eval"}, 2, "See multipruner eval --help", directory.path());
}

TEST_CASE("texts that cannot be used") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string out = directory / "out";
  const auto prune_with = [&](const std::string& text) {
    return std::vector<std::string>{"prune", stories(),  "--ratio", "20",    "--calibration",
                                    text,    "--seqlen", "64",      "--out", out};
  };
  write_file(directory / "empty.txt", "");
  write_file(directory / "short.txt", "Once upon a time there was a cat.");
  write_file(directory / "bytes.txt", "good\nbad \xff\n");
  write_file(directory / "rows.json", "[{\"question\": \"why\"}]");
  check_failure(prune_with(directory / "missing.txt"), 3, "missing.txt", directory.path());
  check_failure(prune_with(directory / "empty.txt"), 3, "empty", directory.path());
  check_failure(prune_with(directory / "short.txt"), 3, "do not fill one window of 64", directory.path());
  check_failure(prune_with(directory / "bytes.txt"), 3, "line 2", directory.path());
  check_failure(prune_with(directory / "rows.json"), 3, "row 0", directory.path());
  check_failure({"eval", stories(), "--text", directory / "short.txt"}, 3, "sequence length of at most",
                directory.path());
  check_failure({"eval", stories(), "--text", directory / "short.txt", "--dataset", "c4"}, 2, "c4", directory.path());
}

TEST_CASE("models that cannot be used") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string model = copy_of_model(directory), out = directory / "out";
  const auto fails = [&](int status, const std::string& message) {
    check_failure(prune_copy(model, out), status, message, directory.path());
  };
  check_failure(prune_copy(directory / "nowhere", out), 3, "nowhere", directory.path());

  auto config = nlohmann::json::parse(read_file(std::filesystem::path(model) / "config.json"));
  const auto with = [&](const char* key, const nlohmann::json& value) {
    auto changed = config;
    changed[key] = value;
    write_file(std::filesystem::path(model) / "config.json", changed.dump());
  };
  with("model_type", "gpt_bigcode");
  fails(4, "gpt_bigcode");
  with("hidden_act", "relu");
  fails(4, "relu");
  with("intermediate_size", 384);
  fails(3, "384");
  with("model_type", "llama");

  const std::string tokenizer = std::filesystem::path(model) / "tokenizer.json";
  const std::string good_tokenizer = read_file(tokenizer);
  std::filesystem::remove(tokenizer);
  fails(3, "tokenizer");
  auto larger = nlohmann::json::parse(good_tokenizer);
  larger["added_tokens"].push_back({{"id", 5000},
                                    {"content", "<far>"},
                                    {"special", true},
                                    {"single_word", false},
                                    {"lstrip", false},
                                    {"rstrip", false},
                                    {"normalized", false}});
  write_file(tokenizer, larger.dump());
  fails(3, "1024 rows");
  write_file(tokenizer, good_tokenizer);

  const std::string weights = std::filesystem::path(model) / "model.safetensors";
  const std::string good_weights = read_file(weights);
  write_file(weights, good_weights.substr(0, good_weights.size() / 2));
  fails(3, "model.safetensors");
  std::string not_finite = good_weights;
  not_finite.replace(not_finite.size() - 2, 2, "\xc0\x7f");  // the last bfloat16 is NaN
  write_file(weights, not_finite);
  fails(3, "NaN");
}

TEST_CASE("places that cannot be written to") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string model = copy_of_model(directory);
  const auto fails = [&](const std::string& out, int status, const std::string& message) {
    check_failure(prune_copy(model, out), status, message, directory.path());
  };
  write_file(directory / "file", "text");
  std::filesystem::create_directory(directory / "filled");
  write_file(directory / "filled" / "file", "text");
  fails(directory / "file", 5, "is a file");
  fails(directory / "file/below", 5, "file");
  fails(directory / "filled", 5, "filled");
  fails("/proc/multipruner", 5, "/proc");
  fails(model, 2, "the model itself");
  fails(directory.path(), 2, "the model itself");
  auto overwrite = prune_copy(model, directory / "filled");
  overwrite.emplace_back("--overwrite");
  check_failure(overwrite, 5, "this is not one", directory.path());

  const ProgramResult full = run_program({"inspect", stories()}, "/dev/full");
  CHECK(full.status == 5);
  CHECK_THAT(full.err, Catch::Contains("standard output"));
}
