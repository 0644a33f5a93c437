// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdint>

#include <multipruner/core/fingerprint.hpp>
#include <multipruner/report/cost_journal.hpp>
#include <multipruner/report/detail/log_names.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline report {

MULTIPRUNER_INLINE CostJournal::CostJournal(const std::filesystem::path& path, const JournalIdentity& identity,
                                            bool restart)
    : lines_(path, identity, restart, [this](std::string_view line) { return accept(line); }),
      found_(static_cast<Index>(costs_.size())) {}

MULTIPRUNER_INLINE bool CostJournal::find(const CostKey& key, std::span<double> costs) const {
  const auto known = costs_.find(name_of(key));
  if (known == costs_.end() || known->second.size() != costs.size()) return false;
  std::ranges::copy(known->second, costs.begin());
  return true;
}

MULTIPRUNER_INLINE void CostJournal::add(const CostKey& key, std::span<const double> costs) {
  const std::string name = name_of(key);
  std::string line = name;
  for (const double cost : costs) {
    line += line.size() == name.size() ? ' ' : ',';
    line += hexadecimal(std::bit_cast<std::uint64_t>(cost));
  }
  lines_.append(line);
  costs_.insert_or_assign(name, std::vector<double>(costs.begin(), costs.end()));
}

MULTIPRUNER_INLINE bool CostJournal::accept(std::string_view line) {
  const std::size_t end_of_name = line.rfind(' ');
  if (end_of_name == std::string_view::npos) return false;
  std::vector<double> costs;
  for (std::string_view rest = line.substr(end_of_name); !rest.empty(); rest.remove_prefix(digits + 1)) {
    std::uint64_t bits = 0;
    const bool separated = rest.front() == (costs.empty() ? ' ' : ',');
    const char *const first = rest.data() + 1, *const last = first + digits;
    if (!separated || rest.size() <= digits || std::from_chars(first, last, bits, 16).ptr != last) return false;
    costs.push_back(std::bit_cast<double>(bits));
  }
  costs_.insert_or_assign(std::string(line.substr(0, end_of_name)), std::move(costs));
  return true;
}

MULTIPRUNER_INLINE std::string CostJournal::name_of(const CostKey& key) {
  std::string text = key.start == 0 ? "" : "start " + hexadecimal(key.start) + ' ';
  if (key.source != 0) text += "source " + hexadecimal(key.source) + ' ';
  text.append(key.samples).append(" ").append(std::to_string(key.first_window));
  for (Index position = 0; position < key.plan->num_blocks(); ++position) {
    text += (position == 0 ? ' ' : ',') + detail::width_text(key.plan->choice({position}), *key.plan, {position});
  }
  return text;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline report
