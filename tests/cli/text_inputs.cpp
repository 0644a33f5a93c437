// SPDX-License-Identifier: MIT
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <sys/stat.h>

#include "packed.hpp"
#include "program.hpp"

using namespace multipruner::test;

namespace {

using Arguments = std::vector<std::string>;

std::string calibration() {
  return read_file(stories() / "calibration.txt");
}

/// A named pipe through which a text comes once.
class Pipe {
 public:
  Pipe(const std::filesystem::path& path, const std::string& text) : path_(path) {
    REQUIRE(::mkfifo(path_.c_str(), 0600) == 0);
    writer_ = std::jthread([path = path_, text] { std::ofstream(path, std::ios::binary) << text; });
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::jthread writer_;
};

ProgramResult run_with_input(const Arguments& arguments, const std::string& input) {
  ProgramResult result = RunningProgram(arguments, "", input).wait();
  INFO(result.err);
  REQUIRE(result.status == 0);
  return result;
}

Arguments eval(const std::string& text) {
  return {"eval", stories(), "--text", text, "--seqlen", "64", "--max-windows", "2", "--json"};
}

/// A run that needs its text for more than the search: the order comes from statistics.
Arguments prune(const std::string& text, const std::string& out) {
  return {"prune",         stories(), "--calibration", text,  "--seqlen", "64",        "--max-windows", "2",
          "--ratio",       "5",       "--mlp-group",   "176", "--preset", "reference", "--reorder",     "wanda",
          "--samples-fit", "40",      "--out",         out};
}

void expect_failure(const ProgramResult& result, const std::vector<std::string>& parts) {
  INFO(result.err);
  CHECK(result.status != 0);
  CHECK_THAT(result.err, Catch::StartsWith("multipruner: error: "));
  for (const std::string& part : parts) CHECK_THAT(result.err, Catch::Contains(part));
}

}  // namespace

TEST_CASE("a text may come from a file, standard input, a pipe, and compressed through each") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string text = calibration();
  const double expected = run_successfully(eval(stories() / "calibration.txt")).json().at("perplexity").get<double>();
  const auto check = [&](const ProgramResult& result) {
    CHECK(result.json().at("perplexity").get<double>() == expected);
  };
  write_file(directory / "a.txt.gz", packed(text));
  write_file(directory / "named_as_text.txt", packed(text.substr(0, 5000)) + packed(text.substr(5000)));
  check(run_successfully(eval(directory / "a.txt.gz")));
  check(run_successfully(eval(directory / "named_as_text.txt")));
  check(run_with_input(eval("-"), stories() / "calibration.txt"));
  check(run_with_input(eval("/dev/stdin"), stories() / "calibration.txt"));
  check(run_with_input(eval("-"), directory / "a.txt.gz"));
  check(run_with_input(eval("-"), Pipe(directory / "pipe", text).path()));
  check(run_with_input(eval("/dev/stdin"), Pipe(directory / "pipe2", packed(text)).path()));
  check(run_successfully(eval(Pipe(directory / "pipe3", text).path())));
}

TEST_CASE("what can be read only once is there for all options and all models") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  Arguments twice = prune("-", directory / "from-pipe");
  twice.insert(twice.end(), {"--eval-text", "-"});
  const Pipe pipe(directory / "pipe", calibration());
  const ProgramResult run = run_with_input(twice, pipe.path());
  CHECK_THAT(run.out, Catch::Contains("calibration  standard input"));
  run_successfully(prune(stories() / "calibration.txt", directory / "from-file"));
  CHECK((read_file(directory / "from-pipe" / "model.safetensors") ==
         read_file(directory / "from-file" / "model.safetensors")));
  const Pipe again(directory / "again", calibration());
  const auto compared = run_with_input({"compare", stories(), directory / "from-pipe", "--text", "-", "--seqlen", "64",
                                        "--max-windows", "2", "--max-new-tokens", "2", "--json"},
                                       again.path())
                            .json();
  CHECK(compared.at("models").at(1).at("perplexity").contains("standard input"));
}

