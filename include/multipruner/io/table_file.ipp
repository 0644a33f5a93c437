// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/io/table_file.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The line of Python that makes JSON lines of a file of a data set.
/// @param load  an expression with FILE where the file's name goes, quoted
[[nodiscard]] inline std::string conversion_to_json_lines(const std::string& file, std::string load) {
  const auto quoted = [](const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  };
  load.replace(load.find("FILE"), 4, quoted(file));
  return load + ".to_json(" + quoted(file + ".jsonl") + ", orient=\"records\", lines=True)";
}

MULTIPRUNER_INLINE void refuse_table_file(std::string_view content, const std::string& where) {
  const auto refuse = [&](const char* what, const char* load) {
    throw FileError(where, std::string("is a table in the format ") + what,
                    "Convert it in Python: " + conversion_to_json_lines(where, load));
  };
  if (content.starts_with("PAR1")) refuse("Parquet", "import pandas; pandas.read_parquet(FILE)");
  if (content.starts_with("ARROW1")) refuse("Arrow", "import pandas; pandas.read_feather(FILE)");
  // The data sets library writes streams, which begin with a mark and the length of the schema.
  if (content.starts_with("\xff\xff\xff\xff")) {
    refuse("Arrow", "import datasets; datasets.Dataset.from_file(FILE).to_pandas()");
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
