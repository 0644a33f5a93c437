// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <limits>

#include <multipruner/tokenizers/protobuf_fields.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE std::optional<ProtobufField> ProtobufFields::next() {
  if (rest_.empty() || damaged_) return std::nullopt;
  auto field = read();
  damaged_ = !field;
  return field;
}

MULTIPRUNER_INLINE std::optional<ProtobufField> ProtobufFields::read() {
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

MULTIPRUNER_INLINE std::optional<std::uint64_t> ProtobufFields::varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

MULTIPRUNER_INLINE std::optional<ProtobufField> ProtobufFields::with_bytes(std::uint64_t number, Kind kind,
                                                                           std::optional<std::uint64_t> size) {
  if (!size || *size > rest_.size()) return std::nullopt;
  const std::string_view bytes = rest_.substr(0, static_cast<std::size_t>(*size));
  rest_.remove_prefix(bytes.size());
  return ProtobufField{number, kind, 0, bytes};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