TEST_CASE("a run that read its text from standard input asks for it by name") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string run = directory / "run", file = stories() / "calibration.txt", at = directory / "at";
  static_cast<void>(run_with_input(prune("-", run), file));
  expect_failure(run_program({"verify", run, "--steps", "1"}), {"standard input", "--calibration"});
  expect_failure(run_program({"extract", run, "--at", "1", "--out", at}), {"standard input", "--calibration"});
  run_successfully({"verify", run, "--steps", "1", "--calibration", file});
  static_cast<void>(run_with_input({"extract", run, "--at", "1", "--out", at, "--calibration", "-"}, file));
}

TEST_CASE("conversations are read, which is said") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  std::string rows = "{\"instruction\": \"Tell\", \"input\": null, \"output\": \"a story\"}\n";
  for (int i = 0; i < 40; ++i) {
    rows += R"({"messages": [{"role": "user", "content": "Tell me a story of a little girl and her cat."}]})"
            "\n"
            R"({"conversations": [{"from": "human", "value": "Tell me a story of a big dog and a ball."}]})"
            "\n";
  }
  write_file(directory / "chat.jsonl.gz", packed(rows));
  Arguments arguments = eval(directory / "chat.jsonl.gz");
  CHECK_FALSE(run_successfully(arguments).json().empty());
  arguments.pop_back();  // --json
  const std::string out = run_successfully(arguments).out;
  CHECK_THAT(out, Catch::Contains("80 of 81 rows of chat.jsonl.gz are conversations") &&
                      Catch::Contains("without a chat template"));
}

TEST_CASE("conversations are put into the chat template of the model, unless that is not wanted") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::filesystem::path model = directory / "model";
  std::filesystem::copy(stories(), model);
  std::string chats, texts;
  for (int i = 0; i < 40; ++i) {
    chats += R"({"messages": [{"role": "user", "content": "Tell me a story of a little girl and her cat."}]})"
             "\n";
    texts += R"({"text": "Tell me a story of a little girl and her cat. The end"})"
             "\n";
  }
  write_file(directory / "chats.jsonl", chats);
  write_file(directory / "texts.jsonl", texts);
  const auto measured = [&](const std::string& file, const std::vector<std::string>& more) {
    Arguments arguments{"eval", model, "--text", directory / file, "--seqlen", "32", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_successfully(arguments).json().at("mean_nll").get<double>();
  };
  const double as_lines = measured("chats.jsonl", {});
  write_file(model / "chat_template.jinja", "{{ messages[0].content }} The end");
  CHECK(measured("chats.jsonl", {"--no-chat-template"}) == as_lines);
  CHECK(measured("chats.jsonl", {}) == measured("texts.jsonl", {"--no-add-bos"}));
  CHECK(measured("texts.jsonl", {"--add-bos"}) == measured("texts.jsonl", {}));
  CHECK(measured("texts.jsonl", {}) != measured("texts.jsonl", {"--no-add-bos"}));
  write_file(model / "chat_template.jinja", "{{ raise_exception('never') }}");
  expect_failure(run_program({"eval", model, "--text", directory / "chats.jsonl", "--seqlen", "32"}),
                 {"row 0", "refuses the conversation: never"});
}

TEST_CASE("texts that cannot be read are refused in a line") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string whole = packed(calibration());
  const auto refused = [&](const std::string& name, const std::string& contents,
                           const std::vector<std::string>& parts) {
    write_file(directory / name, contents);
    expect_failure(run_program(eval(directory / name)), parts);
    expect_failure(RunningProgram(eval("-"), "", directory / name).wait(), {parts.back(), "standard input"});
  };
  refused("short.jsonl.gz", whole.substr(0, whole.size() / 2), {"short.jsonl.gz", "cut short"});
  refused("bomb.gz", packed(std::string(std::size_t{32} << 20U, ' ')), {"bomb.gz", "times as large"});
  refused("rows.parquet", "PAR1\x15\x04\x15", {"rows.parquet", "Parquet", "import pandas; pandas.read_parquet("});
  refused("rows.parquet.gz", packed("PAR1\x15\x04"), {"Parquet", "import pandas; pandas.read_parquet("});
  refused("empty.txt", "", {"the file is empty"});
}
