// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/io/gguf_pre_tokenizer.hpp>
#include <multipruner/io/gguf_token_type.hpp>
#include <multipruner/io/gguf_tokenizer_files.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/io/utf8.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The keys of a tokenizer, tokenizer.ggml.NAME.
class GgufTokenizer {
 public:
  explicit GgufTokenizer(const GgufFile& file) : file_(file), tokens_(key("tokens").strings()), types_(read_types()) {
    for (const std::string_view token : tokens_) {
      if (find_invalid_utf8(token)) fail("tokens", "a token is not UTF-8");
    }
  }

  [[nodiscard]] static std::string key_name(std::string_view name) { return "tokenizer.ggml." + std::string(name); }
  [[nodiscard]] const GgufEntry& key(std::string_view name) const { return file_.key(key_name(name)); }
  [[nodiscard]] const GgufEntry* find_key(std::string_view name) const { return file_.find_key(key_name(name)); }

  [[nodiscard]] const std::vector<std::string_view>& tokens() const { return tokens_; }
  [[nodiscard]] std::size_t size() const { return tokens_.size(); }
  [[nodiscard]] GgufTokenType type(std::size_t id) const { return types_[id]; }

  [[nodiscard]] bool flag(std::string_view name, bool otherwise) const {
    const GgufEntry* entry = find_key(name);
    return entry != nullptr ? entry->boolean() : otherwise;
  }

  /// The token that a key names by its number. @throws DataError where there is no such token
  [[nodiscard]] std::optional<std::size_t> token(std::string_view name) const {
    const GgufEntry* entry = find_key(name);
    if (entry == nullptr) return std::nullopt;
    const Index id = entry->integer();
    if (id >= 0 && id < std::ssize(tokens_)) return static_cast<std::size_t>(id);
    fail(name, "there is no token " + std::to_string(id));
  }

  [[nodiscard]] std::optional<std::string> text_of(std::string_view name) const {
    const auto id = token(name);
    return id ? std::optional<std::string>(tokens_[*id]) : std::nullopt;
  }

  [[noreturn]] void fail(std::string_view name, std::string problem) const {
    throw DataError(file_.path().string() + ": " + key_name(name), std::move(problem),
                    "Get the file from its source again");
  }

 private:
  [[nodiscard]] std::vector<GgufTokenType> read_types() const {
    std::vector<GgufTokenType> types(tokens_.size(), GgufTokenType::normal);
    const GgufEntry* entry = find_key("token_type");
    if (entry == nullptr) return types;
    const std::vector<Index> numbers = entry->integers();
    if (numbers.size() != types.size()) fail("token_type", "it has another length than the list of tokens");
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (numbers[i] < 1 || numbers[i] > 6) fail("token_type", "there is no type " + std::to_string(numbers[i]));
      types[i] = static_cast<GgufTokenType>(numbers[i]);
    }
    return types;
  }

  const GgufFile& file_;
  std::vector<std::string_view> tokens_;
  std::vector<GgufTokenType> types_;
};

inline GgufPreTokenizer find_pre_tokenizer(const GgufFile& file) {
  const GgufEntry& entry = file.key("tokenizer.ggml.pre");
  for (const GgufPreTokenizer& known : gguf_pre_tokenizers) {
    if (entry.string() == known.name) return known;
  }
  throw UnsupportedError(file.path().string() + ": tokenizer.ggml.pre",
                         "the rules of the pre-tokenizer \"" + std::string(entry.string()) + "\" are not known",
                         "Use the model in the layout of Hugging Face, with its tokenizer.json");
}

