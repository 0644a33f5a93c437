// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// An expression of a Jinja template.
struct JinjaExpression {
  enum class Kind : std::uint8_t {
    nothing,      ///< what is left out: an end of a slice, the other side of a conditional
    constant,     ///< `text` is true, false or none
    string,       ///< `text`
    integer,      ///< digits
    name,         ///< of a variable
    list,         ///< of `parts`
    dictionary,   ///< `parts`: keys and values in turn
    attribute,    ///< `text` of parts[0]
    item,         ///< parts[1] of parts[0]
    slice,        ///< parts[1]:parts[2]:parts[3] of parts[0]
    call,         ///< of parts[0], with the others
    filter,       ///< `text`, on parts[0], with the others
    test,         ///< `text`, on parts[0], with the others
    negation,     ///< not, or the sign in `text`
    operation,    ///< `text`, of two
    conditional,  ///< parts[1] if parts[0], else parts[2]
  };

  Kind kind = Kind::nothing;
  std::string text{};
  std::vector<JinjaExpression> parts{};
  std::vector<std::string> names{};  ///< of those of `parts` that are arguments with a name; empty for the others
  int depth = 1;
};

/// A statement of a Jinja template.
struct JinjaStatement {
  enum class Kind : std::uint8_t {
    text,        ///< that stands in the template
    output,      ///< of expressions[0]
    condition,   ///< blocks[i] where expressions[i]; perhaps one more block for else
    loop,        ///< `names` over expressions[0], where expressions[1] if there is one; perhaps a second block for else
    assignment,  ///< of expressions[0] to names[0], or to its member names[1]
    capture,     ///< of the text of a block, likewise
    group,       ///< a block that is only marked
    macro,       ///< names[0], a block with parameters: the other names, by default expressions
    leave,       ///< break
    next,        ///< continue
  };
  using Block = std::vector<JinjaStatement>;

  Kind kind = Kind::text;
  std::string text{};
  std::vector<std::string> names{};
  std::vector<JinjaExpression> expressions{};
  std::vector<Block> blocks{};
};

/// Says that something in a template is not implemented, by name. @throws UnsupportedError
[[noreturn]] void refuse_jinja(const std::string& where, const std::string& what);

/// Takes a template apart: the part of Jinja that chat templates use, as transformers sets it up (trim_blocks and
/// lstrip_blocks, loop controls, the tag `generation`).
/// @param where names the template in errors.
/// @throws DataError where it is no template, UnsupportedError for what is not implemented, by name.
[[nodiscard]] JinjaStatement::Block parse_jinja(std::string_view text, const std::string& where);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tokenizers/jinja_syntax.ipp>
#endif
