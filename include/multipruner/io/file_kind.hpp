// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// What a file really is that was given for another.
struct FileKind {
  std::string_view what;    ///< "a Git LFS pointer, ..."
  std::string_view remedy;  ///< the next step, in the words of an Error
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

namespace multipruner::inline MULTIPRUNER_ABI::detail {

using namespace std::string_view_literals;

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// Which of the kinds of files that people give for others this is, by its first bytes: pointers of Git LFS, web pages,
/// archives, GGUF, documents, text in UTF-16. Nothing for all else.
[[nodiscard]] std::optional<FileKind> recognise_file(std::string_view content);

/// The same for a file that should hold text: weights are no text either, nor is anything else with NUL bytes that is
/// not UTF-8.
/// @param is_utf8  whether all of the content is
[[nodiscard]] std::optional<FileKind> recognise_non_text(std::string_view content, bool is_utf8);

/// @param where  the file, for errors. @throws FileError for what `recognise_file` knows
void refuse_other_kinds(std::string_view content, const std::string& where);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/file_kind.ipp>
#endif
