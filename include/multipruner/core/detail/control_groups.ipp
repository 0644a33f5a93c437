// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <multipruner/core/detail/control_groups.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A mounted hierarchy of control groups that bounds memory. Sources: cgroups(7), proc_pid_mountinfo(5).
struct ControlGroupMount {
  bool unified = false;         ///< version 2
  std::string root;             ///< the group that the mount point shows
  std::filesystem::path point;  ///< where it is mounted
};

/// How a version of control groups names what it tells of memory.
struct ControlGroupFiles {
  std::vector<std::string_view> limits;       ///< files
  std::string_view usage;                     ///< a file
  std::vector<std::string_view> reclaimable;  ///< keys of memory.stat: bytes that the kernel gives away before it kills
  std::string_view inherited_limit;           ///< a key of memory.stat, or nothing
};

/// A word of mountinfo, where a blank is written "\040".
[[nodiscard]] inline std::string unescaped(std::string_view word) {
  std::string text;
  for (std::size_t i = 0; i < word.size(); ++i) {
    unsigned code = 0;
    const char* const digits = word.data() + i + 1;
    if (word[i] == '\\' && i + 3 < word.size() && std::from_chars(digits, digits + 3, code, 8).ptr == digits + 3) {
      text += static_cast<char>(code);
      i += 3;
    } else {
      text += word[i];
    }
  }
  return text;
}

/// The mount that a line of /proc/self/mountinfo tells of, if it is one of control groups that bound memory:
/// "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw".
[[nodiscard]] inline std::optional<ControlGroupMount> memory_control_mount(const std::string& line) {
  std::istringstream words(line);
  std::string skipped, root, point, type, source, options;
  words >> skipped >> skipped >> skipped >> root >> point;
  while (words >> skipped && skipped != "-") continue;
  if (!(words >> type >> source >> options)) return std::nullopt;
  const bool unified = type == "cgroup2", memory = ("," + options + ",").find(",memory,") != std::string::npos;
  if (!unified && !(type == "cgroup" && memory)) return std::nullopt;
  return ControlGroupMount{unified, unescaped(root), unescaped(point)};
}

/// The group that a line of /proc/self/cgroup names, if it is of that hierarchy: "0::/a/b" or "4:cpu,memory:/a/b".
[[nodiscard]] inline std::optional<std::string> control_group(const std::string& line, bool unified) {
  const std::size_t first = line.find(':'), second = first == std::string::npos ? first : line.find(':', first + 1);
  if (second == std::string::npos) return std::nullopt;
  const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
  const bool right = unified ? controllers == ",," : controllers.find(",memory,") != std::string::npos;
  return right ? std::optional(line.substr(second + 1)) : std::nullopt;
}

/// The number that a file begins with; nothing where it is not there, or says "max".
[[nodiscard]] inline std::optional<Index> number_in(const std::filesystem::path& path) {
  std::ifstream file(path);
  Index number = 0;
  return file >> number ? std::optional(number) : std::nullopt;
}

/// Bytes that the group of one folder may still take: the tightest of its limits, less what is in use and cannot be
/// taken back. Nothing where it has no limit.
[[nodiscard]] inline std::optional<Index> left_in_group(const std::filesystem::path& folder,
                                                        const ControlGroupFiles& names) {
  std::optional<Index> limit;
  const auto tighten = [&](std::optional<Index> other) {
    if (other) limit = std::min(limit.value_or(*other), *other);
  };
  for (const std::string_view name : names.limits) tighten(number_in(folder / name));
  Index reclaimable = 0;
  std::ifstream statistics(folder / "memory.stat");
  std::string key;
  for (Index value = 0; statistics >> key >> value;) {
    if (key == names.inherited_limit) tighten(value);
    if (std::ranges::find(names.reclaimable, key) != names.reclaimable.end()) reclaimable += value;
  }
  if (!limit) return std::nullopt;
  const Index used = std::max<Index>(0, number_in(folder / names.usage).value_or(0) - reclaimable);
  return std::max<Index>(0, *limit - used);
}

/// The folders of a group and of all of its ancestors that can be seen from here.
[[nodiscard]] inline std::vector<std::filesystem::path> group_folders(const ControlGroupMount& mount,
                                                                      const std::string& group,
                                                                      const std::filesystem::path& root) {
  const std::filesystem::path top = root / mount.point.relative_path();
  std::filesystem::path below = std::filesystem::path(group).lexically_relative(mount.root);
  // A group outside of what is mounted: the mount point itself is all that can be seen.
  if (below.empty() || *below.begin() == "..") below = ".";
  std::vector<std::filesystem::path> folders{top};
  for (const std::filesystem::path& part : below) {
    if (part != ".") folders.push_back(folders.back() / part);
  }
  return folders;
}

MULTIPRUNER_INLINE std::optional<Index> left_in_control_groups(const std::filesystem::path& root) {
  static const ControlGroupFiles version1{.limits = {"memory.limit_in_bytes"},
                                          .usage = "memory.usage_in_bytes",
                                          .reclaimable = {"total_active_file", "total_inactive_file"},
                                          .inherited_limit = "hierarchical_memory_limit"};
  static const ControlGroupFiles version2{.limits = {"memory.max", "memory.high"},
                                          .usage = "memory.current",
                                          .reclaimable = {"active_file", "inactive_file", "slab_reclaimable"},
                                          .inherited_limit = ""};
  std::optional<Index> left;
  std::ifstream mounts(root / "proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    const std::optional<ControlGroupMount> mount = memory_control_mount(line);
    if (!mount) continue;
    std::ifstream groups(root / "proc/self/cgroup");
    for (std::string entry; std::getline(groups, entry);) {
      const std::optional<std::string> group = control_group(entry, mount->unified);
      if (!group) continue;
      for (const std::filesystem::path& folder : group_folders(*mount, *group, root)) {
        const std::optional<Index> here = left_in_group(folder, mount->unified ? version2 : version1);
        if (here) left = std::min(left.value_or(*here), *here);
      }
    }
  }
  return left;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
