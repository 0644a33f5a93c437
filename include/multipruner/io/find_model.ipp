// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <multipruner/core/posix.hpp>
#include <multipruner/io/detail/names_in.hpp>
#include <multipruner/io/find_model.hpp>
#include <multipruner/io/mapped_file.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A variable of the environment; empty where it is not set.
[[nodiscard]] inline std::filesystem::path path_in_environment(const char* variable) {
  const char* const value = std::getenv(variable);
  return value == nullptr ? "" : value;
}

MULTIPRUNER_INLINE std::optional<std::filesystem::path> snapshot_in_cache(const std::filesystem::path& repository) {
  const std::filesystem::path snapshots = repository / "snapshots";
  const std::vector<std::string> names = names_in(snapshots);
  if (names.empty()) return std::nullopt;
  if (is_there(repository / "refs/main")) {
    const MappedFile main(repository / "refs/main");
    const std::string_view revision = main.text().substr(0, main.text().find('\n'));
    if (std::ranges::find(names, revision) != names.end()) return snapshots / revision;
  }
  return snapshots / names.back();
}

MULTIPRUNER_INLINE bool may_be_name_on_hub(const std::filesystem::path& path) {
  const std::string name = path.string();
  return std::ranges::count(name, '/') == 1 && name.front() != '/' && name.front() != '.' && name.back() != '/' &&
         !is_there(path.parent_path());
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

MULTIPRUNER_INLINE std::filesystem::path hub_cache() {
  using detail::path_in_environment;
  if (const auto cache = path_in_environment("HF_HUB_CACHE"); !cache.empty()) return cache;
  if (const auto home = path_in_environment("HF_HOME"); !home.empty()) return home / "hub";
  if (const auto caches = path_in_environment("XDG_CACHE_HOME"); !caches.empty()) return caches / "huggingface/hub";
  const std::filesystem::path home = path_in_environment("HOME");
  return home.empty() ? home : home / ".cache/huggingface/hub";
}

MULTIPRUNER_INLINE std::filesystem::path find_model(const std::filesystem::path& name) {
  std::filesystem::path repository = name;
  if (!detail::is_there(name) && detail::may_be_name_on_hub(name)) {
    const std::string text = name.string();
    const std::size_t slash = text.find('/');
    const std::filesystem::path cache = hub_cache();
    if (cache.empty()) return name;
    repository = cache / ("models--" + text.substr(0, slash) + "--" + text.substr(slash + 1));
  }
  return detail::snapshot_in_cache(repository).value_or(name);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
