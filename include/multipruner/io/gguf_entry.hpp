// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/io/gguf_key.hpp>
#include <multipruner/io/gguf_value_type.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// A key of a GGUF file and its value, where it lies in the mapped file. Valid as long as the `GgufFile` or its
/// storage.
///
/// Writers differ in the types that they choose for numbers: whole numbers are read from integers of any width, other
/// numbers from all types of numbers. What is something else is a DataError that names file and key.
class GgufEntry {
 public:
  /// @param file  the file's name, for errors @param type  of the value, or of the elements of an array
  /// @param count  elements of an array; 1 of other values @param data  the value, or the elements
  GgufEntry(std::string_view file, std::string_view name, GgufValueType type, bool is_array, Index count,
            std::span<const std::byte> data)
      : file_(file), name_(name), type_(type), is_array_(is_array), count_(count), data_(data) {}

  [[nodiscard]] std::string_view name() const { return name_; }

  /// Of the value, or of the elements of an array.
  [[nodiscard]] GgufValueType type() const { return type_; }
  [[nodiscard]] bool is_array() const { return is_array_; }

  /// Elements of an array; 1 of other values.
  [[nodiscard]] Index count() const { return count_; }

  /// "a string", "an array of i32"
  [[nodiscard]] std::string description() const;

  // A single value. @throws DataError where it is another, or a number that the C++ type cannot hold.

  [[nodiscard]] Index integer() const;
  [[nodiscard]] double number() const;
  [[nodiscard]] bool boolean() const;
  /// Any bytes: the format promises UTF-8, but files do not keep to it.
  [[nodiscard]] std::string_view string() const;

  // All elements of an array. @throws DataError where it is no array of such.

  [[nodiscard]] std::vector<Index> integers() const;
  [[nodiscard]] std::vector<double> numbers() const;
  [[nodiscard]] std::vector<bool> booleans() const;
  /// Views of the mapped file.
  [[nodiscard]] std::vector<std::string_view> strings() const;

  /// A copy with the same types, for another file. @throws DataError where it is an array of arrays
  [[nodiscard]] GgufKey copy() const;

 private:
  [[noreturn]] void fail(const std::string& problem) const;
  void require(bool is_right_type, bool array, const char* wanted) const;

  template <class T>
  [[nodiscard]] T load(Index i) const;
  template <class T>
  [[nodiscard]] GgufKey::Value copy_numbers() const;

  [[nodiscard]] Index integer_at(Index i) const;
  [[nodiscard]] double number_at(Index i) const;
  [[nodiscard]] bool boolean_at(Index i) const;

  std::string_view file_, name_;
  GgufValueType type_;
  bool is_array_;
  Index count_;
  std::span<const std::byte> data_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/gguf_entry.ipp>
#endif
