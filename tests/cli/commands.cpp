// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstdlib>

#include "program.hpp"

using namespace multipruner::test;
using nlohmann::json;

namespace {

/// Compares with what transformers computed for the first windows of a text.
/// @param key of the stored result. @param windows how many to evaluate; all of them are stored.
void check_perplexity(const std::string& key, std::vector<std::string> arguments, std::size_t windows) {
  const json golden = json::parse(read_file(reference_path("golden/perplexity.json"))).at(key);
  const auto nll = golden.at("nll").get<std::vector<double>>();
  REQUIRE(nll.size() >= windows);
  double mean = 0;
  for (std::size_t i = 0; i < windows; ++i) mean += nll[i] / static_cast<double>(windows);

  arguments.insert(arguments.end(), {"--max-windows", std::to_string(windows), "--json"});
  const json result = run_successfully(arguments).json();
  CHECK(result.at("mean_nll").get<double>() == Approx(mean).epsilon(1e-6));
  CHECK(result.at("perplexity").get<double>() == Approx(std::exp(mean)).epsilon(1e-6));
  CHECK(result.at("windows") == windows);
  CHECK(result.at("tokens") == windows * result.at("seqlen").get<std::size_t>());
}

}  // namespace

TEST_CASE("eval gives the perplexities of transformers") {
  SKIP_WITHOUT(reference_path("golden/perplexity.json"));
  SKIP_WITHOUT(stories());
  const auto eval = [](const char* text) {
    return std::vector<std::string>{"eval", stories(), "--text", stories() / text, "--seqlen", "256"};
  };
  check_perplexity("stories-1.6M/calibration/256", eval("calibration.txt"), 16);
  check_perplexity("stories-1.6M/heldout/256", eval("heldout.txt"), 28);
}

TEST_CASE("eval joins WikiText-2 as the reference does") {
  const auto model = reference_path("models/mixed-5.5M");
  const auto text = reference_path("data/text/wikitext-2-raw/wiki.test.raw");
  SKIP_WITHOUT(reference_path("golden/perplexity.json"));
  SKIP_WITHOUT(model);
  SKIP_WITHOUT(text);
  check_perplexity("mixed-5.5M/wikitext-2-raw-test/512",
                   {"eval", model, "--text", text, "--dataset", "wikitext2", "--seqlen", "512"}, 6);
}

TEST_CASE("inspect shows a dense model") {
  SKIP_WITHOUT(stories());
  const json result = run_successfully({"inspect", stories(), "--json"}).json();
  CHECK(result.at("dtype") == "bfloat16");
  CHECK(result.at("parameters").at("now") == 1607808);
  CHECK(result.at("ratio") == 0);
  CHECK(result.at("multipruner").is_null());
  CHECK(result.at("layers").size() == 8);
  CHECK(result.at("layers").at(3).at("attention").at("heads") == 8);
  const auto text = run_successfully({"inspect", stories()}).out;
  CHECK_THAT(text, Catch::Contains("1,607,808") && Catch::Contains("352/352"));
}

TEST_CASE("generate gives the same text in one piece and piece by piece") {
  SKIP_WITHOUT(stories());
  const std::vector<std::string> arguments{"generate",         stories(), "--prompt",      "The fox said \xe2\x80\x9c",
                                           "--max-new-tokens", "40",      "--temperature", "1.5",
                                           "--top-k",          "0",       "--seed",        "3"};
  auto with_json = arguments;
  with_json.emplace_back("--json");
  const json result = run_successfully(with_json).json();
  CHECK(result.at("tokens").size() == 40);
  const std::string expected = result.at("prompt").get<std::string>() + result.at("text").get<std::string>() + "\n";
  CHECK(run_successfully(arguments).out == expected);
  CHECK(run_successfully(arguments).out == expected);
  with_json.at(with_json.size() - 2) = "4";
  CHECK(run_successfully(with_json).json().at("tokens") != result.at("tokens"));
}

