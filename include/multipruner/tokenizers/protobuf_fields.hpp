// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A field of a protobuf message, told by its number and by how it is written.
struct ProtobufField {
  enum class Kind : std::uint8_t { number, bytes, fixed_size };

  std::uint64_t number = 0;
  Kind kind = Kind::number;
  std::uint64_t value = 0;  ///< of a number
  std::string_view bytes;   ///< a string, a message inside the message, or the bytes of a fixed size

  [[nodiscard]] bool is_number(std::uint64_t wanted) const { return number == wanted && kind == Kind::number; }
  [[nodiscard]] bool is_bytes(std::uint64_t wanted) const { return number == wanted && kind == Kind::bytes; }
};

/// Goes through the fields of a protobuf message (protobuf.dev, "Encoding"). Groups, which nobody has written for long,
/// count as damage.
class ProtobufFields {
 public:
  explicit ProtobufFields(std::string_view message) : rest_(message) {}

  /// Nothing at the end, and where the message is damaged.
  [[nodiscard]] std::optional<ProtobufField> next();

  [[nodiscard]] bool damaged() const { return damaged_; }

 private:
  using Kind = ProtobufField::Kind;

  std::optional<ProtobufField> read();

  std::optional<std::uint64_t> varint();

  std::optional<ProtobufField> with_bytes(std::uint64_t number, Kind kind, std::optional<std::uint64_t> size);

  std::string_view rest_;
  bool damaged_ = false;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tokenizers/protobuf_fields.ipp>
#endif
