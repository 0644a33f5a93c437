// SPDX-License-Identifier: MIT
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include <multipruner/io/text_stream.hpp>
#include <multipruner/io/utf8.hpp>

using namespace multipruner;

namespace {

/// A token is a byte; bytes that form no text become a U+FFFD each, all of them, as the decoder ByteFallback has it.
class Bytes final : public Tokenizer {
 public:
  [[nodiscard]] std::vector<TokenId> encode(std::string_view text, bool /*special*/ = true) const override {
    std::vector<TokenId> ids;
    for (const char c : text) ids.push_back(static_cast<unsigned char>(c));
    return ids;
  }
  [[nodiscard]] std::string decode(std::span<const TokenId> ids, bool /*skip_special*/ = true) const override {
    std::string text, illegible;
    for (const TokenId id : ids) {
      text += static_cast<char>(id);
      illegible += "\xEF\xBF\xBD";
    }
    return find_invalid_utf8(text) ? illegible : text;
  }
  [[nodiscard]] Index vocabulary_size() const override { return 256; }
  [[nodiscard]] std::optional<TokenId> token_to_id(std::string_view) const override { return std::nullopt; }
  [[nodiscard]] std::optional<std::string> id_to_token(TokenId) const override { return std::nullopt; }
  [[nodiscard]] std::optional<TokenId> bos_token_id() const override { return std::nullopt; }
  [[nodiscard]] std::optional<TokenId> eos_token_id() const override { return std::nullopt; }
};

}  // namespace

TEST_CASE("text comes in whole characters, also where a byte makes those before it illegible for a while") {
  const Bytes tokenizer;
  TextStream stream(tokenizer, tokenizer.encode("a"));
  std::vector<std::string> parts;
  for (const TokenId id : tokenizer.encode("b\xC3\xA9\xE4\xB8\xAD")) parts.push_back(stream.add(id));
  CHECK(parts == std::vector<std::string>{"b", "", "\xC3\xA9", "", "", "\xE4\xB8\xAD"});
  CHECK(stream.finish().empty());
  CHECK(stream.add(0xC3).empty());
  CHECK(stream.finish() == "\xEF\xBF\xBD");
}
