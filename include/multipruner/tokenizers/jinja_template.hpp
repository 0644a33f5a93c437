// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include <multipruner/core/linkage.hpp>
#include <multipruner/tokenizers/jinja_syntax.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A template in the part of Jinja that chat templates use.
class JinjaTemplate {
 public:
  /// @throws as parse_jinja
  JinjaTemplate(std::string_view text, std::string where);

  /// The text that it makes.
  /// @param variables  an object
  /// @param today  what `strftime_now` says
  /// @throws DataError where the template raises an exception, or does what means nothing; UnsupportedError for what is
  /// not implemented, by name.
  [[nodiscard]] std::string render(const nlohmann::ordered_json& variables, std::chrono::year_month_day today) const;

 private:
  std::string where_;
  JinjaStatement::Block statements_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tokenizers/jinja_template.ipp>
#endif
