// SPDX-License-Identifier: MIT
#include <set>
#include <string>

#include "program.hpp"

using namespace multipruner::test;
using nlohmann::json;

namespace {

/// The models, by their checksums, that the costs of a journal are of beside the one that the journal is of.
std::set<std::string> starts_of(const std::string& journal) {
  std::set<std::string> starts;
  for (std::size_t at = 0; (at = journal.find(" start ", at)) != std::string::npos; ++at) {
    if (journal.compare(at + 23, 7, " trial-") != 0) starts.insert(journal.substr(at + 7, 16));
  }
  return starts;
}

}  // namespace

TEST_CASE("prune writes a model that inspect, eval and generate read") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string out = directory / "smaller";
  const json result =
      run_successfully(quick_prune(out, {"--ratio", "20", "--json", "--eval-text", stories() / "heldout.txt"})).json();
  CHECK(result.at("outcome") == "reached");
  CHECK(result.at("ratio") >= 20);
  CHECK(result.at("ratio") < 30);
  CHECK(result.at("perplexity").size() == 2);

  const json seen = run_successfully({"inspect", out, "--json"}).json();
  CHECK(seen.at("parameters").at("dense") == 1607808);
  CHECK(seen.at("parameters").at("now") == result.at("pruned_params"));
  CHECK(seen.at("ratio") == result.at("ratio"));
  CHECK(seen.at("multipruner").at("reordering") == "l1");
  CHECK(seen.at("multipruner").at("settings").at("seqlen") == 64);

  const std::vector<std::string> eval{"eval",          out, "--text", stories() / "heldout.txt", "--seqlen", "64",
                                      "--max-windows", "4", "--json"};
  const json judged = run_successfully(eval).json();
  CHECK(read_file(std::filesystem::path(out) / "generation_config.json") ==
        read_file(stories() / "generation_config.json"));
  CHECK(judged.at("windows") == 4);
  CHECK(judged.at("tokens") == 256);
  CHECK(judged.at("perplexity").get<double>() == result.at("perplexity").at(1).at("pruned").get<double>());

  const json text = run_successfully({"generate", out, "--prompt", "Once", "--max-new-tokens", "5", "--json"}).json();
  CHECK(text.at("tokens").size() <= 5);
}

TEST_CASE("prune logs every step, and the configuration after it") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::filesystem::path out = directory / "smaller";
  run_successfully(quick_prune(out));
  const json log = json::parse(read_file(out / "log.json"));
  CHECK(log.at("total_params") == 1607808);
  CHECK(log.at("weight_reorder") == true);
  CHECK(log.at("args").at("target_ratio") == 20);
  double ratio = 0;
  std::set<std::string> targets;
  for (const json& step : log.at("pruning_results")) {
    CHECK(step.at("ratio") > ratio);
    ratio = step.at("ratio");
    targets.insert(step.at("pruning_target"));
    double least = step.at("cost");
    for (const json& candidate : step.at("candidates")) CHECK(candidate.at("cost") >= least);
    CHECK(std::filesystem::exists(out / step.at("config_save_to").get<std::string>()));
  }
  CHECK(ratio == log.at("ratio"));
  CHECK(targets.size() >= 2);
  const std::string last = log.at("pruning_results").back().at("config_save_to");
  CHECK(json::parse(read_file(out / last)) == json::parse(read_file(out / "pruning_config.json")));
}

TEST_CASE("the model card has the table, and other words for the same options make the same folder") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  run_successfully(quick_prune(directory / "a", {"--target_ratio", "10", "--do_prune", "--quiet"}));
  const std::string card = read_file(directory / "a" / "README.md");
  CHECK_THAT(card, Catch::Contains("# stories-1.6M, 11."));
  CHECK_THAT(card, Catch::Contains("| parameters | 1,607,808 |"));
  CHECK_THAT(card, Catch::Contains("perplexity, calibration text"));
  run_successfully(quick_prune(directory / "b", {"--ratio", "10"}));
  CHECK(contents_of(directory / "a") == contents_of(directory / "b"));
}

TEST_CASE("the folder has the same bytes for any number of threads") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  for (const std::string threads : {"1", "2", "4"}) {
    run_successfully(quick_prune(directory / threads, {"--ratio", "15", "--threads", threads}));
  }
  const auto expected = contents_of(directory / "1");
  CHECK(expected.size() > 8);
  CHECK(contents_of(directory / "2") == expected);
  CHECK(contents_of(directory / "4") == expected);
}