inline nlohmann::json pre_tokenizer_json(const GgufPreTokenizer& pre) {
  nlohmann::json steps = nlohmann::json::array();
  if (pre.splits_digits) steps.push_back({{"type", "Digits"}, {"individual_digits", true}});
  if (!pre.pattern.empty()) {
    steps.push_back(
        {{"type", "Split"}, {"pattern", {{"Regex", pre.pattern}}}, {"behavior", "Isolated"}, {"invert", false}});
  }
  nlohmann::json bytes{
      {"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", pre.pattern.empty()}};
  if (steps.empty()) return bytes;
  steps.push_back(std::move(bytes));
  return {{"type", "Sequence"}, {"pretokenizers", std::move(steps)}};
}

/// What is put around texts.
inline nlohmann::json post_processor_json(const GgufTokenizer& tokenizer, bool adds_bos_by_default) {
  nlohmann::json single = nlohmann::json::array(), special = nlohmann::json::object();
  const auto add = [&](const char* name) {
    const auto id = tokenizer.token(name);
    if (!id) return;
    const std::string token(tokenizer.tokens()[*id]);
    single.push_back({{"SpecialToken", {{"id", token}, {"type_id", 0}}}});
    special[token] = {{"id", token}, {"ids", {*id}}, {"tokens", {token}}};
  };
  if (tokenizer.flag("add_bos_token", adds_bos_by_default)) add("bos_token_id");
  single.push_back({{"Sequence", {{"id", "A"}, {"type_id", 0}}}});
  if (tokenizer.flag("add_eos_token", false)) add("eos_token_id");
  if (special.empty()) return nullptr;
  nlohmann::json pair = single;
  pair.push_back({{"Sequence", {{"id", "B"}, {"type_id", 1}}}});
  return {{"type", "TemplateProcessing"},
          {"single", std::move(single)},
          {"pair", std::move(pair)},
          {"special_tokens", std::move(special)}};
}

/// tokenizer.json of byte-level BPE.
inline std::string tokenizer_json_of(const GgufFile& file) {
  const GgufTokenizer tokenizer(file);
  const GgufPreTokenizer pre = find_pre_tokenizer(file);
  nlohmann::json merges = nlohmann::json::array();
  std::unordered_set<std::string> merged;
  for (const std::string_view merge : tokenizer.key("merges").strings()) {
    const std::size_t space = merge.find(' ', 1);
    if (space == std::string_view::npos || find_invalid_utf8(merge)) {
      tokenizer.fail("merges", "an entry is not two tokens with a space between");
    }
    merged.insert(std::string(merge.substr(0, space)) + std::string(merge.substr(space + 1)));
    merges.push_back({merge.substr(0, space), merge.substr(space + 1)});
  }
  nlohmann::json vocabulary = nlohmann::json::object(), added = nlohmann::json::array();
  for (std::size_t id = 0; id < tokenizer.size(); ++id) {
    const GgufTokenType type = tokenizer.type(id);
    if (type == GgufTokenType::unused) continue;  // rows of the embedding that no token has
    const std::string token(tokenizer.tokens()[id]);
    const bool is_ordinary = type == GgufTokenType::normal || type == GgufTokenType::byte;
    if (is_ordinary || merged.contains(token)) {
      if (vocabulary.contains(token)) tokenizer.fail("tokens", "\"" + token + "\" is there twice");
      vocabulary[token] = id;
    }
    if (is_ordinary) continue;
    added.push_back({{"id", id},
                     {"content", token},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", type != GgufTokenType::user_defined}});
  }
  nlohmann::json json{{"version", "1.0"}, {"truncation", nullptr}, {"padding", nullptr}};
  json["added_tokens"] = std::move(added);
  json["normalizer"] = pre.normalizes ? nlohmann::json{{"type", "NFC"}} : nlohmann::json();
  json["pre_tokenizer"] = pre_tokenizer_json(pre);
  json["post_processor"] = post_processor_json(tokenizer, pre.adds_bos_by_default);
  json["decoder"] = {{"type", "ByteLevel"}, {"add_prefix_space", true}, {"trim_offsets", true}, {"use_regex", true}};
  json["model"] = {{"type", "BPE"},
                   {"dropout", nullptr},
                   {"unk_token", nullptr},
                   {"continuing_subword_prefix", nullptr},
                   {"end_of_word_suffix", nullptr},
                   {"fuse_unk", false},
                   {"byte_fallback", false},
                   {"ignore_merges", pre.ignores_merges},
                   {"vocab", std::move(vocabulary)},
                   {"merges", std::move(merges)}};
  return to_json_text(json);
}

/// Writes a protobuf message (protobuf.dev, "Encoding").
class ProtobufMessage {
 public:
  void add(std::uint32_t field, std::uint64_t value) {
    varint(field << 3U);
    varint(value);
  }
  void add(std::uint32_t field, float value) {
    varint(field << 3U | 5U);
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (unsigned shift = 0; shift < 32; shift += 8) bytes_.push_back(static_cast<char>(bits >> shift & 0xFFU));
  }
  void add(std::uint32_t field, std::string_view text) {
    varint(field << 3U | 2U);
    varint(text.size());
    bytes_ += text;
  }
  void add(std::uint32_t field, const ProtobufMessage& message) { add(field, std::string_view(message.bytes_)); }

  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7U) bytes_.push_back(static_cast<char>(value | 0x80U));
    bytes_.push_back(static_cast<char>(value));
  }

  std::string bytes_;
};

