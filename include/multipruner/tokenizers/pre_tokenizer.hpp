#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <multipruner/tokenizers/regex.hpp>

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

/// Cuts a text into the words that byte-pair encoding treats one by one.
class PreTokenizer {
 public:
  /// One pass over the pieces of the pass before.
  struct Step {
    bool add_prefix_space = false;     ///< gives each piece a leading space, if it has none
    std::optional<Splitter> splitter;  ///< then splits it
  };

  explicit PreTokenizer(std::vector<Step> steps) : steps_(std::move(steps)) {}

  /// The words of a valid text.
  /// @param storage keeps the bytes of words that are not part of the text.
  [[nodiscard]] std::vector<std::string_view> split(std::string_view text, std::deque<std::string>& storage) const {
    std::vector<std::string_view> pieces;
    if (!text.empty()) pieces.push_back(text);
    for (const auto& step : steps_) {
      if (step.add_prefix_space) {
        for (auto& piece : pieces) {
          if (!piece.starts_with(' ')) piece = storage.emplace_back(" ").append(piece);
        }
      }
      if (step.splitter) {
        std::vector<std::string_view> parts;
        for (const auto piece : pieces) step.splitter->split(piece, parts);
        pieces = std::move(parts);
      }
    }
    return pieces;
  }

 private:
  std::vector<Step> steps_;
};

}  // namespace multipruner::detail