TEST_CASE("a target out of reach is a result with an exit status of its own") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::filesystem::path out = directory / "smaller";
  const auto result = run_program(quick_prune(out, {"--ratio", "90", "--distribution", "0:0:1"}));
  CHECK(result.status == 6);
  CHECK_THAT(result.out, Catch::Contains("out of reach") && Catch::Contains("--distribution 44:52:4"));
  const json log = json::parse(read_file(out / "log.json"));
  CHECK(log.at("outcome") == "no_candidate");
  CHECK(log.at("pruning_results").size() == 24);  // 8 layers lose 3 of 4 key/value groups
  const json seen = run_successfully({"inspect", out, "--json"}).json();
  for (const json& layer : seen.at("layers")) CHECK(layer.at("attention").at("kv_heads") == 1);
}

TEST_CASE("thresholds choose the stages") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::filesystem::path out = directory / "smaller";
  run_successfully(quick_prune(out, {"--mlp-until", "3", "--mlp-group", "16", "--no-reorder"}));
  const json log = json::parse(read_file(out / "log.json"));
  CHECK(log.at("weight_reorder") == false);
  CHECK(log.at("args").at("stage_thresholds").at("depth").is_null());
  REQUIRE_FALSE(log.at("pruning_results").empty());
  for (const json& step : log.at("pruning_results")) CHECK(step.at("pruning_target") == "MLP width");
  CHECK(log.at("pruning_results").at(0).at("to") == 352 - 16);
}

TEST_CASE("stages run in the order that is asked for, and several sorts can be compared in one") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const auto steps_of = [&](const char* name, const char* stages) {
    run_successfully(quick_prune(directory / name, {"--ratio", "6", "--stages", stages}));
    const json log = json::parse(read_file(directory / name / "log.json"));
    CHECK(log.at("args").at("stages") == stages);
    return log.at("pruning_results");
  };
  const json steps = steps_of("ordered", "heads:20,mlp:80");
  CHECK(steps.front().at("pruning_target") == "Attn head");
  CHECK(steps.back().at("pruning_target") == "MLP width");
  std::set<std::string> kinds;
  const json joint = steps_of("joint", "mlp+heads:1");
  for (const json& candidate : joint.front().at("candidates")) kinds.insert(candidate.at("block"));
  CHECK(kinds == std::set<std::string>{"attention", "mlp"});
  run_successfully({"verify", directory / "joint", "--steps", "1"});
  run_successfully({"extract", directory / "ordered", "--at", "2"});

  const json layers = steps_of("layers", "layers:1");
  CHECK(layers.front().at("pruning_target") == "attn+mlp");
  CHECK(layers.front().at("edits").size() == 2);
  CHECK(layers.front().at("candidates").size() == 8);
  const json pruning = json::parse(read_file(directory / "layers/pruning_config.json"));
  CHECK(pruning.at("pruned_attn_idx") == pruning.at("pruned_mlp_idx"));
  run_successfully({"verify", directory / "layers", "--steps", "1"});

  const auto refused = [&](std::vector<std::string> more, const char* text) {
    CHECK_THAT(run_program(quick_prune(directory / "not", std::move(more))).err, Catch::Contains(text));
  };
  refused({"--ratio", "6", "--stages", "units:1"}, "blocks, layers, mlp or heads");
  refused({"--ratio", "6", "--stages", "mlp"}, "has no share");
  refused({"--ratio", "6", "--stages", "mlp:0"}, "positive");
  refused({"--ratio", "6", "--stages", "mlp:1", "--distribution", "1:0:0"}, "--stages");
}

TEST_CASE("another text for the widths") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  run_successfully(quick_prune(directory / "one", {"--depth-until", "1", "--mlp-until", "12"}));
  run_successfully(quick_prune(directory / "two", {"--depth-until", "1", "--mlp-until", "12", "--calibration-width",
                                                   stories() / "heldout.txt"}));
  const auto steps = [&](const char* name) {
    return json::parse(read_file(directory / name / "log.json")).at("pruning_results");
  };
  CHECK(steps("one").at(0) == steps("two").at(0));
  CHECK(steps("one").at(1).at("cost") != steps("two").at(1).at("cost"));
}

