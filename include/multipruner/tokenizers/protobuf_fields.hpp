#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace multipruner::detail {

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
  [[nodiscard]] std::optional<ProtobufField> next() {
    if (rest_.empty() || damaged_) return std::nullopt;
    auto field = read();
    damaged_ = !field;
    return field;
  }

  [[nodiscard]] bool damaged() const { return damaged_; }

 private:
  using Kind = ProtobufField::Kind;

  std::optional<ProtobufField> read() {
    const auto tag = varint();
    if (!tag || *tag > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    const std::uint64_t number = *tag >> 3U;
    switch (*tag & 7U) {
      case 0:
        if (const auto value = varint()) return ProtobufField{number, Kind::number, *value, {}};
        return std::nullopt;
      case 1:
        return with_bytes(number, Kind::fixed_size, 8);
      case 2:
        return with_bytes(number, Kind::bytes, varint());
      case 5:
        return with_bytes(number, Kind::fixed_size, 4);
      default:
        return std::nullopt;
    }
  }

  std::optional<std::uint64_t> varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  }

  std::optional<ProtobufField> with_bytes(std::uint64_t number, Kind kind, std::optional<std::uint64_t> size) {
    if (!size || *size > rest_.size()) return std::nullopt;
    const std::string_view bytes = rest_.substr(0, static_cast<std::size_t>(*size));
    rest_.remove_prefix(bytes.size());
    return ProtobufField{number, kind, 0, bytes};
  }

  std::string_view rest_;
  bool damaged_ = false;
};

}  // namespace multipruner::detail
