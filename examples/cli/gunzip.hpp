// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include <multipruner/core/types.hpp>

namespace multipruner::cli {

/// Whether a file is compressed by gzip, by its first bytes.
[[nodiscard]] bool is_gzip(std::string_view content);

/// What becomes of a compressed file at most.
struct GunzipLimits {
  Index bytes = Index{4} << 30U;
  Index ratio = 200;                     ///< text shrinks to a tenth or so; files made to fill memory, to a thousandth
  Index small_bytes = Index{16} << 20U;  ///< up to which the ratio does not matter
};

/// The content of a file that gzip has compressed, of all of its members if there are several (RFC 1952).
/// @param where  names the file in errors
/// @throws FileError where it is damaged or cut short, where something else follows, or where it holds more than the
/// limits allow.
[[nodiscard]] std::string gunzip(std::string_view compressed, const std::string& where,
                                 const GunzipLimits& limits = {});

}  // namespace multipruner::cli
