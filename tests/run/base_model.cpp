// SPDX-License-Identifier: MIT
#include <string>

#include <catch2/catch.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/run/base_model.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

using License = std::vector<std::pair<std::string, std::string>>;

License license_of_card(const std::string& card) {
  const TemporaryDirectory directory;
  write_file(directory / "README.md", card);
  return base_model_of(directory.path()).license;
}

}  // namespace

TEST_CASE("A model in a cache of the Hub has its name there, never that of a commit") {
  const TemporaryDirectory directory;
  const auto folder =
      directory / "hub/models--HuggingFaceTB--SmolLM2-135M/snapshots/93efa2f097d58c2a74874c7e644dbc9b0cee75a2";
  std::filesystem::create_directories(folder);
  const BaseModel base = base_model_of(folder);
  CHECK(base.name == "HuggingFaceTB/SmolLM2-135M");
  CHECK(base.is_hub);
  CHECK(base_model_of(folder / "").name == base.name);
  std::filesystem::create_directory_symlink(folder, directory / "link");
  CHECK(base_model_of(directory / "link").name == base.name);
}

TEST_CASE("Another model has the name of its folder, whatever path leads there") {
  const TemporaryDirectory directory;
  for (const std::string name : {"Llama 3", "modèle \"x\"", "models--a--b"}) {
    std::filesystem::create_directories(directory / name);
    for (const std::filesystem::path& path : {directory / name, directory / name / "", directory / name / "."}) {
      const BaseModel base = base_model_of(path);
      CHECK(base.name == name);
      CHECK_FALSE(base.is_hub);
    }
  }
}

TEST_CASE("The licence is that of the model's own card") {
  CHECK(license_of_card("---\nlanguage: en\nlicense: apache-2.0\ntags:\n- a\n---\nlicense: none\n") ==
        License{{"license", "apache-2.0"}});
  CHECK(license_of_card(
            "---\r\nlicense: \"other\"\r\nlicense_name: 'qwen research'\r\nlicense_link: LICENSE\r\n---\r\n") ==
        License{{"license", "other"}, {"license_name", "qwen research"}, {"license_link", "LICENSE"}});
  CHECK(license_of_card("---\nlicense: mit  # see below\nlicense_name: \"a # b\" # c\n---\n") ==
        License{{"license", "mit"}, {"license_name", "a # b"}});
  CHECK(license_of_card("license: mit\n").empty());
  CHECK(license_of_card("---\nextra:\n  license: mit\nlicense:\n---\n").empty());
  CHECK(license_of_card("---\nlicense: \xff\n---\n").empty());
  CHECK(license_of_card("").empty());
}