TEST_CASE("overwrite replaces only what the program made") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string out = directory / "smaller";
  run_successfully(quick_prune(out, {"--ratio", "5"}));
  const auto before = contents_of(out);
  CHECK(run_program(quick_prune(out, {"--ratio", "10"})).status == 5);
  CHECK(contents_of(out) == before);
  run_successfully(quick_prune(out, {"--ratio", "10", "--overwrite"}));
  CHECK(contents_of(out) != before);

  std::filesystem::create_directory(directory / "precious");
  write_file(directory / "precious" / "photo", "cheese");
  const auto refused = run_program(quick_prune(directory / "precious", {"--ratio", "10", "--overwrite"}));
  CHECK(refused.status == 5);
  CHECK(read_file(directory / "precious" / "photo") == "cheese");
}

TEST_CASE("a pruned model can be pruned further") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string first = directory / "first", second = directory / "second";
  run_successfully(quick_prune(first, {"--ratio", "10"}));
  const json result = run_successfully({"prune", first, "--ratio", "15", "--calibration", stories() / "calibration.txt",
                                        "--seqlen", "64", "--max-windows", "4", "--out", second, "--json"})
                          .json();
  CHECK(result.at("ratio") >= 15);
  CHECK(run_successfully({"inspect", second, "--json"}).json().at("parameters").at("now") ==
        result.at("pruned_params"));
  const std::string same =
      run_successfully({"prune", second, "--ratio", "12", "--calibration", stories() / "calibration.txt", "--seqlen",
                        "64", "--max-windows", "4", "--out", directory / "third"})
          .out;
  CHECK_THAT(same, Catch::Contains("Nothing was removed: the model already lacks 15."));
}

TEST_CASE("steps are printed, except where nobody wants them") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const auto loud = run_successfully(quick_prune(directory / "loud", {"--ratio", "5"}));
  CHECK_THAT(loud.out, Catch::Contains("perplexity") && Catch::Contains("of layer"));
  CHECK(loud.err.empty());  // no terminal, no progress
  const auto quiet = run_successfully(quick_prune(directory / "quiet", {"--ratio", "5", "--quiet"}));
  CHECK_THAT(quiet.out, !Catch::Contains("of layer"));
  CHECK_THAT(quiet.out, Catch::Contains("parameters"));
}

TEST_CASE("extract writes an earlier point of a run: the bytes of its own model") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::filesystem::path out = directory / "smaller";
  run_successfully(quick_prune(out, {"--ratio", "20"}));
  const json log = json::parse(read_file(out / "log.json"));

  const json written = run_successfully({"extract", out, "--at", "10", "--at", "20", "--json"}).json().at("written");
  REQUIRE(written.size() == 2);
  CHECK(written[0].at("out") == out.string() + "-at-10");
  CHECK(read_file(out.string() + "-at-20/model.safetensors") == read_file(out / "model.safetensors"));
  const std::filesystem::path earlier = out.string() + "-at-10";
  const auto steps = written[0].at("steps").get<std::size_t>();
  CHECK(json::parse(read_file(earlier / "pruning_config.json")) ==
        json::parse(read_file(out / log.at("pruning_results").at(steps - 1).at("config_save_to").get<std::string>())));
  CHECK(written[0].at("ratio") >= 10);
  CHECK(log.at("pruning_results").at(steps - 2).at("ratio") < 10);
  CHECK(run_successfully({"inspect", earlier, "--json"}).json().at("ratio") == written[0].at("ratio"));

  CHECK(run_program({"extract", out, "--at", "90"}).status == 2);
  CHECK(run_program({"extract", out, "--at", "10"}).status == 5);  // it is there already
  CHECK(run_program({"extract", stories(), "--at", "10"}).status == 3);
}

TEST_CASE("verify accepts a log, and finds what was changed in it") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::filesystem::path out = directory / "smaller";
  auto arguments = quick_prune(out, {"--ratio", "20"});
  arguments[5] = "32";
  arguments[7] = "200";  // windows, more than one part of them, so that candidates are dropped
  run_successfully(arguments);
  const json seen = run_successfully({"verify", out, "--steps", "3", "--json"}).json();
  CHECK(seen.at("steps").size() == 3);
  json log = json::parse(read_file(out / "log.json"));
  json& candidate = log.at("pruning_results").at(0).at("candidates").at(0);
  candidate["cost"] = candidate.at("cost").get<double>() + 1;
  write_file(out / "log.json", log.dump());
  const ProgramResult found = run_program({"verify", out, "--steps", "3"});
  CHECK(found.status == 3);
  CHECK_THAT(found.out, Catch::Contains("attention of layer 0") && Catch::Contains("not as its log says"));
}

