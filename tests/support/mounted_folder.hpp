// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

#include <catch2/catch.hpp>
#include <sys/mount.h>

namespace multipruner::test {

/// A folder that is a mount point, as a volume of a container is, until the end of its scope.
class MountedFolder {
 public:
  enum class Kind {
    file_system,  ///< one of its own, in memory
    bind          ///< a part of the one around it, which looks like any other folder of it
  };

  MountedFolder(std::filesystem::path path, Kind kind) : path_(std::move(path)) {
    std::filesystem::create_directories(path_);
    const char* const source = kind == Kind::bind ? path_.c_str() : "none";
    const char* const type = kind == Kind::bind ? nullptr : "tmpfs";
    mounted_ = ::mount(source, path_.c_str(), type, kind == Kind::bind ? MS_BIND : 0, nullptr) == 0;
  }
  /// An overlay, as the file system of a container is. It does not rename folders of the lower layer.
  MountedFolder(std::filesystem::path path, const std::filesystem::path& lower, const std::filesystem::path& upper,
                const std::filesystem::path& work)
      : path_(std::move(path)) {
    const std::string options =
        "redirect_dir=off,lowerdir=" + lower.string() + ",upperdir=" + upper.string() + ",workdir=" + work.string();
    mounted_ = ::mount("overlay", path_.c_str(), "overlay", 0, options.c_str()) == 0;
  }

  MountedFolder(const MountedFolder&) = delete;
  MountedFolder& operator=(const MountedFolder&) = delete;
  ~MountedFolder() {
    if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  }

  /// Whether this process may mount.
  [[nodiscard]] explicit operator bool() const { return mounted_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(const std::filesystem::path& relative) const {
    return path_ / relative;
  }

 private:
  std::filesystem::path path_;
  bool mounted_ = false;
};

/// Passes, and says so, where the test may not mount.
#define SKIP_UNLESS_MOUNTED(folder)                              \
  if (!(folder)) {                                               \
    WARN("skipped: this process may not mount, it is not root"); \
    return;                                                      \
  }

}  // namespace multipruner::test