TEST_CASE("generate --chat puts the prompt into the chat template of the model, and gives the answer") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::filesystem::path model = directory / "model";
  std::filesystem::copy(stories(), model);
  const auto generate = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"generate", model, "--max-new-tokens", "8", "--prompt"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_program(arguments);
  };
  const auto refused = [&](const std::vector<std::string>& more, const std::vector<std::string>& parts) {
    const ProgramResult result = generate(more);
    CHECK(result.status != 0);
    for (const std::string& part : parts) CHECK_THAT(result.err, Catch::Contains(part));
  };
  refused({"Hello", "--chat"}, {"--chat", "no chat template"});
  write_file(model / "chat_template.jinja",
             "{{ bos_token }}{% for message in messages %}{{ message.content }} {% endfor %}{% if "
             "add_generation_prompt %}a{% endif %}");
  const json plain = generate({"Once upon a", "--json"}).json();
  const json chat = generate({"upon", "--chat", "--system", "Once", "--json"}).json();
  CHECK(chat.at("prompt_tokens") == plain.at("prompt_tokens"));  // one BOS
  CHECK(chat.at("tokens") == plain.at("tokens"));
  CHECK(chat.at("text") == plain.at("text"));
  CHECK(generate({"upon", "--chat", "--system", "Once"}).out == chat.at("text").get<std::string>() + "\n");
  refused({"Hello", "--system", "Be brief."}, {"--system", "--chat"});
  refused({"Hello", "--chat", "--add-bos"}, {"--chat", "BOS"});
  refused({"Hello", "--add-bos", "--no-add-bos"}, {"--add-bos", "--no-add-bos"});
  CHECK(generate({"Once", "--no-add-bos", "--json"}).json().at("prompt_tokens").size() + 1 ==
        generate({"Once", "--json"}).json().at("prompt_tokens").size());
}

TEST_CASE("a model for conversations that ends at once says so") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::filesystem::path model = directory / "model";
  std::filesystem::copy(stories(), model);
  const std::vector<std::string> arguments{"generate", model, "--prompt", "Once upon a", "--max-new-tokens", "4"};
  std::vector<std::string> with_json = arguments;
  with_json.emplace_back("--json");
  const json tokens = run_successfully(with_json).json().at("tokens");
  write_file(model / "generation_config.json", json({{"eos_token_id", tokens.at(0)}}).dump());
  CHECK_THAT(run_successfully(arguments).err, !Catch::Contains("--chat"));
  write_file(model / "chat_template.jinja", "{{ messages[0].content }}");
  const ProgramResult ended = run_successfully(arguments);
  CHECK_THAT(ended.out + ended.err, Catch::Contains("ended at once") && Catch::Contains("--chat"));
}

TEST_CASE("generate ends where generation_config.json says, and labels are still ignored by config.json") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string model = directory / "model";
  std::filesystem::copy(stories(), model);
  const std::vector<std::string> generate{"generate",         model, "--prompt", "Once upon a time",
                                          "--max-new-tokens", "30",  "--json"};
  const std::vector<std::string> eval{"eval",          model, "--text", stories() / "heldout.txt", "--seqlen", "64",
                                      "--max-windows", "4",   "--json"};
  const auto tokens = run_successfully(generate).json().at("tokens").get<std::vector<int>>();
  const json loss = run_successfully(eval).json().at("mean_nll");
  REQUIRE(tokens.size() == 30);

  const int full_stop = tokens[20];
  write_file(directory / "model/generation_config.json", json{{"eos_token_id", {1023, full_stop}}}.dump());
  const std::vector<int> expected(tokens.begin(), std::find(tokens.begin(), tokens.end(), full_stop));
  CHECK(run_successfully(generate).json().at("tokens") == json(expected));
  CHECK(run_successfully(eval).json().at("mean_nll") == loss);

  write_file(directory / "model/generation_config.json", R"({"eos_token_id": "</s>"})");
  const ProgramResult broken = run_program(generate);
  CHECK(broken.status == 3);
  CHECK_THAT(broken.err, Catch::Contains("generation_config.json: eos_token_id"));
}

