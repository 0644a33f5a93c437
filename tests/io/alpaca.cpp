// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>

#include <multipruner/io/alpaca.hpp>

using namespace multipruner;

TEST_CASE("an Alpaca prompt with an input") {
  CHECK(alpaca_prompt("Add.", "1 and 2") ==
        "Below is an instruction that describes a task, paired with an input that provides further context. "
        "Write a "
        "response that appropriately completes the request.\n\n### Instruction:\nAdd.\n\n### Input:\n1 and "
        "2\n\n"
        "### Response:\n");
}

TEST_CASE("an Alpaca prompt without an input") {
  CHECK(alpaca_prompt("Count.") ==
        "Below is an instruction that describes a task. Write a response that appropriately completes the "
        "request.\n\n### Instruction:\nCount.\n\n### Response:\n");
}

TEST_CASE("the response follows its prompt directly") {
  CHECK(alpaca_text("Add.", "1 and 2", "3") == alpaca_prompt("Add.", "1 and 2") + "3");
  CHECK(alpaca_text("Count.", "", "") == alpaca_prompt("Count."));
}
