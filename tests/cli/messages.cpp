// SPDX-License-Identifier: MIT
// What people give by mistake: each kind is told what it is, and the very next step.

#include <cstdint>
#include <cstring>

#include <support/restrictions.hpp>
#include <support/safetensors_bytes.hpp>

#include "program.hpp"

using namespace multipruner::test;
using nlohmann::json;

namespace {

/// Runs a command that must fail with one line on stderr that contains all of these.
void check_message(const std::vector<std::string>& arguments, int status, const std::vector<std::string>& parts) {
  const ProgramResult result = run_program(arguments);
  INFO(result.err);
  CHECK(result.status == status);
  CHECK(result.out.empty());
  CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
  CHECK_THAT(result.err, Catch::StartsWith("multipruner: error: "));
  for (const std::string& part : parts) CHECK_THAT(result.err, Catch::Contains(part));
}

std::vector<std::string> prune_with(const std::string& out, const std::vector<std::string>& options) {
  std::vector<std::string> arguments{"prune",    stories(), "--calibration", stories() / "calibration.txt",
                                     "--seqlen", "64",      "--max-windows", "4",
                                     "--out",    out};
  arguments.insert(arguments.end(), options.begin(), options.end());
  return arguments;
}

const std::string lfs_pointer =
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";
const std::string page = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>\n";

}  // namespace

TEST_CASE("shares of 1 are asked about wherever a percentage is read") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string out = directory / "out";
  const auto asks = [&](const std::vector<std::string>& options, const std::string& readings) {
    check_message(prune_with(out, options), 2, {readings});
  };
  asks({"--ratio", "0.2"}, "`--ratio 20` or `--ratio 0.2%`");
  asks({"--target_ratio", "0.2"}, "`--ratio 20` or `--ratio 0.2%`");
  asks({"--depth-until", "0.05"}, "`--depth-until 5` or `--depth-until 0.05%`");
  asks({"--mlp-until", "0.1"}, "`--mlp-until 10` or `--mlp-until 0.1%`");
  asks({"--heads-until", "0.1"}, "`--heads-until 10` or `--heads-until 0.1%`");
  asks({"--ratio", "20", "--compensate-every", "0.1"}, "`--compensate-every 10` or `--compensate-every 0.1%`");
  check_message({"extract", out, "--at", "10", "--at", "0.1"}, 2, {"`--at 10` or `--at 0.1%`"});
  check_message(
      {"sparsify", stories(), "--pattern", "0.5", "--calibration", stories() / "calibration.txt", "--out", out}, 2,
      {"`--pattern 50` or `--pattern 0.5%`"});
}

TEST_CASE("percentages may have their sign everywhere") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string out = directory / "out";
  run_successfully(quick_prune(out, {"--ratio", "10%", "--confidence", "95%"}));
  const json settings = json::parse(read_file(directory / "out/log.json")).at("args");
  CHECK(settings.at("target_ratio") == 10);
  CHECK(settings.at("confidence") == 0.95);
  CHECK_THAT(read_file(directory / "out/recipe.yaml"), Catch::Contains("\nratio: 10\n"));
  run_successfully({"extract", out, "--at", "0.5%"});
  CHECK(std::filesystem::exists(directory / "out-at-0.5"));
  for (const std::string option : {"--depth-until", "--mlp-until", "--heads-until"}) {
    run_successfully(quick_prune(directory / option, {option, "0.5%"}));
  }
}

TEST_CASE("N:M says what stays, and can be given by that") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const auto sparsify = [&](const std::string& pattern) {
    const std::string out = directory / pattern;
    return run_successfully({"sparsify", stories(), "--pattern", pattern, "--method", "wanda", "--calibration",
                             stories() / "calibration.txt", "--seqlen", "64", "--max-windows", "2", "--out", out});
  };
  CHECK_THAT(sparsify("1:4").out, Catch::Contains("of each 4 consecutive weights of a row 1 is removed and 3 stay") &&
                                      Catch::Contains("25.00 %"));
  CHECK_THAT(sparsify("keep-1:4").out,
             Catch::Contains("of each 4 consecutive weights of a row 3 are removed and 1 stays") &&
                 Catch::Contains("75.00 %"));
  CHECK_THAT(read_file(directory / "keep-1:4/README.md"), Catch::Contains("3 are removed and 1 stays"));
  CHECK_THAT(run_successfully({"sparsify", "--help"}).out,
             Catch::Contains("N are removed and M-N stay") && Catch::Contains("keep-N:M"));
}

