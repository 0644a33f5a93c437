// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/tokenizers/replacement.hpp>
#include <multipruner/tokenizers/unicode.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Rewrites texts before they are split into words.
class Normalizer {
 public:
  /// Puts a text in front, unless there is nothing.
  struct Prepend {
    std::string text;
  };
  /// Takes white space off the ends.
  struct Strip {
    bool left, right;
  };
  using Step = std::variant<NormalizationForm, Prepend, Strip, Replacement>;

  struct Result {
    std::string text;
    bool same_start;  ///< whether its first character comes from the first one of what was normalised
  };

  Normalizer() = default;
  explicit Normalizer(std::vector<Step> steps) : steps_(std::move(steps)) {}

  [[nodiscard]] bool empty() const { return steps_.empty(); }

  /// @param text  valid UTF-8
  [[nodiscard]] Result apply(std::string_view text) const;

 private:
  static void run(NormalizationForm form, Result& result);

  static void run(const Prepend& prepend, Result& result) { result.text.insert(0, prepend.text); }

  static void run(const Strip& strip, Result& result);

  static void run(const Replacement& replacement, Result& result);

  std::vector<Step> steps_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tokenizers/normalizer.ipp>
#endif
