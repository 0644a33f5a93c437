// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/io/json_object.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

MULTIPRUNER_INLINE nlohmann::ordered_json JsonObject::json() const {
  return object_ == nullptr ? nlohmann::ordered_json() : *object_;
}

MULTIPRUNER_INLINE JsonObject::JsonObject(std::shared_ptr<const nlohmann::ordered_json> object)
    : object_(std::move(object)) {
  if (object_->is_object() || object_->is_null()) return;
  throw OptionError("JSON object", std::string("expected an object, found ") + object_->type_name(),
                    "Give keys and values, e.g. nlohmann::ordered_json{{\"ratio\", 20}}");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
