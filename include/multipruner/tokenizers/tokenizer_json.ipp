// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/tokenizers/component_json.hpp>
#include <multipruner/tokenizers/decoder_json.hpp>
#include <multipruner/tokenizers/normalizer_json.hpp>
#include <multipruner/tokenizers/pre_tokenizer_json.hpp>
#include <multipruner/tokenizers/tokenizer_json.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The ids that tokens of a vocabulary of this size may have. Larger ones are taken for damage, since tables are as
/// long as the largest id: no vocabulary comes near, nor has it such gaps.
[[nodiscard]] constexpr Bounds<TokenId> token_id_bounds(std::size_t tokens) {
  return {.minimum = 0, .maximum = static_cast<TokenId>(std::min<std::size_t>(4 * tokens + (1 << 16), 1 << 24) - 1)};
}

MULTIPRUNER_INLINE Vocabulary read_vocabulary(const JsonReader& json) {
  Vocabulary vocabulary;
  vocabulary.reserve(json.json().size());
  const Bounds<TokenId> bounds = token_id_bounds(json.json().size());
  std::vector<bool> taken;
  for (const auto& [token, value] : json.json().items()) {
    const auto id = from_json<TokenId>(value, json.source(), bounds);
    const auto index = static_cast<std::size_t>(id);
    if (index >= taken.size()) taken.resize(index + 1);
    if (taken[index]) {
      throw DataError(json.source(), "two tokens have the id " + std::to_string(id),
                      "Restore the file from its source");
    }
    taken[index] = true;
    vocabulary.emplace(token, id);
  }
  return vocabulary;
}

MULTIPRUNER_INLINE std::pair<std::string, std::string> read_merge(const std::string& line, const std::string& where) {
  const auto space = line.find(' ');
  if (space == std::string::npos || line.find(' ', space + 1) != std::string::npos) {
    throw DataError(where, "the merge \"" + line + "\" is not two tokens with a space between",
                    "Restore the file from its source");
  }
  return {line.substr(0, space), line.substr(space + 1)};
}

/// The merges of a BPE model: strings "left right", or, since version 0.20 of the tokenizers library, pairs.
[[nodiscard]] inline Merges read_merges(const JsonReader& model) {
  const auto where = model.where("merges");
  if (!model.contains("merges")) throw DataError(where, "is missing", "Restore the file from its source");
  Merges merges;
  for (const auto& entry : model.json().at("merges")) {
    if (entry.is_string()) {
      merges.push_back(read_merge(entry.get<std::string>(), where));
    } else {
      const auto pair = from_json<std::vector<std::string>>(entry, where);
      if (pair.size() != 2) throw DataError(where, "a merge has not two tokens", "Restore the file from its source");
      merges.emplace_back(pair[0], pair[1]);
    }
  }
  return merges;
}

MULTIPRUNER_INLINE BpeModel read_bpe_model(const JsonReader& model, BpeModel::Alphabet alphabet) {
  const auto refuse = [&](const std::string& what) { refuse_tokenizer(model.where("type"), what); };
  const auto type = model.get_or<std::string>("type", "BPE");
  if (type != "BPE") refuse("the model " + type);
  for (const char* affix : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    if (!model.get_or<std::string>(affix, "").empty()) refuse(std::string("BPE with ") + affix);
  }
  if (model.get_or<double>("dropout", 0.0) != 0.0) refuse("BPE with dropout");
  return {read_vocabulary(model.require_object("vocab")), read_merges(model),
          BpeModel::Options{.alphabet = alphabet,
                            .ignore_merges = model.get_or<bool>("ignore_merges", false),
                            .byte_fallback = model.get_or<bool>("byte_fallback", false),
                            .fuse_unknown = model.get_or<bool>("fuse_unk", false),
                            .unknown_token = model.optional<std::string>("unk_token")},
          model.source()};
}

MULTIPRUNER_INLINE AddedToken read_added_token(const JsonReader& json, const BpeModel& model) {
  const bool special = json.get_or<bool>("special", false);
  AddedToken token{.id = json.require<TokenId>("id", token_id_bounds(model.vocabulary().size())),
                   .content = json.require<std::string>("content"),
                   .single_word = json.get_or<bool>("single_word", false),
                   .lstrip = json.get_or<bool>("lstrip", false),
                   .rstrip = json.get_or<bool>("rstrip", false),
                   .normalized = json.get_or<bool>("normalized", !special),
                   .special = special};
  if (const auto known = model.find(token.content); known && *known != token.id) {
    throw DataError(json.where("id"),
                    "the added token \"" + token.content + "\" has the id " + std::to_string(token.id) +
                        ", but the vocabulary gives it " + std::to_string(*known),
                    "Restore the file from its source");
  }
  return token;
}

/// Reads the special tokens that a `TemplateProcessing` puts around a single text.
inline void read_template(const JsonReader& step, std::vector<TokenId>& prefix, std::vector<TokenId>& suffix) {
  bool behind_text = false;
  for (const auto& piece : step.objects("single")) {
    if (const auto text = piece.optional_object("Sequence")) {
      if (behind_text || text->require<std::string>("id") != "A") {
        refuse_tokenizer(step.where("single"), "a template of several texts");
      }
      behind_text = true;
    } else {
      const auto name = piece.require_object("SpecialToken").require<std::string>("id");
      const auto ids = step.require_object("special_tokens").require_object(name).require<std::vector<TokenId>>("ids");
      auto& side = behind_text ? suffix : prefix;
      side.insert(side.end(), ids.begin(), ids.end());
    }
  }
  if (!behind_text) refuse_tokenizer(step.where("single"), "a template without a text");
}

/// Reads the member "post_processor": `TemplateProcessing`, at most one, and `ByteLevel`.
inline void read_post_processor(const JsonReader& tokenizer, BpeParts& parts) {
  const auto where = tokenizer.where("post_processor");
  bool templated = false;
  for_each_step(tokenizer.optional_object("post_processor"), "processors",
                [&](const JsonReader& step, const std::string& type) {
                  if (type == "ByteLevel") return;  // it concerns the offsets of tokens only
                  if (type != "TemplateProcessing") refuse_tokenizer(where, "the post-processor " + type);
                  if (std::exchange(templated, true)) refuse_tokenizer(where, "a second TemplateProcessing");
                  read_template(step, parts.prefix, parts.suffix);
                });
}

MULTIPRUNER_INLINE BpeParts read_tokenizer_json(const std::filesystem::path& path) {
  return read_tokenizer_json(JsonReader::open(path));
}

MULTIPRUNER_INLINE BpeParts read_tokenizer_json(const JsonReader& tokenizer) {
  auto words = read_pre_tokenizer(tokenizer);
  const auto alphabet = words.byte_level ? BpeModel::Alphabet::bytes : BpeModel::Alphabet::characters;
  BpeParts parts(std::move(words.pre_tokenizer), read_bpe_model(tokenizer.require_object("model"), alphabet));
  parts.normalizer = read_normalizer(tokenizer);
  parts.decoder = read_decoder(tokenizer);
  for (const auto& token : tokenizer.objects("added_tokens")) {
    parts.added_tokens.push_back(read_added_token(token, parts.model));
  }
  read_post_processor(tokenizer, parts);
  return parts;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
