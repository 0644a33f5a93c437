// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>

#include <multipruner/core/error.hpp>
#include <multipruner/io/file_kind.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A kind of file that its first bytes tell.
struct FileSignature {
  std::size_t offset;
  std::string_view bytes;
  FileKind kind;
};

inline constexpr FileKind archive_of_pytorch{
    "a file in PyTorch's own format",
    "Convert the model with transformers: AutoModelForCausalLM.from_pretrained(folder, torch_dtype=\"auto\")"
    ".save_pretrained(new_folder, safe_serialization=True)"};

inline constexpr FileKind web_page{"a web page (HTML)",
                                   "Download the file itself: the Hugging Face Hub has it under an address with "
                                   "/resolve/ instead of /blob/; some need you to log in"};

inline constexpr std::string_view unpack = "Unpack it, and give the file inside";

inline constexpr std::string_view convert_to_text = "Convert it to text in UTF-8, or to JSON lines";

inline constexpr std::array file_signatures{
    FileSignature{0,
                  "version https://git-lfs.github.com/spec/"sv,
                  {"a Git LFS pointer, not the file that it stands for", "Run `git lfs pull` in its folder"}},
    FileSignature{0, "GGUF"sv, {"a GGUF file, a model of llama.cpp", "Give it where a model is asked for"}},
    FileSignature{0, "\x1f\x8b"sv, {"a gzip archive", "Unpack it with gunzip"}},
    FileSignature{0, "BZh"sv, {"a bzip2 archive", "Unpack it with bunzip2"}},
    FileSignature{0,
                  "\xfd"
                  "7zXZ\0"sv,
                  {"an xz archive", "Unpack it with unxz"}},
    FileSignature{0, "\x28\xb5\x2f\xfd"sv, {"a Zstandard archive", "Unpack it with unzstd"}},
    FileSignature{0, "7z\xbc\xaf\x27\x1c"sv, {"a 7z archive", unpack}},
    FileSignature{0, "Rar!\x1a"sv, {"a RAR archive", unpack}},
    FileSignature{0, "PK\x03\x04"sv, {"a zip archive", unpack}},
    FileSignature{257, "ustar"sv, {"a tar archive", unpack}},
    FileSignature{
        0, "ARROW1"sv, {"an Arrow file", "Convert it with datasets: Dataset.from_file(file).to_json(new_file)"}},
    FileSignature{0, "%PDF-"sv, {"a PDF document", convert_to_text}},
    FileSignature{0, "{\\rtf"sv, {"an RTF document", convert_to_text}},
    FileSignature{0, "SQLite format 3\0"sv, {"an SQLite database", convert_to_text}},
    FileSignature{0, "\x93NUMPY"sv, {"an array of NumPy", convert_to_text}},
    FileSignature{0, "\x89HDF\r\n"sv, {"an HDF5 file", "Use the model, or the text, in another format"}},
    FileSignature{0, "\xff\xfe\0\0"sv, {"text in UTF-32", "Convert it: iconv -f UTF-32 -t UTF-8 FILE > NEW_FILE"}},
    FileSignature{0, "\xff\xfe"sv, {"text in UTF-16", "Convert it: iconv -f UTF-16 -t UTF-8 FILE > NEW_FILE"}},
    FileSignature{0, "\xfe\xff"sv, {"text in UTF-16", "Convert it: iconv -f UTF-16 -t UTF-8 FILE > NEW_FILE"}},
};

[[nodiscard]] inline bool begins_with_tag(std::string_view content, std::string_view tag) {
  content = content.substr(std::min(content.find_first_not_of(" \t\r\n"), content.size())).substr(0, tag.size());
  return std::ranges::equal(content, tag, {}, [](unsigned char c) { return std::tolower(c); });
}

/// Eight bytes of length, and the beginning of a JSON object.
[[nodiscard]] inline bool begins_as_safetensors(std::string_view content) {
  return content.size() > 10 && content.substr(5, 3) == "\0\0\0"sv && content.substr(8, 2) == "{\"";
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

MULTIPRUNER_INLINE std::optional<FileKind> recognise_file(std::string_view content) {
  using namespace std::string_view_literals;
  if (detail::begins_with_tag(content, "<!doctype html") || detail::begins_with_tag(content, "<html")) {
    return detail::web_page;
  }
  const bool pickle = content.size() > 1 && content[0] == '\x80' && content[1] >= 2 && content[1] <= 5;
  const bool zipped = content.starts_with("PK\x03\x04"sv) && content.substr(0, 200).find("data.pkl") != content.npos;
  if (pickle || zipped) return detail::archive_of_pytorch;
  for (const detail::FileSignature& signature : detail::file_signatures) {
    if (signature.offset > content.size()) continue;
    if (content.substr(signature.offset).starts_with(signature.bytes)) return signature.kind;
  }
  return std::nullopt;
}

MULTIPRUNER_INLINE std::optional<FileKind> recognise_non_text(std::string_view content, bool is_utf8) {
  if (const auto kind = recognise_file(content)) return kind;
  if (detail::begins_as_safetensors(content)) return FileKind{"a safetensors file: weights", "Give a file with text"};
  constexpr std::size_t looked_at = 8192;
  const bool has_nul = content.substr(0, looked_at).find('\0') != content.npos;
  if (has_nul && !is_utf8) return FileKind{"a binary file, not text", "Give a file with text in UTF-8"};
  return std::nullopt;
}

MULTIPRUNER_INLINE void refuse_other_kinds(std::string_view content, const std::string& where) {
  const auto kind = recognise_file(content);
  if (kind) throw FileError(where, "is " + std::string(kind->what), std::string(kind->remedy));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
