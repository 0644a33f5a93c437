// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <string>
#include <system_error>

#include <multipruner/report/token_journal.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The next number of a line, with the space behind it taken away; nothing where there is none.
template <class Number>
[[nodiscard]] std::optional<Number> next_number(std::string_view& line) {
  Number number{};
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (error != std::errc{} || number < 0) return std::nullopt;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  if (line.empty()) return number;
  if (line.front() != ' ') return std::nullopt;
  line.remove_prefix(1);
  return number;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline report {

MULTIPRUNER_INLINE TokenJournal::TokenJournal(const std::filesystem::path& path, const JournalIdentity& identity,
                                              bool restart)
    : lines_(path, identity, restart, [this](std::string_view line) { return accept(line); }) {
  for (const auto& [window, tokens] : windows_) found_ += static_cast<Index>(tokens.size());
}

MULTIPRUNER_INLINE std::vector<TokenId> TokenJournal::find(Index window) const {
  const auto found = windows_.find(window);
  return found == windows_.end() ? std::vector<TokenId>{} : found->second;
}

MULTIPRUNER_INLINE void TokenJournal::add(Index window, Index first, std::span<const TokenId> tokens) {
  std::string line = std::to_string(window) + " " + std::to_string(first);
  for (const TokenId token : tokens) line += " " + std::to_string(token);
  lines_.append(line);
  accept(line);
}

MULTIPRUNER_INLINE bool TokenJournal::accept(std::string_view line) {
  const auto window = detail::next_number<Index>(line), first = detail::next_number<Index>(line);
  if (!window || !first) return false;
  std::vector<TokenId> tokens;
  while (!line.empty()) {
    const auto token = detail::next_number<TokenId>(line);
    if (!token) return false;
    tokens.push_back(*token);
  }
  std::vector<TokenId>& known = windows_[*window];
  // Where a damaged line was before it, what follows has no place.
  if (static_cast<std::size_t>(*first) != known.size()) return true;
  known.insert(known.end(), tokens.begin(), tokens.end());
  return true;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline report
