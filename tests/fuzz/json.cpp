// SPDX-License-Identifier: MIT
// Any JSON text: parsing, every way to read an entry, and writing it again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <support/answer_or_error.hpp>
#include <support/input.hpp>

#include <multipruner/io/json_file.hpp>
#include <multipruner/io/json_reader.hpp>

using namespace multipruner;
using namespace multipruner::fuzz;

namespace {

/// Asks for an entry as a T; an entry of another type is not the end.
template <class T>
void read_as(const JsonReader& reader, const std::string& key) {
  try {
    static_cast<void>(reader.optional<T>(key));
    static_cast<void>(reader.require<T>(key));
  } catch (const DataError&) {
  }
}

/// Asks for every entry as everything that it could be, and for those of nested objects.
void read_entries(const JsonReader& reader) {
  for (const auto& [key, value] : reader.json().items()) {
    read_as<int>(reader, key);
    read_as<Index>(reader, key);
    read_as<std::uint64_t>(reader, key);
    read_as<float>(reader, key);
    read_as<double>(reader, key);
    read_as<bool>(reader, key);
    read_as<std::string>(reader, key);
    read_as<std::vector<double>>(reader, key);
    read_as<std::vector<std::vector<std::string>>>(reader, key);
    if (value.is_object()) read_entries(reader.require_object(key));
    if (!value.is_array()) continue;
    try {
      for (const JsonReader& element : reader.objects(key)) read_entries(element);
    } catch (const DataError&) {
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  answer_or_error(size, [&] { static_cast<void>(parse_json(text_of(data, size), "input", DuplicateKeys::reject)); });
  answer_or_error(size, [&] {
    const nlohmann::json json = parse_json(text_of(data, size), "input");
    const std::string text = to_json_text(json);
    if (to_json_text(parse_json(text, "text")) != text) std::abort();  // what is written reads as the same
    read_entries(JsonReader(json, "input"));
  });
  return 0;
}