TEST_CASE("compare shows dense and pruned side by side") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string out = directory / "smaller";
  run_successfully(quick_prune(out, {"--ratio", "10"}));
  const std::vector<std::string> arguments{"compare",
                                           stories(),
                                           out,
                                           "--text",
                                           stories() / "calibration.txt",
                                           "--text",
                                           "unseen=" + (stories() / "heldout.txt").string(),
                                           "--seqlen",
                                           "64",
                                           "--max-windows",
                                           "4",
                                           "--max-new-tokens",
                                           "20"};
  auto with_json = arguments;
  with_json.emplace_back("--json");
  const json models = run_successfully(with_json).json().at("models");
  REQUIRE(models.size() == 2);
  CHECK(models.at(0).at("parameters") == 1607808);
  CHECK(models.at(1).at("ratio") >= 10);
  CHECK(models.at(1).at("perplexity").at("unseen") > 1);
  CHECK(models.at(1).at("tokens_per_second") > 0);
  const std::string text = run_successfully(arguments).out;
  CHECK_THAT(text, Catch::Contains("calibration") && Catch::Contains("unseen") && Catch::Contains("smaller"));
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = text.find('\n', start);
    CHECK(end - start <= 80);
    start = end + 1;
  }
}

TEST_CASE("compare prunes one model by several methods, and goes on where it was interrupted") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  write_file(
      directory / "own.yaml",
      "model: elsewhere\ncalibration: elsewhere\nstages: mlp:1\npreset: reference\nseqlen: 64\nmax_windows: 2\n");
  const auto compare = [&](const std::string& methods, const std::string& ratios, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"compare",       stories(),
                                       "--methods",     methods,
                                       "--ratio",       ratios,
                                       "--calibration", stories() / "calibration.txt",
                                       "--text",        "unseen=" + (stories() / "heldout.txt").string(),
                                       "--seqlen",      "64",
                                       "--max-windows", "4",
                                       "--out",         directory / "table"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  };
  const std::string methods = "uniform,shortgpt,reference," + (directory / "own.yaml").string();
  const json rows = run_successfully(compare(methods, "5,10%", {"--json"})).json().at("rows");
  REQUIRE(rows.size() == 9);
  CHECK(rows.at(0).at("method") == "unpruned");
  CHECK(rows.at(4).at("method") == "own");
  CHECK(rows.at(5).at("asked") == 10);
  for (std::size_t i = 1; i < 9; ++i) {
    CHECK(rows[i].at("ratio") >= rows[i].at("asked"));
    CHECK(rows[i].at("losses").at("unseen").at("margin") > 0);
  }
  const json again = run_successfully(compare(methods, "5,10%", {"--json"})).json().at("rows");
  CHECK(again == rows);
  CHECK_THAT(read_file(directory / "table/unseen.svg"), Catch::Contains("shortgpt"));
  CHECK(read_file(directory / "table/comparison.csv").starts_with("method,asked,ratio"));

  CHECK_THAT(run_program(compare("best", "5")).err, Catch::Contains("best") && Catch::Contains("multipruner"));
  CHECK_THAT(run_program(compare("uniform", "500")).err, Catch::Contains("--ratio"));
  std::vector<std::string> without = compare("uniform", "5");
  without.erase(without.begin() + 2, without.begin() + 4);
  CHECK_THAT(run_program(without).err, Catch::Contains("--methods"));
}

TEST_CASE("help teaches by example") {
  for (const std::string command : {"prune", "eval", "inspect", "generate", "compare"}) {
    const auto help = run_successfully({command, "--help"}).out;
    CHECK_THAT(help, Catch::Contains("Examples:") && Catch::Contains("  multipruner " + command));
  }
  CHECK_THAT(run_successfully({"--help"}).out, Catch::Contains("Exit status:"));
  CHECK_THAT(run_successfully({"--version"}).out, Catch::StartsWith("multipruner "));
}

TEST_CASE("a reader that goes away does no harm") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string status = directory / "status";
  const std::string command = std::string("( '") + MULTIPRUNER_PROGRAM + "' inspect '" + stories().string() +
                              "' ; echo $? > '" + status + "' ) | true";
  REQUIRE(std::system(command.c_str()) == 0);
  for (int tries = 0; tries < 200 && !std::filesystem::exists(status); ++tries)
    static_cast<void>(std::system("sleep 0.05"));
  CHECK(read_file(status) == "0\n");
}
