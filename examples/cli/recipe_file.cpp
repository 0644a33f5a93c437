// SPDX-License-Identifier: MIT
#include "recipe_file.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>

#include <multipruner/core/error.hpp>
#include <multipruner/io/mapped_file.hpp>
#include <multipruner/io/utf8.hpp>
#include <multipruner/run/run_field.hpp>

namespace multipruner::cli {

namespace {

/// A recipe as JSON, and the line of every key.
struct Recipe {
  nlohmann::json entries = nlohmann::json::object();
  std::map<std::string, int> lines{};
};

/// What YAML allows in a file.
bool is_text(std::string_view content) {
  const auto is_control = [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7f;
  };
  return !find_invalid_utf8(content) && std::ranges::none_of(content, is_control);
}

std::string line_of(const std::string& file, const YAML::Mark& mark) {
  return mark.line < 0 ? file : file + ", line " + std::to_string(mark.line + 1);
}

/// A word that is not quoted may be a number, true, false or nothing.
nlohmann::json value_of(const YAML::Node& scalar) {
  const std::string& text = scalar.Scalar();
  if (scalar.Tag() == "!") return text;
  if (text == "~" || text.empty()) return nullptr;
  nlohmann::json value = nlohmann::json::parse(text, nullptr, false);
  const bool word = value.is_discarded() || value.is_string() || value.is_structured();
  return word ? nlohmann::json(text) : value;
}

nlohmann::json value_of(const YAML::Node& node, const std::string& where) {
  if (node.IsNull()) return nullptr;
  if (node.IsScalar()) return value_of(node);
  const auto refuse = [&] {
    throw DataError(where, "it is neither a word, a number, nor a list of these",
                    "Write the value in one of these ways");
  };
  if (!node.IsSequence()) refuse();
  nlohmann::json list = nlohmann::json::array();
  for (const YAML::Node& element : node) {
    if (!element.IsScalar()) refuse();
    list.push_back(value_of(element));
  }
  return list;
}

Recipe parse(const std::string& text, const std::string& file) try {
  const YAML::Node document = YAML::Load(text);
  Recipe recipe;
  if (!document.IsMap()) {
    throw DataError(file, "it has no keys", "Write a line such as `ratio: 20` for each; recipe.yaml of a run is one");
  }
  for (const auto& entry : document) {
    const std::string where = line_of(file, entry.first.Mark());
    if (!entry.first.IsScalar()) throw DataError(where, "the key is not a word", "Write `key: value`");
    const std::string key = entry.first.Scalar();
    if (recipe.entries.contains(key)) throw DataError(where + ": " + key, "it is there twice", "Keep one of them");
    recipe.entries[key] = value_of(entry.second, where + ": " + key);
    recipe.lines[key] = entry.first.Mark().line + 1;
  }
  return recipe;
} catch (const YAML::Exception& error) {
  throw DataError(line_of(file, error.mark), "it is not valid YAML: " + error.msg, "Correct the line");
}

}  // namespace

RunSpec read_recipe(const std::filesystem::path& path) {
  const std::string file = path.string();
  const MappedFile content(path);
  if (!is_text(content.text())) throw DataError(file, "it is not UTF-8 text", "Save it as UTF-8");
  const Recipe recipe = parse(std::string(content.text()), file);
  try {
    return run_spec_of({recipe.entries, file});
  } catch (const DataError& error) {
    const std::string prefix = file + ": ";
    if (!error.where().starts_with(prefix)) throw;
    const std::string place = error.where().substr(prefix.size()), key = place.substr(0, place.find('['));
    const auto line = recipe.lines.find(key);
    if (line == recipe.lines.end()) throw;
    throw DataError(file + ", line " + std::to_string(line->second) + ": " + place, error.problem(), error.remedy());
  }
}

}  // namespace multipruner::cli
