// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Refuses the binary tables in which data sets are often stored, with the line of Python that converts them.
/// @param where  the name of the file
/// @throws FileError for Parquet and for Arrow, by the first bytes.
void refuse_table_file(std::string_view content, const std::string& where);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/table_file.ipp>
#endif