TEST_CASE("Git LFS pointers and web pages in the place of files") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::filesystem::path model = directory / "model";
  std::filesystem::copy(stories(), model);
  for (const std::string name : {"model.safetensors", "config.json", "tokenizer.json", "heldout.txt"}) {
    const std::string good = read_file(model / name);
    write_file(model / name, lfs_pointer);
    check_message({"eval", model, "--text", model / "heldout.txt"}, 3,
                  {name, "is a Git LFS pointer", "`git lfs pull`"});
    write_file(model / name, page);
    check_message({"eval", model, "--text", model / "heldout.txt"}, 3, {name, "is a web page", "/resolve/"});
    write_file(model / name, good);
  }
}

TEST_CASE("quantised checkpoints") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::filesystem::path model = directory / "model";
  std::filesystem::copy(stories(), model);
  const json config = json::parse(read_file(model / "config.json"));
  json quantised = config;
  quantised["quantization_config"] = {{"quant_method", "awq"}, {"bits", 4}};
  write_file(model / "config.json", quantised.dump());
  check_message({"inspect", model}, 4, {"AWQ to 4 bits", "from which it was quantised"});
  write_file(model / "config.json", config.dump());
  const std::string header = R"({"model.norm.weight":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}})";
  write_file(model / "model.safetensors", safetensors_bytes(header, "x"));
  check_message({"inspect", model}, 4, {"model.norm.weight", "fp8 (F8_E4M3)", "from which it was quantised"});
}

TEST_CASE("folders that are no model") {
  const TemporaryDirectory directory;
  const auto make = [&](const std::filesystem::path& file) {
    std::filesystem::create_directories(file.parent_path());
    write_file(file, "{}");
  };
  const std::filesystem::path repository = directory / "hub/models--org--name";
  make(repository / "snapshots/123/config.json");
  make(directory / "gguf/a.gguf");
  make(directory / "gguf/b.gguf");
  make(directory / "adapter/adapter_config.json");
  make(directory / "bin/pytorch_model.bin");
  const std::string snapshot = repository / "snapshots/123";
  check_message({"inspect", repository}, 3, {snapshot, "model_type"});
  check_message({"inspect", directory / "hub"}, 3, {"cache of many models", snapshot});
  check_message({"inspect", directory / "gguf"}, 3, {"as GGUF files", "Give the file itself, e.g. ", "a.gguf"});
  check_message({"inspect", directory / "gguf/a.gguf"}, 3, {"a.gguf"});
  check_message({"inspect", directory / "adapter"}, 4, {"LoRA adapter", "merge_and_unload"});
  check_message({"inspect", directory / "bin"}, 4, {"only as pytorch_model.bin", "safe_serialization"});
  check_message({"inspect", "no-such-org/model-7b"}, 3, {"hf download no-such-org/model-7b"});
}

TEST_CASE("archives and weights as text") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const auto refused = [&](const std::string& bytes, const std::string& what) {
    write_file(directory / "text", bytes);
    check_message({"eval", stories(), "--text", directory / "text"}, 3, {"text: is " + what});
  };
  refused(std::string("PK\3\4\x14\0\0\0", 8), "a zip archive. Unpack it");
  refused(std::string(257, 'a') + "ustar", "a tar archive. Unpack it");
  refused(std::string("\xff\xfeO\0n\0", 6), "text in UTF-16. Convert it: iconv -f UTF-16");
  refused(std::string("\x7f"
                      "ELF\0\xff",
                      6),
          "a binary file");
  check_message({"eval", stories(), "--text", stories() / "model.safetensors"}, 3, {"a safetensors file"});
}

