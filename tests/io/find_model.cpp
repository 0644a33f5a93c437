// SPDX-License-Identifier: MIT
#include <cstdlib>
#include <optional>
#include <string>

#include <catch2/catch.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/io/find_model.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// Sets a variable of the environment for as long as it lives.
class Variable {
 public:
  Variable(const char* name, const std::optional<std::string>& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    set(value);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { set(before_); }

 private:
  void set(const std::optional<std::string>& value) const {
    if (value) {
      ::setenv(name_, value->c_str(), 1);
    } else {
      ::unsetenv(name_);
    }
  }

  const char* name_;
  std::optional<std::string> before_{};
};

}  // namespace

TEST_CASE("A model is found by its name in the cache of the Hub, at the commit of its main branch") {
  const TemporaryDirectory directory;
  const Variable cache("HF_HUB_CACHE", directory.path().string());
  const auto repository = directory / "models--some-org--a-model";
  for (const char* commit : {"1111", "2222", "3333"}) {
    std::filesystem::create_directories(repository / "snapshots" / commit);
  }
  CHECK(find_model("some-org/a-model") == repository / "snapshots/3333");
  std::filesystem::create_directories(repository / "refs");
  write_file(repository / "refs/main", "2222");
  CHECK(find_model("some-org/a-model") == repository / "snapshots/2222");
  CHECK(find_model(repository) == repository / "snapshots/2222");
  CHECK(find_model("some-org/another") == "some-org/another");
  CHECK(find_model(directory.path()) == directory.path());
  CHECK(find_model("some-org/a-model/x") == "some-org/a-model/x");
}

TEST_CASE("The cache of the Hub is where the environment says, or in the home folder") {
  const Variable cache("HF_HUB_CACHE", std::nullopt), caches("XDG_CACHE_HOME", std::nullopt), user("HOME", "/home/a");
  {
    const Variable home("HF_HOME", "/models");
    CHECK(hub_cache() == "/models/hub");
  }
  const Variable home("HF_HOME", std::nullopt);
  CHECK(hub_cache() == "/home/a/.cache/huggingface/hub");
  const Variable elsewhere("XDG_CACHE_HOME", "/var/cache/a");
  CHECK(hub_cache() == "/var/cache/a/huggingface/hub");
}
