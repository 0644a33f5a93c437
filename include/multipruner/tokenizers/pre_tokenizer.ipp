// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/tokenizers/pre_tokenizer.hpp>
#include <multipruner/tokenizers/unicode.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE void Splitter::split(std::string_view text, std::vector<std::string_view>& pieces) const {
  for (const auto& span : merge(find_spans(text))) {
    const bool removed = behavior_ == SplitBehavior::removed && span.is_match;
    if (span.begin < span.end && !removed) pieces.push_back(text.substr(span.begin, span.end - span.begin));
  }
}

MULTIPRUNER_INLINE std::vector<Splitter::Span> Splitter::find_spans(std::string_view text) const {
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

MULTIPRUNER_INLINE std::vector<Splitter::Span> Splitter::merge(std::vector<Span> spans) const {
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

MULTIPRUNER_INLINE std::vector<std::string_view> PreTokenizer::split(std::string_view text, bool starts,
                                                                     std::deque<std::string>& storage) const {
  Pieces pieces{{}, starts};
  if (!text.empty()) pieces.texts.push_back(text);
  for (const Step& step : steps_) {
    if (pieces.texts.empty()) break;
    std::visit([&](const auto& known) { run(known, pieces, storage); }, step);
  }
  return std::move(pieces.texts);
}

MULTIPRUNER_INLINE void PreTokenizer::run(PrefixSpace, Pieces& pieces, std::deque<std::string>& storage) {
  for (auto& piece : pieces.texts) {
    if (!piece.starts_with(' ')) piece = storage.emplace_back(" ").append(piece);
  }
}

MULTIPRUNER_INLINE void PreTokenizer::run(const Splitter& splitter, Pieces& pieces,
                                          std::deque<std::string>& /*storage*/) {
  std::vector<std::string_view> parts;
  for (const auto piece : pieces.texts) splitter.split(piece, parts);
  if (parts.empty() || parts.front().data() != pieces.texts.front().data()) pieces.starts = false;
  pieces.texts = std::move(parts);
}

MULTIPRUNER_INLINE void PreTokenizer::run(const Metaspace& metaspace, Pieces& pieces,
                                          std::deque<std::string>& storage) {
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

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
