// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/core/posix.hpp>
#include <multipruner/export/detail/gguf_tokenizer.hpp>
#include <multipruner/io/gguf_pre_tokenizer.hpp>
#include <multipruner/io/gguf_token_type.hpp>
#include <multipruner/io/json_file.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A vocabulary as GGUF files have it.
struct GgufVocabulary {
  std::vector<std::string> tokens{};
  std::vector<std::int32_t> types{};
  std::map<std::string, TokenId> ids{};

  void set(TokenId id, const std::string& token, GgufTokenType type) {
    tokens[static_cast<std::size_t>(id)] = token;
    types[static_cast<std::size_t>(id)] = static_cast<std::int32_t>(type);
    ids[token] = id;
  }
};

[[noreturn]] inline void refuse_to_write_tokenizer(const std::string& file, std::string problem) {
  throw OptionError("gguf: " + file, std::move(problem),
                    "Give the folder a tokenizer.json of a kind that llama.cpp has: transformers writes one");
}

/// The rules of pre-tokenizers that llama.cpp has by name.
inline std::string pre_tokenizer_of_pattern(const std::string& pattern) {
  for (const GgufPreTokenizer& known : gguf_pre_tokenizers) {
    if (!known.pattern.empty() && pattern == known.pattern) return std::string(known.name);
  }
  return {};
}

/// llama.cpp's name of a pre-tokenizer; empty where it has none like it.
inline std::string pre_tokenizer_name(const nlohmann::json& pre_tokenizer) {
  if (!pre_tokenizer.is_object()) return {};
  std::vector<nlohmann::json> parts{pre_tokenizer};
  if (pre_tokenizer.value("type", "") == "Sequence") {
    parts = pre_tokenizer.at("pretokenizers").get<std::vector<nlohmann::json>>();
  }
  const auto is = [&](std::size_t part, const char* type) { return parts[part].value("type", "") == type; };
  if (parts.empty() || !is(parts.size() - 1, "ByteLevel") || parts.back().value("add_prefix_space", false)) return {};
  const bool splits_like_gpt2 = parts.back().value("use_regex", true);
  if (parts.size() == 1) return splits_like_gpt2 ? "gpt-2" : "";
  if (parts.size() > 2) return {};
  if (is(0, "Digits")) return splits_like_gpt2 && parts[0].value("individual_digits", false) ? "smollm" : "";
  if (!is(0, "Split") || splits_like_gpt2 || parts[0].value("behavior", "") != "Isolated") return {};
  return pre_tokenizer_of_pattern(parts[0].at("pattern").value("Regex", ""));
}

inline bool is_byte_token(const std::string& token) {
  return token.size() == 6 && token.starts_with("<0x") && token.ends_with('>');
}

inline GgufVocabulary read_vocabulary(const nlohmann::json& tokenizer, Index vocab_size, const std::string& where) {
  GgufVocabulary vocabulary{std::vector<std::string>(static_cast<std::size_t>(vocab_size)),
                            std::vector<std::int32_t>(static_cast<std::size_t>(vocab_size)),
                            {}};
  const auto checked = [&](const nlohmann::json& id, const std::string& token) {
    const auto number = id.get<Index>();
    if (number >= 0 && number < vocab_size) return static_cast<TokenId>(number);
    throw DataError(where,
                    "the token \"" + token + "\" has the number " + std::to_string(number) +
                        ", but the embedding has " + std::to_string(vocab_size) + " rows",
                    "Check that the files of the model's folder belong together");
  };
  const nlohmann::json& model = tokenizer.at("model");
  const bool has_bytes = model.value("byte_fallback", false);
  const std::string unknown = model.contains("unk_token") && model["unk_token"].is_string() ? model["unk_token"] : "";
  for (const auto& [token, id] : model.at("vocab").items()) {
    const auto type = has_bytes && is_byte_token(token) ? GgufTokenType::byte : GgufTokenType::normal;
    vocabulary.set(checked(id, token), token, type);
  }
  for (const nlohmann::json& added : tokenizer.value("added_tokens", nlohmann::json::array())) {
    const auto token = added.at("content").get<std::string>();
    const bool is_special = added.value("special", false);
    const auto type = token == unknown ? GgufTokenType::unknown
                      : is_special     ? GgufTokenType::control
                                       : GgufTokenType::user_defined;
    vocabulary.set(checked(added.at("id"), token), token, type);
  }
  for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    if (vocabulary.types[id] != 0) continue;
    vocabulary.set(static_cast<TokenId>(id), "[PAD" + std::to_string(id) + "]", GgufTokenType::unused);
  }
  return vocabulary;
}

/// "a b" of a merge, which newer files have as a list of two.
inline std::vector<std::pair<std::string, std::string>> read_merges(const nlohmann::json& model) {
  std::vector<std::pair<std::string, std::string>> merges;
  for (const nlohmann::json& merge : model.value("merges", nlohmann::json::array())) {
    if (merge.is_array()) {
      merges.emplace_back(merge.at(0), merge.at(1));
    } else {
      const auto text = merge.get<std::string>();
      const std::size_t space = text.find(' ', 1);
      merges.emplace_back(text.substr(0, space), space == std::string::npos ? "" : text.substr(space + 1));
    }
  }
  return merges;
}

