// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/tokenizers/replacement.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Makes a text of tokens as the vocabulary spells them (the decoders of the tokenizers library). Each step makes of
/// a list of pieces another one; in the end they are joined.
class Decoder {
 public:
  using Pieces = std::vector<std::string>;

  /// Reads the byte alphabet; a token with a character outside it is its own text.
  struct ByteLevel {};
  /// Makes characters of runs of byte tokens such as "<0xE4>"; what forms no text, a U+FFFD of each.
  struct ByteFallback {};
  /// Joins all pieces into one.
  struct Fuse {};
  /// Takes up to `start` of a character off the front of each piece, and up to `stop` off its end.
  struct Strip {
    std::string content;
    std::size_t start, stop;
  };
  /// Turns the replacement of a space back, and leaves out those of the first token where one was put in front.
  struct Metaspace {
    std::string replacement;
    bool prepended;
  };
  using Step = std::variant<ByteLevel, ByteFallback, Fuse, Strip, Metaspace, Replacement>;

  /// Without steps: tokens with a space between.
  Decoder() = default;
  explicit Decoder(std::vector<Step> steps) : steps_(std::move(steps)) {}

  /// The text of some tokens, valid UTF-8 where they are.
  [[nodiscard]] std::string decode(Pieces tokens) const;

 private:
  static std::string join(const Pieces& pieces, std::string_view separator);

  static void run(ByteLevel, Pieces& pieces);

  static void run(ByteFallback, Pieces& pieces);

  static std::optional<char> byte_of(const std::string& token);

  static void run(Fuse, Pieces& pieces) { pieces = {join(pieces, "")}; }

  static void run(const Strip& strip, Pieces& pieces);

  static void run(const Metaspace& metaspace, Pieces& pieces);

  static void run(const Replacement& replacement, Pieces& pieces);

  std::optional<std::vector<Step>> steps_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tokenizers/decoder.ipp>
#endif
