// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Whether a member is there and not null, which is how data sets write what is absent.
[[nodiscard]] bool has_value(const nlohmann::json& object, const char* key);

/// A conversation as text: a line "role: content" for each message.
/// @param messages  objects with `role` and `content`, or, as ShareGPT has them, `from` and `value`
/// @throws DataError where one is anything else, or there is none.
[[nodiscard]] std::string chat_text(const nlohmann::json& messages, const std::string& where);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/chat_rows.ipp>
#endif
