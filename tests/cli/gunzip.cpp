// SPDX-License-Identifier: MIT
#include <string>

#include <catch2/catch.hpp>
#include <cli/gunzip.hpp>
#include <support/expect_error.hpp>

#include "packed.hpp"

using namespace multipruner;
using cli::gunzip;
using test::expect_error;
using test::packed;

namespace {

std::string long_text() {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "line " + std::to_string(i * 7919) + "\n";
  return text;
}

}  // namespace

TEST_CASE("what gzip has compressed comes back, of all members") {
  const std::string text = long_text();
  CHECK((gunzip(packed(text), "a.gz") == text));
  CHECK((gunzip(packed(text) + packed("and more") + packed(""), "a.gz") == text + "and more"));
  CHECK(gunzip(packed("padded") + std::string(512, '\0'), "a.gz") == "padded");
  CHECK(gunzip(packed(""), "a.gz").empty());
  CHECK(cli::is_gzip(packed("a")));
  CHECK_FALSE(cli::is_gzip("text"));
  CHECK_FALSE(cli::is_gzip(""));
}

TEST_CASE("a compressed file that is cut short is named, wherever that is") {
  const std::string whole = packed(long_text());
  for (const std::size_t size :
       {std::size_t{2}, std::size_t{9}, std::size_t{500}, whole.size() / 2, whole.size() - 1}) {
    CAPTURE(size);
    expect_error<FileError>([&] { (void)gunzip(whole.substr(0, size), "a.gz"); }, {"a.gz", "cut short"});
  }
  expect_error<FileError>([&] { (void)gunzip(whole + whole.substr(0, 100), "a.gz"); }, {"a.gz", "cut short"});
}

TEST_CASE("a compressed file that is damaged is named") {
  std::string damaged = packed(long_text());
  damaged[damaged.size() / 2] ^= 0x55;
  expect_error<FileError>([&] { (void)gunzip(damaged, "a.gz"); }, {"a.gz", "damaged at byte"});
  std::string wrong_sum = packed("some text");
  wrong_sum[wrong_sum.size() - 6] ^= 1;
  expect_error<FileError>([&] { (void)gunzip(wrong_sum, "a.gz"); }, {"a.gz", "damaged"});
  expect_error<FileError>([&] { (void)gunzip("\x1f\x8b\x07 no method", "a.gz"); }, {"a.gz", "damaged"});
  expect_error<FileError>([&] { (void)gunzip(packed("text") + "text", "a.gz"); }, {"a.gz", "something else follows"});
}

TEST_CASE("a compressed file that would fill the memory is refused") {
  const std::string bomb = packed(std::string(std::size_t{40} << 20U, 'a'));
  CHECK(bomb.size() < 100'000);
  expect_error<FileError>([&] { (void)gunzip(bomb, "a.gz"); }, {"a.gz", "more than 200 times as large"});
  CHECK(gunzip(packed(std::string(1'000'000, 'a')), "a.gz").size() == 1'000'000);  // small enough to do no harm
  expect_error<FileError>([&] { (void)gunzip(packed(long_text()), "a.gz", {.bytes = 1000}); },
                          {"a.gz", "MiB when unpacked"});
}
