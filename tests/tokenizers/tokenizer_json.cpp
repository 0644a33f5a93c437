// SPDX-License-Identifier: MIT
#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/expect_error.hpp>

#include <multipruner/tokenizers/tokenizer_json.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

nlohmann::json vocabulary(TokenId last) {
  return {{"a", 0}, {"b", 1}, {"c", last}};
}

detail::BpeModel model() {
  return detail::read_bpe_model(JsonReader({{"vocab", vocabulary(2)}, {"merges", nlohmann::json::array()}}, "model"),
                                detail::BpeModel::Alphabet::bytes);
}

}  // namespace

TEST_CASE("a token id far beyond the number of tokens is damage, since tables are as long as the largest id") {
  const auto read = [](TokenId last) { return detail::read_vocabulary(JsonReader(vocabulary(last), "vocab.json")); };
  CHECK(read(65000).at("c") == 65000);  // models pad their vocabularies
  expect_error<DataError>([&] { (void)read((1 << 24) - 1); }, {"vocab.json", "16777215"});
  const auto add = [](TokenId id) {
    return detail::read_added_token(JsonReader({{"id", id}, {"content", "<s>"}}, "tokenizer.json"), model());
  };
  CHECK(add(65000).id == 65000);
  expect_error<DataError>([&] { (void)add((1 << 24) - 1); }, {"tokenizer.json: id", "16777215"});
}