/// Scores from which SentencePiece merges in the order of the merges: it prefers the pair whose piece has the highest.
inline std::vector<float> scores_of_merges(const GgufVocabulary& vocabulary,
                                           const std::vector<std::pair<std::string, std::string>>& merges) {
  constexpr float score_of_others = -1e6F;  // they are merged from nothing
  std::vector<float> scores(vocabulary.tokens.size(), score_of_others);
  for (std::size_t rank = merges.size(); rank-- > 0;) {
    const auto id = vocabulary.ids.find(merges[rank].first + merges[rank].second);
    if (id != vocabulary.ids.end()) scores[static_cast<std::size_t>(id->second)] = -static_cast<float>(rank);
  }
  for (std::size_t id = 0; id < scores.size(); ++id) {
    const auto type = static_cast<GgufTokenType>(vocabulary.types[id]);
    if (type == GgufTokenType::unused) scores[id] = -10000;
    if (type != GgufTokenType::unused && type != GgufTokenType::normal) scores[id] = 0;
  }
  return scores;
}

/// Whether a component of tokenizer.json, or a part of it, is of a type, e.g. a normalizer that is or has a Prepend.
inline bool has_component(const nlohmann::json& component, const char* type, const char* parts) {
  if (!component.is_object()) return false;
  if (component.value("type", "") == type) return true;
  for (const nlohmann::json& part : component.value(parts, nlohmann::json::array())) {
    if (has_component(part, type, parts)) return true;
  }
  return false;
}

/// Whether SentencePiece puts a space in front of a text.
inline bool adds_space(const nlohmann::json& tokenizer) {
  if (has_component(tokenizer.value("normalizer", nlohmann::json()), "Prepend", "normalizers")) return true;
  const nlohmann::json pre = tokenizer.value("pre_tokenizer", nlohmann::json());
  return pre.is_object() && pre.value("type", "") == "Metaspace" && pre.value("prepend_scheme", "always") != "never";
}

/// The token that a text gets in front, empty if none; nothing where tokenizer.json leaves that open.
inline std::optional<std::string> token_in_front(const nlohmann::json& processor) {
  if (!processor.is_object()) return std::nullopt;
  if (processor.value("type", "") == "TemplateProcessing") {
    const nlohmann::json& single = processor.at("single");
    if (single.empty() || !single[0].contains("SpecialToken")) return "";
    return single[0]["SpecialToken"].at("id").get<std::string>();
  }
  for (const nlohmann::json& part : processor.value("processors", nlohmann::json::array())) {
    if (const auto token = token_in_front(part)) return token;
  }
  return std::nullopt;
}

/// JSON of a file that need not be there: an empty object.
inline nlohmann::json read_optional_json(const std::filesystem::path& file) {
  return is_there(file) ? read_json_file(file) : nlohmann::json::object();
}

/// What tokenizer_config.json calls a token: a text, or an object with one.
inline std::optional<TokenId> named_token(const nlohmann::json& config, const char* key,
                                          const GgufVocabulary& vocabulary) {
  const auto entry = config.find(key);
  if (entry == config.end() || entry->is_null()) return std::nullopt;
  const std::string token = entry->is_object() ? entry->value("content", "") : entry->get<std::string>();
  const auto id = vocabulary.ids.find(token);
  return id == vocabulary.ids.end() ? std::nullopt : std::optional(id->second);
}

/// The first id of an entry that is a number or a list of them.
inline std::vector<TokenId> token_ids(const nlohmann::json& config, const char* key) {
  const auto entry = config.find(key);
  if (entry == config.end() || entry->is_null()) return {};
  return entry->is_array() ? entry->get<std::vector<TokenId>>() : std::vector<TokenId>{entry->get<TokenId>()};
}