/// tokenizer.model of SentencePiece: a ModelProto (sentencepiece_model.proto of github.com/google/sentencepiece). Its
/// numbers of types are those of GGUF files.
inline std::string sentence_piece_model_of(const GgufFile& file) {
  constexpr std::uint32_t pieces = 1, trainer_spec = 2, normalizer_spec = 3;
  const GgufTokenizer tokenizer(file);
  const std::vector<double> scores = tokenizer.key("scores").numbers();
  if (scores.size() != tokenizer.size()) tokenizer.fail("scores", "it has another length than the list of tokens");
  ProtobufMessage model;
  bool has_bytes = false;
  for (std::size_t id = 0; id < tokenizer.size(); ++id) {
    ProtobufMessage piece;
    piece.add(1, tokenizer.tokens()[id]);
    piece.add(2, static_cast<float>(scores[id]));
    piece.add(3, static_cast<std::uint64_t>(tokenizer.type(id)));
    has_bytes = has_bytes || tokenizer.type(id) == GgufTokenType::byte;
    model.add(pieces, piece);
  }
  ProtobufMessage trainer;
  constexpr std::uint64_t bpe = 2;
  trainer.add(3, bpe);
  trainer.add(4, std::uint64_t{tokenizer.size()});
  trainer.add(35, std::uint64_t{has_bytes});
  const std::pair<std::string_view, std::uint32_t> roles[] = {
      {"unknown_token_id", 40}, {"bos_token_id", 41}, {"eos_token_id", 42}, {"padding_token_id", 43}};
  for (const auto& [name, field] : roles) {
    const auto id = tokenizer.token(name);
    if (!id) continue;
    constexpr std::uint32_t from_ids_to_pieces = 5;
    trainer.add(field, std::uint64_t{*id});
    trainer.add(field + from_ids_to_pieces, tokenizer.tokens()[*id]);
  }
  ProtobufMessage normalizer;
  normalizer.add(1, std::string_view("identity"));
  normalizer.add(3, std::uint64_t{tokenizer.flag("add_space_prefix", true)});
  normalizer.add(4, std::uint64_t{tokenizer.flag("remove_extra_whitespaces", false)});
  normalizer.add(5, std::uint64_t{true});
  model.add(trainer_spec, trainer);
  model.add(normalizer_spec, normalizer);
  return model.bytes();
}

