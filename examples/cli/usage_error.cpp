// SPDX-License-Identifier: MIT
#include "usage_error.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace multipruner::cli {

namespace {

/// How many characters must be put in, left away or replaced to get from one word to the other.
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= from.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

/// Dashes and underscores are often taken for each other.
std::string without_separators(std::string_view word) {
  std::string letters;
  for (const char c : word) {
    if (c != '-' && c != '_') letters += c;
  }
  return letters;
}

/// The known word that was probably meant: the nearest, unless more than two characters and a third of it are
/// different, or one that goes on longer.
std::optional<std::string> nearest(const std::string& word, const std::vector<std::string>& known) {
  const std::string letters = without_separators(word);
  std::optional<std::string> best;
  std::size_t least = std::max<std::size_t>(2, letters.size() / 3) + 1;
  for (const std::string& candidate : known) {
    const std::size_t changes = distance(letters, without_separators(candidate));
    if (changes < least) least = changes, best = candidate;
  }
  if (best || letters.size() < 3) return best;
  const auto longer =
      std::ranges::find_if(known, [&](const std::string& candidate) { return candidate.starts_with(word); });
  return longer == known.end() ? std::nullopt : std::optional(*longer);
}

/// Under which name an option stands in the help.
std::string shown_name(const CLI::Option& option) {
  return option.get_positional() ? option.get_name(true) : option.get_name();
}

std::vector<std::string> names_of_options(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::vector<std::string> names_of_commands(const CLI::App& program) {
  std::vector<std::string> names;
  for (const CLI::App* command : program.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

OptionError unknown_word(const std::string& word, const char* kind, const std::vector<std::string>& known,
                         const std::string& help) {
  const auto meant = nearest(word, known);
  return {word, std::string("there is no such ") + kind,
          meant ? "Did you mean " + *meant + "? See " + help : "See " + help};
}

/// A description without its lines' ends and what stands in brackets or behind its first sentence.
std::string sentence_of(const CLI::Option& option) {
  std::string text = option.get_description();
  std::ranges::replace(text, '\n', ' ');
  text.resize(std::min({text.find(". "), text.find(" ["), text.find("; "), text.size()}));
  return text;
}

/// All that a command needs and that was not given, and what it is.
std::optional<OptionError> missing_options(const CLI::App& command, const std::string& help) {
  std::string names, first;
  std::size_t count = 0;
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_required() || option->count() > 0) continue;
    names += (names.empty() ? "" : ", ") + shown_name(*option);
    if (count++ == 0) first = sentence_of(*option);
  }
  if (count == 0) return std::nullopt;
  return OptionError(names, count == 1 ? "is missing: " + first : "are missing", "See " + help);
}

std::string help_of(const CLI::App& program, const CLI::App& command) {
  return "multipruner " + (&command == &program ? "" : command.get_name() + " ") + "--help";
}

/// What an option takes, and an example, by the name that the help gives to its value.
std::pair<std::string, std::string> expected_of(const CLI::Option& option) {
  const std::string type = option.get_type_name(), text = option.get_option_text();
  if (type == "N" || type == "K" || text.starts_with("N="))
    return {"a whole number that it takes", "Give one such as 8"};
  return {"a number that it takes", "Give one such as 0.5"};
}

/// A value that cannot be read, or is out of the range of its option; nothing for other errors of the parser.
std::optional<OptionError> wrong_value(const CLI::App& command, const CLI::ParseError& error, const std::string& help) {
  if (dynamic_cast<const CLI::ConversionError*>(&error) == nullptr &&
      dynamic_cast<const CLI::ValidationError*>(&error) == nullptr) {
    return std::nullopt;
  }
  const CLI::Option* named = nullptr;  // the longest name of those that the parser's message has
  for (const CLI::Option* option : command.get_options()) {
    const std::string name = shown_name(*option);
    if (option->count() == 0 || std::string_view(error.what()).find(name) == std::string_view::npos) continue;
    if (named == nullptr || name.size() > shown_name(*named).size()) named = option;
  }
  if (named == nullptr) return std::nullopt;
  const auto [what, example] = expected_of(*named);
  return OptionError(shown_name(*named), "\"" + named->results().back() + "\" is not " + what,
                     example + ". See " + help);
}

/// The option of that name which takes values; null if there is none.
const CLI::Option* find_with_value(const CLI::App& command, const std::string& name) {
  const CLI::Option* option = name.starts_with("--") ? command.get_option_no_throw(name) : nullptr;
  return option != nullptr && option->get_items_expected_min() > 0 ? option : nullptr;
}

}  // namespace

void require_values(const CLI::App& program, std::span<const char* const> words) {
  if (words.empty()) return;
  const auto commands =
      program.get_subcommands([&](const CLI::App* command) { return command->get_name() == words.front(); });
  if (commands.empty()) return;
  const CLI::App& command = *commands.front();
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (find_with_value(command, words[i]) == nullptr) continue;
    const bool last = i + 1 == words.size();
    const std::string next = last ? "" : words[i + 1];
    if (!last && (!next.starts_with("--") || command.get_option_no_throw(next) == nullptr)) continue;
    throw OptionError(words[i], "it has no value" + (last ? "" : ", because " + next + " is an option, too"),
                      "See " + help_of(program, command));
  }
}

OptionError usage_error(const CLI::App& program, const CLI::ParseError& error) {
  const auto chosen = program.get_subcommands();
  const CLI::App& command = chosen.empty() ? program : *chosen.front();
  const std::string help = help_of(program, command);
  const std::vector<std::string> left = command.remaining();
  const auto unknown =
      std::ranges::find_if(left, [](const std::string& word) { return word.size() > 1 && word.starts_with('-'); });
  if (unknown != left.end()) {
    return unknown_word(unknown->substr(0, unknown->find('=')), "option", names_of_options(command), help);
  }
  if (chosen.empty() && !left.empty()) return unknown_word(left.front(), "command", names_of_commands(program), help);
  if (chosen.empty()) return {"command line", "it names no command", "See " + help};
  if (const auto wrong = wrong_value(command, error, help)) return *wrong;
  if (!left.empty()) return {left.front(), "nothing is expected here", "See " + help};
  if (const auto missing = missing_options(command, help)) return *missing;
  return {"command line", error.what(), "See " + help};
}

}  // namespace multipruner::cli
