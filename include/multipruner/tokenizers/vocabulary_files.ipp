// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <multipruner/io/file_kind.hpp>
#include <multipruner/io/json_reader.hpp>
#include <multipruner/io/mapped_file.hpp>
#include <multipruner/tokenizers/pre_tokenizer_json.hpp>
#include <multipruner/tokenizers/tokenizer_json.hpp>
#include <multipruner/tokenizers/vocabulary_files.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Reads merges.txt: a line "left right" for each merge, the first may name a version.
[[nodiscard]] inline Merges read_merges_file(const std::filesystem::path& path) {
  const MappedFile file(path);
  refuse_other_kinds(file.text(), path.string());
  Merges merges;
  for (auto rest = file.text(); !rest.empty();) {
    const auto end = rest.find('\n');
    auto line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with("#version")) continue;
    merges.push_back(read_merge(std::string(line), path.string()));
  }
  return merges;
}

MULTIPRUNER_INLINE BpeParts read_vocabulary_files(const std::filesystem::path& folder) {
  const auto vocabulary = JsonReader::open(folder / "vocab.json");
  const auto where = vocabulary.source();
  BpeParts parts(PreTokenizer(byte_level_steps(false, true, where)),
                 BpeModel(read_vocabulary(vocabulary), read_merges_file(folder / "merges.txt"), {}, where));
  parts.decoder = Decoder({Decoder::ByteLevel{}});
  const std::string end_of_text = "<|endoftext|>";
  if (const auto id = parts.model.find(end_of_text)) {
    parts.bos = parts.eos = *id;
    AddedToken token{.id = *id, .content = end_of_text, .special = true};
    parts.added_tokens.push_back(std::move(token));
  }
  return parts;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
