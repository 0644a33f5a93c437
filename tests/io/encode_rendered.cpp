// SPDX-License-Identifier: MIT
#include <vector>

#include <catch2/catch.hpp>
#include <support/letter_tokenizer.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/io/encode_rendered.hpp>

using namespace multipruner;
using multipruner::test::LetterTokenizer;
using Tokens = std::vector<TokenId>;

TEST_CASE("What a template has written out is not added again") {
  CHECK(encode_rendered(LetterTokenizer(true), "<s>ab") == Tokens{256, 'a', 'b'});
  CHECK(encode_rendered(LetterTokenizer(true), "ab<s>") == Tokens{'a', 'b', 256});
  CHECK(encode_rendered(LetterTokenizer(true), "ab") == Tokens{'a', 'b'});
}

TEST_CASE("A tokenizer that takes special tokens for ordinary text is refused where there are some") {
  const LetterTokenizer blind(true, false);
  CHECK(encode_rendered(blind, "ab") == Tokens{'a', 'b'});
  CHECK_THROWS_AS(encode_rendered(blind, "<s>ab"), UnsupportedError);
  CHECK_THROWS_WITH(encode_rendered(blind, "<s>ab"), Catch::Contains("<s>") && Catch::Contains("tokenizer.json"));
}