inline std::string chat_template_in(const std::filesystem::path& folder, const nlohmann::json& config) {
  if (is_there(folder / "chat_template.jinja")) {
    std::ifstream file(folder / "chat_template.jinja", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  nlohmann::json found = config.value("chat_template", nlohmann::json());
  if (found.is_null())
    found = read_optional_json(folder / "chat_template.json").value("chat_template", nlohmann::json());
  if (found.is_string()) return found;
  for (const nlohmann::json& named : found.is_array() ? found : nlohmann::json::array()) {
    if (named.value("name", "") == "default") return named.value("template", "");
  }
  return {};
}

/// The special tokens of a folder.
inline void add_special_tokens(std::vector<GgufKey>& keys, const std::filesystem::path& folder,
                               const nlohmann::json& tokenizer, const GgufVocabulary& vocabulary) {
  const nlohmann::json config = read_optional_json(folder / "tokenizer_config.json");
  const nlohmann::json model = read_optional_json(folder / "config.json");
  const nlohmann::json generation = read_optional_json(folder / "generation_config.json");
  const auto add = [&](const char* name, std::optional<TokenId> id) {
    if (id && *id >= 0) keys.push_back({std::string("tokenizer.ggml.") + name, static_cast<std::uint32_t>(*id)});
  };
  const auto first_of = [](const std::vector<TokenId>& ids) {
    return ids.empty() ? std::nullopt : std::optional(ids.front());
  };
  const auto token = [&](const char* name, const char* id) {
    const auto named = named_token(config, name, vocabulary);
    return named ? named : first_of(token_ids(model, id));
  };
  const std::optional<TokenId> eos = token("eos_token", "eos_token_id");
  const auto in_front = token_in_front(tokenizer.value("post_processor", nlohmann::json()));
  const auto bos = named_token({{"bos_token", in_front.value_or("")}}, "bos_token", vocabulary);
  add("bos_token_id", bos ? bos : token("bos_token", "bos_token_id"));
  add("eos_token_id", eos);
  // Text may end at more tokens; the format has a place for one of them, the end of a turn.
  for (const nlohmann::json& source : {generation, model}) {
    const std::vector<TokenId> ends = token_ids(source, "eos_token_id");
    const auto other = std::ranges::find_if(ends, [&](TokenId id) { return id != eos; });
    if (other == ends.end()) continue;
    add("eot_token_id", *other);
    break;
  }
  const nlohmann::json unknown = tokenizer.at("model").value("unk_token", nlohmann::json());
  add("unknown_token_id", named_token({{"unk", unknown}}, "unk", vocabulary));
  add("padding_token_id", named_token(config, "pad_token", vocabulary));
  const auto stated = [&](const char* key) { return config.contains(key) && config[key] == true; };
  keys.push_back({"tokenizer.ggml.add_bos_token", in_front ? !in_front->empty() : stated("add_bos_token")});
  keys.push_back({"tokenizer.ggml.add_eos_token", stated("add_eos_token")});
  if (const std::string text = chat_template_in(folder, config); !text.empty()) {
    keys.push_back({"tokenizer.chat_template", text});
  }
}

/// The model of a tokenizer: "llama" is SentencePiece's BPE, "gpt2" byte-level BPE.
inline void add_model_of_tokenizer(std::vector<GgufKey>& keys, const nlohmann::json& tokenizer,
                                   GgufVocabulary vocabulary, const std::string& pre_tokenizer,
                                   const std::string& file) {
  const nlohmann::json& model = tokenizer.at("model");
  if (model.value("type", "BPE") != "BPE") {
    refuse_to_write_tokenizer(file, "a tokenizer of type " + model.value("type", "") + " is not written");
  }
  const auto merges = read_merges(model);
  const bool is_sentence_piece = model.value("byte_fallback", false);
  const std::string pre = is_sentence_piece ? "default"
                          : pre_tokenizer.empty()
                              ? pre_tokenizer_name(tokenizer.value("pre_tokenizer", nlohmann::json()))
                              : pre_tokenizer;
  if (pre.empty())
    refuse_to_write_tokenizer(
        file,
        "llama.cpp has no pre-tokenizer of its rules, as far as is known here; name one of llama.cpp's to use that");
  keys.push_back({"tokenizer.ggml.model", std::string(is_sentence_piece ? "llama" : "gpt2")});
  keys.push_back({"tokenizer.ggml.pre", pre});
  if (is_sentence_piece) {
    keys.push_back({"tokenizer.ggml.scores", scores_of_merges(vocabulary, merges)});
    keys.push_back({"tokenizer.ggml.add_space_prefix", adds_space(tokenizer)});
  } else {
    std::vector<std::string> texts;
    for (const auto& [left, right] : merges) texts.push_back(left + " " + right);
    keys.push_back({"tokenizer.ggml.merges", std::move(texts)});
  }
  keys.push_back({"tokenizer.ggml.tokens", std::move(vocabulary.tokens)});
  keys.push_back({"tokenizer.ggml.token_type", std::move(vocabulary.types)});
}

MULTIPRUNER_INLINE std::vector<GgufKey> tokenizer_keys(const std::filesystem::path& folder, Index vocab_size,
                                                       const std::string& pre_tokenizer) {
  const std::filesystem::path file = folder / "tokenizer.json";
  if (!is_there(file)) {
    for (const char* other : {"tokenizer.model", "vocab.json"}) {
      if (is_there(folder / other))
        refuse_to_write_tokenizer((folder / other).string(), "there is no tokenizer.json beside it");
    }
    return {{"tokenizer.ggml.model", std::string("none")}};
  }
  std::vector<GgufKey> keys;
  try {
    const nlohmann::json tokenizer = read_json_file(file);
    const GgufVocabulary vocabulary = read_vocabulary(tokenizer, vocab_size, file.string());
    add_model_of_tokenizer(keys, tokenizer, vocabulary, pre_tokenizer, file.string());
    add_special_tokens(keys, folder, tokenizer, vocabulary);
  } catch (const nlohmann::json::exception& error) {
    throw DataError(file.string(), "is not as tokenizers are written: " + json_problem(error),
                    "Check the files of the tokenizer");
  }
  return keys;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
