#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <multipruner/tokenizers/replacement.hpp>
#include <multipruner/tokenizers/unicode.hpp>

namespace multipruner::detail {

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
  [[nodiscard]] Result apply(std::string_view text) const {
    Result result{std::string(text), true};
    for (const Step& step : steps_) {
      if (result.text.empty()) break;
      std::visit([&](const auto& known) { run(known, result); }, step);
    }
    return result;
  }

 private:
  static void run(NormalizationForm form, Result& result) {
    if (!is_ascii(result.text)) result.text = normalize(result.text, form);
  }

  static void run(const Prepend& prepend, Result& result) { result.text.insert(0, prepend.text); }

  static void run(const Strip& strip, Result& result) {
    if (strip.left) {
      const auto begin = skip_white_space(result.text, 0);
      if (begin > 0) result.same_start = false;
      result.text.erase(0, begin);
    }
    if (strip.right) result.text.resize(skip_white_space_backward(result.text, result.text.size()));
  }

  static void run(const Replacement& replacement, Result& result) {
    result.text = replacement.apply(result.text, &result.same_start);
  }

  std::vector<Step> steps_;
};

}  // namespace multipruner::detail
