#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <multipruner/tokenizers/regex.hpp>
#include <multipruner/tokenizers/unicode.hpp>

namespace multipruner::detail {

/// What becomes of the matches at which a text is split (SplitDelimiterBehavior of the tokenizers library).
enum class SplitBehavior { removed, isolated, merged_with_previous, merged_with_next, contiguous };

/// Splits texts at the matches of a regular expression.
class Splitter {
 public:
  /// @param invert treats what lies between the matches as the matches.
  Splitter(Regex regex, SplitBehavior behavior, bool invert = false)
      : regex_(std::move(regex)), behavior_(behavior), invert_(invert) {}

  /// Appends the pieces of a text; none is empty.
  void split(std::string_view text, std::vector<std::string_view>& pieces) const {
    for (const auto& span : merge(find_spans(text))) {
      const bool removed = behavior_ == SplitBehavior::removed && span.is_match;
      if (span.begin < span.end && !removed) pieces.push_back(text.substr(span.begin, span.end - span.begin));
    }
  }

 private:
  struct Span {
    std::size_t begin, end;
    bool is_match;
  };

  // The matches and what lies between them, in order.
  [[nodiscard]] std::vector<Span> find_spans(std::string_view text) const {
    std::vector<Span> spans;
    std::size_t covered = 0;
    regex_.for_each_match(text, [&](std::size_t begin, std::size_t end) {
      if (covered < begin) spans.push_back({covered, begin, invert_});
      spans.push_back({begin, end, !invert_});
      covered = end;
    });
    if (covered < text.size()) spans.push_back({covered, text.size(), invert_});
    return spans;
  }

  [[nodiscard]] std::vector<Span> merge(std::vector<Span> spans) const {
    const auto joins = [&](const Span& span, bool neighbour_is_match) {
      if (behavior_ == SplitBehavior::contiguous) return span.is_match == neighbour_is_match;
      return span.is_match && !neighbour_is_match;
    };
    std::vector<Span> merged;
    bool neighbour = false;  // as the tokenizers library has it, also before the first span
    if (behavior_ == SplitBehavior::contiguous || behavior_ == SplitBehavior::merged_with_previous) {
      for (const auto& span : spans) {
        if (joins(span, neighbour) && !merged.empty()) {
          merged.back().end = span.end;
        } else {
          merged.push_back(span);
        }
        neighbour = span.is_match;
      }
      return merged;
    }
    if (behavior_ == SplitBehavior::merged_with_next) {
      for (auto span = spans.rbegin(); span != spans.rend(); ++span) {
        if (joins(*span, neighbour) && !merged.empty()) {
          merged.back().begin = span->begin;
        } else {
          merged.push_back(*span);
        }
        neighbour = span->is_match;
      }
      return {merged.rbegin(), merged.rend()};
    }
    return spans;
  }

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
                                                    std::deque<std::string>& storage) const {
    Pieces pieces{{}, starts};
    if (!text.empty()) pieces.texts.push_back(text);
    for (const Step& step : steps_) {
      if (pieces.texts.empty()) break;
      std::visit([&](const auto& known) { run(known, pieces, storage); }, step);
    }
    return std::move(pieces.texts);
  }

 private:
  struct Pieces {
    std::vector<std::string_view> texts;
    bool starts;  // whether the first is still the start of what is encoded
  };

  static void run(PrefixSpace, Pieces& pieces, std::deque<std::string>& storage) {
    for (auto& piece : pieces.texts) {
      if (!piece.starts_with(' ')) piece = storage.emplace_back(" ").append(piece);
    }
  }

  static void run(const Splitter& splitter, Pieces& pieces, std::deque<std::string>& /*storage*/) {
    std::vector<std::string_view> parts;
    for (const auto piece : pieces.texts) splitter.split(piece, parts);
    if (parts.empty() || parts.front().data() != pieces.texts.front().data()) pieces.starts = false;
    pieces.texts = std::move(parts);
  }

  static void run(const Metaspace& metaspace, Pieces& pieces, std::deque<std::string>& storage) {
    bool starts = pieces.starts;
    for (auto& piece : pieces.texts) {
      if (piece.find(' ') != std::string_view::npos) {
        piece = storage.emplace_back(with_replaced(piece, " ", metaspace.replacement));
      }
      const bool wanted =
          metaspace.prepend == Metaspace::Prepend::always || (metaspace.prepend == Metaspace::Prepend::first && starts);
      if (wanted && !piece.starts_with(metaspace.replacement)) {
        piece = storage.emplace_back(metaspace.replacement).append(piece);
      }
      starts = false;
    }
    if (metaspace.splitter) run(*metaspace.splitter, pieces, storage);
  }

  std::vector<Step> steps_;
};

}  // namespace multipruner::detail
