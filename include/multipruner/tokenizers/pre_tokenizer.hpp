// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/tokenizers/regex.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What becomes of the matches at which a text is split (SplitDelimiterBehavior of the tokenizers library).
enum class SplitBehavior { removed, isolated, merged_with_previous, merged_with_next, contiguous };

/// Splits texts at the matches of a regular expression.
class Splitter {
 public:
  /// @param invert treats what lies between the matches as the matches.
  Splitter(Regex regex, SplitBehavior behavior, bool invert = false)
      : regex_(std::move(regex)), behavior_(behavior), invert_(invert) {}

  /// Appends the pieces of a text; none is empty.
  void split(std::string_view text, std::vector<std::string_view>& pieces) const;

 private:
  struct Span {
    std::size_t begin, end;
    bool is_match;
  };

  // The matches and what lies between them, in order.
  [[nodiscard]] std::vector<Span> find_spans(std::string_view text) const;

  [[nodiscard]] std::vector<Span> merge(std::vector<Span> spans) const;

  Regex regex_;
  SplitBehavior behavior_;
  bool invert_;
};

/// Puts a space in front of pieces that have none.
struct PrefixSpace {};

/// Writes spaces as another character, as SentencePiece does, and puts one in front.
struct Metaspace {
  enum class Prepend { always, first, never };  ///< to all pieces, to that at the start of the text, to none

  std::string replacement = "\xE2\x96\x81";  ///< U+2581
  Prepend prepend = Prepend::always;
  std::optional<Splitter> splitter = std::nullopt;  ///< then splits in front of each
};

/// Cuts a text into the words that byte-pair encoding treats one by one.
class PreTokenizer {
 public:
  /// One pass over the pieces of the pass before.
  using Step = std::variant<PrefixSpace, Splitter, Metaspace>;

  explicit PreTokenizer(std::vector<Step> steps) : steps_(std::move(steps)) {}

  /// The words of a valid text.
  /// @param starts  whether the text is the start of what is encoded, of which it may be a part
  /// @param storage keeps the bytes of words that are not part of the text.
  [[nodiscard]] std::vector<std::string_view> split(std::string_view text, bool starts,
                                                    std::deque<std::string>& storage) const;

 private:
  struct Pieces {
    std::vector<std::string_view> texts;
    bool starts;  // whether the first is still the start of what is encoded
  };

  static void run(PrefixSpace, Pieces& pieces, std::deque<std::string>& storage);

  static void run(const Splitter& splitter, Pieces& pieces, std::deque<std::string>& /*storage*/);

  static void run(const Metaspace& metaspace, Pieces& pieces, std::deque<std::string>& storage);

  std::vector<Step> steps_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tokenizers/pre_tokenizer.ipp>
#endif
