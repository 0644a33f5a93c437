// SPDX-License-Identifier: MIT
#include <memory>
#include <vector>

#include <catch2/catch.hpp>
#include <support/letter_tokenizer.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/io/with_bos.hpp>

using namespace multipruner;
using multipruner::test::LetterTokenizer;
using Tokens = std::vector<TokenId>;

namespace {

std::unique_ptr<Tokenizer> letters(bool adds_bos) {
  return std::make_unique<LetterTokenizer>(adds_bos);
}

}  // namespace

TEST_CASE("BOS is put in front of texts, or not, whatever the tokenizer does") {
  for (const bool does : {false, true}) {
    const auto with = with_bos(letters(does), true), without = with_bos(letters(does), false);
    CHECK(with->encode("ab") == Tokens{256, 'a', 'b'});
    CHECK(without->encode("ab") == Tokens{'a', 'b'});
    CHECK(with->encode("") == Tokens{256});
    CHECK(without->encode("").empty());
    CHECK(with->encode("<s>a") == Tokens{256, 256, 'a'});  // what stands in the text is the text's
    CHECK(without->encode("<s>a") == Tokens{256, 'a'});
    CHECK(with->encode("ab", false) == Tokens{'a', 'b'});
    CHECK(without->encode("ab", false) == Tokens{'a', 'b'});
  }
}

TEST_CASE("In all else, it is the tokenizer that it was") {
  const auto tokenizer = with_bos(letters(true), false);
  CHECK(tokenizer->decode(Tokens{256, 'a'}) == "<s>a");
  CHECK(tokenizer->vocabulary_size() == 257);
  CHECK(tokenizer->token_to_id("<s>") == 256);
  CHECK(tokenizer->id_to_token(256) == "<s>");
  CHECK(tokenizer->bos_token_id() == 256);
  CHECK(!tokenizer->eos_token_id());
}
