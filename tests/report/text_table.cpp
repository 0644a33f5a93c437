// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>

#include <multipruner/report/text_table.hpp>

using namespace multipruner;

TEST_CASE("A table for a terminal and as Markdown") {
  TextTable table({"", "before", "after"});
  table.add({"perplexity, größer", "4.25", "10.5"});
  table.add({"parameters", "1,000", ""});
  CHECK(table.text() ==
        "                    before  after\n"
        "------------------  ------  -----\n"
        "perplexity, größer    4.25   10.5\n"
        "parameters           1,000\n");
  CHECK(table.markdown() ==
        "|  | before | after |\n|---|---:|---:|\n| perplexity, größer | 4.25 | 10.5 |\n| parameters | 1,000 |  |\n");
}