TEST_CASE("memory for streams changes no byte of the result") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::filesystem::path one = directory / "one", other = directory / "other";
  run_successfully(quick_prune(one));
  run_successfully(quick_prune(other, {"--ratio", "20", "--stream-memory", "1MB"}));
  // With less memory fewer plans go together, and the journal has its lines in another order.
  for (const auto& folder : {one, other}) {
    for (const char* journal : {"multipruner.journal", "multipruner.generated"}) {
      std::filesystem::remove(folder / journal);
    }
  }
  CHECK(contents_of(one) == contents_of(other));
  CHECK(run_program(quick_prune(directory / "third", {"--ratio", "20", "--stream-memory", "much"})).status == 2);
}

TEST_CASE("a bound on memory changes no byte of the result, and one that cannot work is refused") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  run_successfully(quick_prune(directory / "free"));
  const auto bounded =
      run_successfully(quick_prune(directory / "bounded", {"--ratio", "20", "--memory", "100MB", "--json"}));
  for (const char* file : {"model.safetensors", "pruning_config.json"}) {
    CHECK(read_file(directory / "bounded" / file) == read_file(directory / "free" / file));
  }
  check_peak_memory(bounded.json(), 100LL << 20);
  const auto refused = run_program(quick_prune(directory / "none", {"--ratio", "20", "--memory", "1MB"}));
  CHECK(refused.status == 2);
  CHECK_THAT(refused.err, Catch::Contains("memory") && Catch::Contains("MB"));
}

TEST_CASE("a dry run writes nothing, and says about what the run then takes") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const auto dry =
      run_successfully(quick_prune(directory / "smaller", {"--ratio", "20", "--dry-run", "--json"})).json();
  CHECK(std::filesystem::is_empty(directory.path()));
  const auto log = run_successfully(quick_prune(directory / "smaller", {"--ratio", "20", "--json"})).json();
  const auto about = [](double expected, double measured) {
    CAPTURE(expected, measured);
    CHECK(expected > measured / 2);
    CHECK(expected < measured * 2);
  };
  about(dry.at("blocks_run"), log.at("work").at("blocks_run"));
  about(dry.at("memory_bytes"), log.at("work").at("peak_memory_bytes"));
  CHECK(dry.at("seconds") > 0);

  const auto without_out =
      run_program({"prune", stories(), "--calibration", stories() / "calibration.txt", "--ratio", "9"});
  CHECK(without_out.status == 2);
  CHECK_THAT(without_out.err, Catch::Contains("--out") && Catch::Contains("--dry-run"));
}

TEST_CASE("by default the smaller model makes up for what is gone, as the log says, and so do points of its path") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string out = directory / "smaller", plain = directory / "plain";
  std::vector<std::string> options{"--ratio", "20", "--preset", "quality", "--samples-fit", "8", "--json"};
  const auto log = run_successfully(quick_prune(out, options)).json();
  options.insert(options.end(), {"--compensate", "none"});
  run_successfully(quick_prune(plain, options));
  CHECK(log.at("args").at("reorder") == "output-norm");
  CHECK(log.at("args").at("pruning_distribution") == "0:96:4");
  const auto generated = log.at("args").at("num_generated_windows").get<int>();
  CHECK(generated > 0);
  CHECK(log.at("args").at("calibration_windows").at("fit") == 2 * generated);
  const auto& compensation = log.at("compensation");
  CHECK(compensation.at("method") == "stream-matching");
  CHECK(compensation.at("tried").size() == 3);
  REQUIRE(compensation.at("applied") == true);
  CHECK(compensation.at("held_out_loss") < compensation.at("held_out_loss_without"));
  CHECK(compensation.at("weights").size() > 10);
  CHECK(read_file(std::filesystem::path(out) / "pruning_config.json") ==
        read_file(std::filesystem::path(plain) / "pruning_config.json"));
  CHECK(read_file(std::filesystem::path(out) / "model.safetensors") !=
        read_file(std::filesystem::path(plain) / "model.safetensors"));

  const std::string point = directory / "point";
  run_successfully({"extract", out, "--at", "20", "--out", point});
  CHECK(read_file(std::filesystem::path(point) / "model.safetensors") ==
        read_file(std::filesystem::path(out) / "model.safetensors"));
  run_successfully({"verify", out});

  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{"--preset", "best"},
        {"--compensate", "prayer"},
        {"--ridge", "-1"},
        {"--local-ridge", "0"},
        {"--compensate-every", "5"},  // nothing compensates
        {"--compensate-every", "-5", "--preset", "quality"},
        {"--compensate-bias", "--preset", "quality", "--compensate", "local"}}) {
    auto arguments = std::vector<std::string>{"--ratio", "20"};
    arguments.insert(arguments.end(), wrong.begin(), wrong.end());
    const auto refused = run_program(quick_prune(directory / "none", arguments));
    CHECK(refused.status == 2);
    CHECK_THAT(refused.err, Catch::Contains(wrong.front()));
  }
}

