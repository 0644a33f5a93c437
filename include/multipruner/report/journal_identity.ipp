// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>

#include <multipruner/report/journal_identity.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline report {

MULTIPRUNER_INLINE std::string text_of(const JournalIdentity& identity) {
  std::string text;
  const auto add = [&text](std::string_view part, char end) {
    for (const char c : part) {
      if (c == '=' || c == ';' || c == '%') text += '%';
      text += c == '\n' ? ' ' : c;
    }
    text += end;
  };
  for (const auto& [name, value] : identity) {
    add(name, '=');
    add(value, ';');
  }
  return text;
}

MULTIPRUNER_INLINE JournalIdentity identity_of_text(std::string_view text) {
  JournalIdentity identity;
  std::string part, name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 1 < text.size()) {
      part += text[++i];
    } else if (text[i] == '=') {
      name = std::exchange(part, {});
    } else if (text[i] == ';') {
      identity.emplace_back(std::exchange(name, {}), std::exchange(part, {}));
    } else {
      part += text[i];
    }
  }
  return identity;
}

MULTIPRUNER_INLINE std::string differences(const JournalIdentity& there, const JournalIdentity& here) {
  const auto value_in = [](const JournalIdentity& identity, const std::string& name) -> const std::string* {
    const auto found = std::ranges::find(identity, name, [](const auto& entry) { return entry.first; });
    return found == identity.end() ? nullptr : &found->second;
  };
  std::string text;
  const auto add = [&](const std::string& name, const std::string* old, const std::string* now) {
    if (old != nullptr && now != nullptr && *old == *now) return;
    text += text.empty() ? ": other " : ", ";
    text.append(name).append(" (there ").append(old != nullptr ? *old : "none");
    text.append(", here ").append(now != nullptr ? *now : "none").append(")");
  };
  for (const auto& [name, value] : here) add(name, value_in(there, name), &value);
  for (const auto& [name, value] : there) {
    if (value_in(here, name) == nullptr) add(name, &value, nullptr);
  }
  return text;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline report
