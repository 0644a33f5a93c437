#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <multipruner/io/utf8.hpp>
#include <multipruner/tokenizers/byte_alphabet.hpp>
#include <multipruner/tokenizers/replacement.hpp>
#include <multipruner/tokenizers/unicode.hpp>

namespace multipruner::detail {

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
  [[nodiscard]] std::string decode(Pieces tokens) const {
    if (!steps_) return join(tokens, " ");
    for (const Step& step : *steps_) {
      std::visit([&](const auto& known) { run(known, tokens); }, step);
    }
    return join(tokens, "");
  }

 private:
  static std::string join(const Pieces& pieces, std::string_view separator) {
    std::string text;
    for (const std::string& piece : pieces) {
      if (&piece != pieces.data()) text += separator;
      text += piece;
    }
    return text;
  }

  static void run(ByteLevel, Pieces& pieces) {
    std::string bytes;
    for (const std::string& piece : pieces) bytes += byte_alphabet.bytes(piece).value_or(piece);
    pieces = {find_invalid_utf8(bytes) ? replace_invalid_utf8(bytes) : bytes};
  }

  static void run(ByteFallback, Pieces& pieces) {
    Pieces result;
    std::string bytes;
    const auto flush = [&] {
      if (bytes.empty()) return;
      if (find_invalid_utf8(bytes)) {
        result.insert(result.end(), bytes.size(), "\xEF\xBF\xBD");
      } else {
        result.push_back(bytes);
      }
      bytes.clear();
    };
    for (std::string& piece : pieces) {
      if (const auto byte = byte_of(piece)) {
        bytes += *byte;
      } else {
        flush();
        result.push_back(std::move(piece));
      }
    }
    flush();
    pieces = std::move(result);
  }

  static std::optional<char> byte_of(const std::string& token) {
    if (token.size() != 6 || !token.starts_with("<0x") || !token.ends_with('>')) return std::nullopt;
    const std::string digits = token.substr(3, 2);
    if (digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) return std::nullopt;
    return static_cast<char>(std::strtoul(digits.c_str(), nullptr, 16));
  }

  static void run(Fuse, Pieces& pieces) { pieces = {join(pieces, "")}; }

  static void run(const Strip& strip, Pieces& pieces) {
    for (std::string& piece : pieces) {
      std::string_view rest = piece;
      for (std::size_t i = 0; i < strip.start && rest.starts_with(strip.content); ++i) {
        rest.remove_prefix(strip.content.size());
      }
      for (std::size_t i = 0; i < strip.stop && rest.ends_with(strip.content); ++i) {
        rest.remove_suffix(strip.content.size());
      }
      piece = std::string(rest);
    }
  }

  static void run(const Metaspace& metaspace, Pieces& pieces) {
    for (std::string& piece : pieces) {
      const bool first = &piece == pieces.data();
      piece = with_replaced(piece, metaspace.replacement, first && metaspace.prepended ? "" : " ");
    }
  }

  static void run(const Replacement& replacement, Pieces& pieces) {
    for (std::string& piece : pieces) piece = replacement.apply(piece);
  }

  std::optional<std::vector<Step>> steps_;
};

}  // namespace multipruner::detail
