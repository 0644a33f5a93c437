// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// What a run may choose from by name: orders, policies, compensators. A registry is a value: take the one that ships,
/// add to your copy, and give that to a run.
///
/// @tparam Entry has a member `name`
template <class Entry>
class Registry {
 public:
  /// @param what  the entries are choices of, as errors say it: "--reorder"
  Registry(std::string what, std::vector<Entry> entries) : what_(std::move(what)) {
    for (Entry& entry : entries) add(std::move(entry));
  }

  /// @throws OptionError for a name that is empty, or taken.
  void add(Entry entry) {
    if (!entry.name.empty() && find(entry.name) == nullptr) return entries_.push_back(std::move(entry));
    throw OptionError(what_,
                      entry.name.empty() ? std::string("has no name") : "there is a \"" + entry.name + "\" already",
                      "Give it a name of its own");
  }

  /// Null if there is none of that name. Valid until something is added.
  [[nodiscard]] const Entry* find(std::string_view name) const {
    const auto found = std::ranges::find(entries_, name, &Entry::name);
    return found == entries_.end() ? nullptr : &*found;
  }

  /// @throws OptionError for a name of none, with all that there are.
  [[nodiscard]] const Entry& at(std::string_view name) const {
    if (const Entry* entry = find(name)) return *entry;
    throw OptionError(what_, "\"" + std::string(name) + "\" is not known", "Use one of " + names());
  }

  /// In their order, for people: "l1, l2, none".
  [[nodiscard]] std::string names() const {
    std::string names;
    for (const Entry& entry : entries_) names += (names.empty() ? "" : ", ") + entry.name;
    return names;
  }

  [[nodiscard]] const std::vector<Entry>& entries() const& { return entries_; }
  const std::vector<Entry>& entries() const&& = delete;  // would not outlive the registry

 private:
  std::string what_;
  std::vector<Entry> entries_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Refuses an entry of a registry that lacks what it is there for. @throws OptionError
template <class Function>
void require_function(const Function& function, const char* option, const std::string& name) {
  if (!function) throw OptionError(option, "the entry " + name + " has no function", "Give it one");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
