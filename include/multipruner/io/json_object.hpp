// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <memory>
#include <utility>

#include <nlohmann/json_fwd.hpp>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// A JSON object that is given to be written, its keys in the order in which they were added, or none. It is made from
/// a nlohmann::ordered_json, and is a member where that itself would want all of <nlohmann/json.hpp>. Copies are cheap.
class JsonObject {
 public:
  /// None.
  JsonObject() = default;

  /// @throws OptionError where the value is neither an object nor null, which stands for none.
  template <std::same_as<nlohmann::ordered_json> Json>
  JsonObject(Json value) : JsonObject(std::make_shared<const Json>(std::move(value))) {}

  /// The object; null where there is none.
  [[nodiscard]] nlohmann::ordered_json json() const;

 private:
  explicit JsonObject(std::shared_ptr<const nlohmann::ordered_json> object);

  std::shared_ptr<const nlohmann::ordered_json> object_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/json_object.ipp>
#endif