inline std::string tokenizer_config_of(const GgufFile& file, bool is_sentence_piece) {
  const GgufTokenizer tokenizer(file);
  nlohmann::json json{{"tokenizer_class", is_sentence_piece ? "LlamaTokenizer" : "PreTrainedTokenizerFast"},
                      {"clean_up_tokenization_spaces", false}};
  const std::pair<const char*, const char*> roles[] = {{"bos_token", "bos_token_id"},
                                                       {"eos_token", "eos_token_id"},
                                                       {"unk_token", "unknown_token_id"},
                                                       {"pad_token", "padding_token_id"}};
  for (const auto& [name, key] : roles) {
    if (const auto token = tokenizer.text_of(key)) json[name] = *token;
  }
  const bool by_default = is_sentence_piece || find_pre_tokenizer(file).adds_bos_by_default;
  json["add_bos_token"] = tokenizer.flag("add_bos_token", by_default);
  json["add_eos_token"] = tokenizer.flag("add_eos_token", false);
  const std::string length = std::string(file.key("general.architecture").string()) + ".context_length";
  if (const GgufEntry* entry = file.find_key(length)) json["model_max_length"] = entry->integer();
  if (is_sentence_piece) json["legacy"] = true;
  if (const GgufEntry* chat_template = file.find_key("tokenizer.chat_template")) {
    if (find_invalid_utf8(chat_template->string())) {
      throw DataError(file.path().string() + ": tokenizer.chat_template", "it is not UTF-8",
                      "Get the file from its source again");
    }
    json["chat_template"] = chat_template->string();
  }
  return to_json_text(json);
}

inline std::string generation_config_of(const GgufFile& file) {
  nlohmann::json json = nlohmann::json::object();
  if (const auto bos = GgufTokenizer(file).token("bos_token_id")) json["bos_token_id"] = *bos;
  const std::vector<TokenId> ends = gguf_end_tokens(file);
  if (ends.size() == 1) json["eos_token_id"] = ends.front();
  if (ends.size() > 1) json["eos_token_id"] = ends;
  return to_json_text(json);
}

MULTIPRUNER_INLINE std::vector<TokenId> gguf_end_tokens(const GgufFile& file) {
  std::vector<TokenId> ends;
  for (const char* name : {"eos_token_id", "eot_token_id", "eom_token_id"}) {
    const GgufEntry* entry = file.find_key(GgufTokenizer::key_name(name));
    if (entry == nullptr) continue;
    const Index id = entry->integer();
    if (id < 0 || id > std::numeric_limits<TokenId>::max()) {
      throw DataError(file.path().string() + ": " + std::string(entry->name()), std::to_string(id) + " is no token",
                      "Get the file from its source again");
    }
    if (std::ranges::find(ends, id) == ends.end()) ends.push_back(static_cast<TokenId>(id));
  }
  return ends;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

MULTIPRUNER_INLINE std::map<std::string, CompanionFiles::Maker> gguf_tokenizer_files(const GgufFile& file) {
  const GgufEntry* entry = file.find_key("tokenizer.ggml.model");
  if (entry == nullptr || entry->string() == "none" || entry->string() == "no_vocab") return {};
  const bool is_sentence_piece = entry->string() == "llama";
  if (!is_sentence_piece && entry->string() != "gpt2") {
    throw UnsupportedError(file.path().string() + ": " + std::string(entry->name()),
                           "the tokenizer \"" + std::string(entry->string()) + "\" is not supported",
                           "Use a model with one of \"gpt2\" or \"llama\", or in the layout of Hugging Face");
  }
  std::map<std::string, CompanionFiles::Maker> makers;
  if (is_sentence_piece) {
    makers["tokenizer.model"] = [file] { return detail::sentence_piece_model_of(file); };
  } else {
    makers["tokenizer.json"] = [file] { return detail::tokenizer_json_of(file); };
  }
  makers["tokenizer_config.json"] = [file, is_sentence_piece] {
    return detail::tokenizer_config_of(file, is_sentence_piece);
  };
  makers["generation_config.json"] = [file] { return detail::generation_config_of(file); };
  return makers;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