TEST_CASE("candidates are compensated, in turn with the search, and extract and verify follow") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::filesystem::path out = directory / "smaller", journal = out / "multipruner.journal";
  const std::vector<std::string> options{"--ratio",
                                         "20",
                                         "--preset",
                                         "quality",
                                         "--compensate",
                                         "local+stream-matching",
                                         "--compensate-every",
                                         "8",
                                         "--calibration-fit",
                                         stories() / "calibration.txt",
                                         "--calibration-fit",
                                         stories() / "heldout.txt",
                                         "--samples-fit",
                                         "12"};
  run_successfully(quick_prune(out, options));
  const json log = json::parse(read_file(out / "log.json"));
  REQUIRE(log.at("turns").size() == 3);
  std::size_t steps = 0;
  for (const json& turn : log.at("turns")) {
    steps += turn.at("steps").get<std::size_t>();
    CHECK(turn.at("compensation").at("tried").size() == 4);  // local alone, and three ridges
    CHECK(turn.at("compensation").at("held_out_loss") <= turn.at("compensation").at("held_out_loss_without"));
  }
  CHECK(log.at("turns").back().at("until") == 20);
  CHECK(steps == log.at("pruning_results").size());
  CHECK(log.at("args").at("calibration_windows").at("fit") > log.at("args").at("calibration_windows").at("block"));
  CHECK(log.at("args").at("num_generated_windows") == 0);  // there is text for the fit
  CHECK(starts_of(read_file(journal)).size() == 2);  // the two turns that begin with another model than the journal

  run_successfully({"verify", out, "--steps", "100"});
  run_successfully({"extract", out, "--at", "20", "--at", "10"});
  CHECK(read_file(directory / "smaller-at-20" / "model.safetensors") == read_file(out / "model.safetensors"));
  CHECK_THAT(run_program(quick_prune(directory / "plain", {"--ratio", "10", "--compensate-every", "8"})).err,
             Catch::Contains("--compensate-every"));
  CHECK(json::parse(read_file(directory / "smaller-at-10" / "log.json")).at("ratio") >= 10);

  auto bounded = options;
  bounded.insert(bounded.end(), {"--memory", "200MB"});
  const auto refused = run_program(quick_prune(directory / "none", bounded));
  CHECK(refused.status == 2);
  CHECK_THAT(refused.err, Catch::Contains("--memory"));
}

TEST_CASE("stream matching stays within a bound on memory, and changes no byte") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::vector<std::string> options{"--ratio", "20", "--preset", "quality"};
  run_successfully(quick_prune(directory / "free", options));
  auto bounded = options;
  bounded.insert(bounded.end(), {"--memory", "100MB", "--json"});
  const json result = run_successfully(quick_prune(directory / "bounded", bounded)).json();
  CHECK(read_file(directory / "bounded" / "model.safetensors") == read_file(directory / "free" / "model.safetensors"));
  check_peak_memory(result, 100LL << 20);
}

TEST_CASE("biases are refused for a model that has none on its output matrices") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const auto refused =
      run_program(quick_prune(directory / "none", {"--ratio", "10", "--preset", "quality", "--compensate-bias"}));
  CHECK(refused.status == 2);
  CHECK_THAT(refused.err, Catch::Contains("bias") && Catch::Contains("llama"));
  CHECK_FALSE(std::filesystem::exists(directory / "none"));  // nothing was searched
}
