// SPDX-License-Identifier: MIT
#include "error_message.hpp"

#include <array>
#include <filesystem>
#include <new>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/run/run_identity.hpp>

namespace multipruner::cli {

namespace {

/// Where the library says that an option cannot work, and which option of the program that was.
constexpr auto words = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"sequence length", "--seqlen"},
    {"max_windows", "--max-windows"},
    {"samples", "--samples"},
    {"mlp group", "--mlp-group"},
    {"attention group", "--head-group"},
    {"distribution", "--distribution"},
    {"ratio of a turn", "--compensate-every"},
    {"ratio", "--at"},
    {"damping", "--damping"},
    {"block", "--block"},
    {"memory", "--memory"},
    {"windows to be generated", "--generated-windows"},
    {"prompt", "--prompt"},
    {"max_new_tokens", "--max-new-tokens"},
    {"temperature", "--temperature"},
    {"top_k", "--top-k"},
});

bool has(const CLI::App& command, std::string_view option) {
  return command.get_option_no_throw(std::string(option)) != nullptr;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 < names.size() ? ", " : " or ") + names[i];
  return text;
}

std::string out_of_memory(const CLI::App& command) {
  std::string message = "memory: there is not enough of it. ";
  if (has(command, "--memory")) {
    const bool given = command.count("--memory") > 0;
    message += given ? "Allow less with --memory, " : "Say with --memory how much to use (e.g. --memory 2GB), ";
  }
  std::vector<std::string> smaller;
  for (const char* option : {"--seqlen", "--max-windows", "--samples", "--max-new-tokens"}) {
    if (has(command, option)) smaller.emplace_back(option);
  }
  if (!smaller.empty()) message += (message.ends_with(", ") ? "use" : "Use") + (" a smaller " + joined(smaller)) + ", ";
  return message + (message.ends_with(", ") ? "or use" : "Use") + " a larger machine.";
}

std::string goes_on(const CLI::App& command) {
  return std::string("What was measured is kept in the journal in --out: the same command ") +
         (command.count("--restart") > 0 ? "without --restart " : "") + "continues from there.";
}

/// Whether the output of this command has a journal from which it goes on.
bool has_journal(const CLI::App& command) {
  if (!has(command, "--restart") || command.count("--out") == 0) return false;
  std::error_code ignored;
  const auto out = command.get_option("--out")->as<std::string>();
  return std::filesystem::exists(std::filesystem::path(out) / run_journal_name, ignored);
}

}  // namespace

std::string message_of(const std::exception& error, const CLI::App& command) {
  const bool cannot_write = dynamic_cast<const OutputError*>(&error) != nullptr;
  if (cannot_write && has_journal(command)) return std::string(error.what()) + " " + goes_on(command);
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return out_of_memory(command);
  const auto* option = dynamic_cast<const OptionError*>(&error);
  if (option == nullptr) return error.what();
  for (const auto& [word, name] : words) {
    const std::string_view where = option->where();
    if (!where.starts_with(word) || !has(command, name)) continue;
    const std::string_view rest = where.substr(word.size());  // e.g. the value
    if (rest.empty() || rest.starts_with(' ')) {
      return OptionError(std::string(name).append(rest), option->problem(), option->remedy()).what();
    }
  }
  return error.what();
}

}  // namespace multipruner::cli
