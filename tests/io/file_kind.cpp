// SPDX-License-Identifier: MIT
#include <string>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/safetensors_bytes.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/io/file_kind.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/io/safetensors.hpp>
#include <multipruner/io/text_dataset.hpp>

using namespace multipruner;
using namespace std::string_literals;
using test::expect_error;

namespace {

const std::string lfs_pointer =
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";
const std::string page = "\n<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>\n";

/// What a file of these bytes is, given as weights, as JSON and as text.
void check_everywhere(const std::string& bytes, const std::vector<std::string>& parts) {
  const test::TemporaryDirectory directory;
  test::write_file(directory / "file", bytes);
  expect_error<FileError>([&] { SafetensorsFile{directory / "file"}; }, parts);
  expect_error<FileError>([&] { (void)read_json_file(directory / "file"); }, parts);
  expect_error<FileError>([&] { (void)read_text_dataset(directory / "file"); }, parts);
}

}  // namespace

TEST_CASE("a Git LFS pointer is named wherever a file is read") {
  check_everywhere(lfs_pointer, {"file: is a Git LFS pointer", "`git lfs pull`"});
}

TEST_CASE("a web page is named wherever a file is read") {
  check_everywhere(page, {"file: is a web page (HTML)", "/resolve/"});
  check_everywhere("<HTML>\n<body>404</body></HTML>", {"file: is a web page (HTML)", "/resolve/"});
}

TEST_CASE("archives, models and documents are named") {
  const std::string tar = std::string(257, 'a') + "ustar\0"s + "00";
  const std::vector<std::pair<std::string, std::string>> kinds{
      {"GGUF\3\0\0\0\1\0\0\0\0\0\0\0"s, "a GGUF file"},
      {"BZh91AY&SY\x12\x34", "a bzip2 archive"},
      {"\xfd"
       "7zXZ\0\0\4\xe6\xd6\xb4\x46"s,
       "an xz archive"},
      {"\x28\xb5\x2f\xfd\x04\x58\x11\x22\x33", "a Zstandard archive"},
      {"PK\3\4\x14\0\0\0\x08\0\x11\x22\x33\x44"s, "a zip archive"},
      {"PK\3\4\0\0\x08\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x15\0\x11\0pytorch_model/data.pkl"s,
       "PyTorch's own format"},
      {"\x80\x02\x8a\x0al\xfc\x9c"
       "F\xf9 j\xa8P\x19.",
       "PyTorch's own format"},
      {tar, "a tar archive"},
      {"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "a PDF document"},
      {"\xff\xfeO\0n\0c\0e\0 \0"s, "text in UTF-16"},
      {"\xff\xfe\0\0O\0\0\0n\0\0\0"s, "text in UTF-32"},
  };
  for (const auto& [bytes, what] : kinds) {
    INFO(what);
    check_everywhere(bytes, {"file: is ", what});
  }
}

TEST_CASE("weights and other binary files are no text") {
  const auto refused = [](const std::string& bytes, const std::string& what) {
    expect_error<FileError>([&] { (void)parse_text_dataset(bytes, "text.txt"); }, {"text.txt: is " + what});
  };
  refused(test::safetensors_bytes(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "abcd"),
          "a safetensors file");
  refused(
      "\x7f"
      "ELF\2\1\1\0\0\0\xff\xfe"s,
      "a binary file");
}

TEST_CASE("text that only looks a little like another file is text") {
  for (const std::string& text :
       {"PK is the name of a dog."s, "version 1\n"s, "Once <html> was new."s, "tab\0zero"s, "GGU"s}) {
    CHECK(parse_text_dataset(text, "text.txt").text() == text);
  }
}

TEST_CASE("a broken file of no known kind is still told what is broken") {
  expect_error<FileError>([] { (void)parse_json("{\"a\": ", "config.json"); }, {"is not valid JSON"});
  expect_error<FileError>([] { (void)parse_text_dataset("good\nbad \xff\n", "text.txt"); }, {"line 2", "not UTF-8"});
}
