// SPDX-License-Identifier: MIT
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/report/token_journal.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

const JournalIdentity identity{{"weights", "12"}, {"seed", "42"}};
using Tokens = std::vector<TokenId>;

}  // namespace

TEST_CASE("a journal of tokens has what another process noted, window by window") {
  const TemporaryDirectory directory;
  const std::string path = directory / "tokens";
  {
    TokenJournal journal(path, identity);
    journal.add(0, 0, Tokens{5, 6});
    journal.add(7, 0, Tokens{1});
    journal.add(0, 2, Tokens{9});
    CHECK(journal.find(0) == Tokens{5, 6, 9});
  }
  const TokenJournal journal(path, identity);
  CHECK(journal.found() == 4);
  CHECK(journal.find(0) == Tokens{5, 6, 9});
  CHECK(journal.find(7) == Tokens{1});
  CHECK(journal.find(1).empty());
}

TEST_CASE("what is damaged, or has lost what was before it, is not known") {
  const TemporaryDirectory directory;
  const std::string path = directory / "tokens";
  {
    TokenJournal journal(path, identity);
    journal.add(0, 0, Tokens{5, 6});
    journal.add(0, 2, Tokens{7, 8});
    journal.add(0, 4, Tokens{9});
  }
  std::string text = read_file(path);
  text[text.find("0 2 7 8") + 4] = '6';
  write_file(path, text);
  const TokenJournal journal(path, identity);
  CHECK(journal.find(0) == Tokens{5, 6});
}

TEST_CASE("tokens of something else are refused, unless the journal is to be begun anew") {
  const TemporaryDirectory directory;
  const std::string path = directory / "tokens";
  const JournalIdentity other{{"weights", "13"}, {"seed", "42"}};
  { TokenJournal(path, identity).add(0, 0, Tokens{5}); }
  expect_error<DataError>([&] { TokenJournal(path, other); }, {"another run", "weights (there 12, here 13)"});
  CHECK(LineJournal::identity_in(path) == identity);
  { TokenJournal(path, other, true).add(0, 0, Tokens{6}); }
  CHECK(TokenJournal(path, other).find(0) == Tokens{6});
  write_file(path, "somebody's\n");
  expect_error<DataError>([&] { TokenJournal(path, identity, true); }, {"not a journal of this program"});
  CHECK(read_file(path) == "somebody's\n");
  CHECK_FALSE(LineJournal::identity_in(path));
  CHECK_FALSE(LineJournal::identity_in(directory / "nothing"));
}