TEST_CASE("commands and options that are spelled wrong") {
  check_message({"prnue", "model"}, 2, {"prnue: there is no such command", "Did you mean prune?"});
  check_message({"shrink"}, 2, {"shrink: there is no such command. See multipruner --help"});
  check_message({"prune", "model", "--rato", "20"}, 2,
                {"--rato: ", "Did you mean --ratio? See multipruner prune --help"});
  check_message({"prune", "model", "--calibraton=text"}, 2, {"--calibraton: ", "Did you mean --calibration?"});
  check_message({"prune", "model", "--mlp_until", "20"}, 2, {"Did you mean --mlp-until?"});
  check_message({"eval", "model", "--txt", "text"}, 2, {"Did you mean --text?"});
  check_message({"eval", "--model", "model", "--text", "text"}, 2, {"--model: ", "Did you mean --model_path?"});
  check_message({"inspect", "model", "--zzz"}, 2, {"--zzz: there is no such option. See multipruner inspect --help"});
  check_message({"--vresion"}, 2, {"Did you mean --version?"});
}

TEST_CASE("what is missing has the name that the help gives it") {
  for (const std::string command : {"prune", "sparsify", "eval", "generate"}) {
    check_message({command}, 2, {"MODEL, --", "are missing. See multipruner " + command + " --help"});
  }
  check_message({"inspect"}, 2, {"MODEL: is missing: Folder of a model"});
  check_message({"verify"}, 2, {"RUN: is missing: Output folder of multipruner prune"});
  check_message({"extract"}, 2, {"RUN, --at: are missing"});
  check_message({"compare"}, 2, {"MODELS, --text: are missing"});
  check_message({"inspect", "one", "two"}, 2, {"two: nothing is expected here"});
  check_message({"eval", "one", "two"}, 2, {"two: nothing is expected here"});
  check_message(
      {"prune", "model"}, 2,
      {"--calibration: is missing: Text that tells what matters: plain, WikiText (.raw), JSON lines or a JSON "
       "array, also as .gz. See"});
}

TEST_CASE("an option without a value is named, not the word behind it") {
  check_message({"prune", "model", "--ratio", "--calibration", "text"}, 2,
                {"--ratio: it has no value, because --calibration is an option, too. See multipruner prune --help"});
  check_message({"eval", "model", "--text", "--json"}, 2, {"--text: it has no value, because --json is"});
  check_message({"eval", "model", "--text"}, 2, {"--text: it has no value. See multipruner eval --help"});
  check_message({"eval", "model", "--text="}, 2, {"--text"});
}

TEST_CASE("a value that cannot be read is shown, with one that can, also where other options are missing") {
  check_message({"prune", "model", "--memory", "lots"}, 2,
                {"--memory: \"lots\" is not a size in bytes. Give one such as 2GB"});
  check_message({"prune", "model", "--stream-memory", "-3"}, 2, {"--stream-memory: \"-3\" is not a size"});
  check_message({"eval", "model", "--threads", "-1"}, 2, {"--threads: \"-1\" is not a whole number that it takes"});
  check_message({"eval", "model", "--seed", "abc"}, 2, {"--seed: \"abc\" is not a whole number"});
  check_message({"generate", "model", "--temperature", "hot"}, 2, {"--temperature: \"hot\" is not a number"});
  check_message({"prune", "model", "--seqlen", "12x"}, 2, {"--seqlen: \"12x\" is not a whole number"});
}

TEST_CASE("a negative option of generation has its name") {
  SKIP_WITHOUT(stories());
  const auto refused = [](const std::string& option, const std::string& value) {
    check_message({"generate", stories(), "--prompt", "Once", option, value}, 2, {option + ": is " + value});
  };
  refused("--max-new-tokens", "-3");
  refused("--temperature", "-0.5");
  refused("--top-k", "-1");
}

TEST_CASE("a filled folder: the program says --overwrite, where that helps") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string out = directory / "out";
  run_successfully(quick_prune(out));
  check_message(quick_prune(out), 5, {"is not empty", "--overwrite"});
  run_successfully({"extract", out, "--at", "10", "--out", directory / "point"});
  check_message({"extract", out, "--at", "10", "--out", directory / "point"}, 5, {"is not empty", "--overwrite"});
  std::filesystem::create_directory(directory / "mine");
  write_file(directory / "mine/file", "text");
  check_message({"extract", out, "--at", "10", "--out", directory / "mine", "--overwrite"}, 5, {"this is not one"});
  CHECK(read_file(directory / "mine/file") == "text");
}

TEST_CASE("what an interrupted run leaves is not called nothing") {
  const std::string help = run_successfully({"--help"}).out;
  CHECK_THAT(help, !Catch::Contains("nothing is left behind") && Catch::Contains("the journal of what prune has"));
}

TEST_CASE("a full disk leaves the journal, and the message says so") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const FileSizeLimit limit(500'000);  // enough for the journal, too little for the weights
  check_message(quick_prune(directory / "out", {"--ratio", "10", "--json"}), 5,
                {"cannot be written", "the same command continues from there"});
  CHECK(std::filesystem::exists(directory / "out/multipruner.journal"));
}

TEST_CASE("extract and verify name the option for what has moved") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::filesystem::path model = directory / "model", moved = directory / "moved";
  std::filesystem::copy(stories(), model);
  const std::string out = directory / "out";
  auto prune = quick_prune(out, {"--ratio", "10", "--calibration-width", model / "heldout.txt"});
  prune.at(1) = model;
  run_successfully(prune);
  std::filesystem::rename(model, moved);
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"verify", out, "--steps", "1"}, {"extract", out, "--at", "5"}}) {
    check_message(command, 3, {model.string() + ": is not there", "the model of the run", "Say with --model"});
  }
  const std::vector<std::string> verify{"verify", out, "--steps", "1", "--model", moved};
  check_message(verify, 3, {"heldout.txt: is not there", "Say with --calibration-width"});
  run_successfully({"verify", out, "--steps", "1", "--model", moved, "--calibration-width", moved / "heldout.txt"});
  run_successfully({"extract", out, "--at", "5", "--model", moved});
}

TEST_CASE("a head that differs from the tied embedding is warned of by every command that loads it") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::filesystem::path model = directory / "model";
  std::filesystem::copy(stories(), model);
  REQUIRE(json::parse(read_file(model / "config.json")).at("tie_word_embeddings") == true);

  // The shipped model with a head in its file: first a copy of the embedding, then with one bit changed.
  std::string file = read_file(model / "model.safetensors");
  std::uint64_t length = 0;
  std::memcpy(&length, file.data(), sizeof length);
  auto header = nlohmann::ordered_json::parse(file.substr(8, length));
  const std::string data = file.substr(8 + length);
  const auto embedding = header.at("model.embed_tokens.weight");
  const auto begin = embedding.at("data_offsets").at(0).get<std::size_t>();
  const auto end = embedding.at("data_offsets").at(1).get<std::size_t>();
  header.erase("lm_head.weight");
  header["lm_head.weight"] = embedding;
  header["lm_head.weight"]["data_offsets"] = {data.size(), data.size() + (end - begin)};
  std::string head = data.substr(begin, end - begin);
  write_file(model / "model.safetensors", safetensors_bytes(header.dump(), data + head));
  CHECK(run_successfully({"inspect", model, "--json"}).err.empty());
  head.back() = static_cast<char>(head.back() ^ 1);
  write_file(model / "model.safetensors", safetensors_bytes(header.dump(), data + head));

  const ProgramResult inspected = run_successfully({"inspect", model, "--json", "--quiet"});
  CHECK_THAT(inspected.err,
             Catch::StartsWith("multipruner: warning: ") && Catch::Contains("lm_head.weight: it differs"));
  REQUIRE(inspected.json().at("warnings").size() == 1);
  CHECK(inspected.json().at("parameters") ==
        run_successfully({"inspect", stories(), "--json"}).json().at("parameters"));
  auto prune = quick_prune(directory / "out", {"--ratio", "10", "--json"});
  prune.at(1) = model;
  CHECK_THAT(run_successfully(prune).json().at("warnings").at(0).get<std::string>(),
             Catch::Contains("tie_word_embeddings to false"));
  CHECK_THAT(read_file(directory / "out/README.md"),
             Catch::Contains("> **Warning.** ") && Catch::Contains("tie_word_embeddings to false"));
}
