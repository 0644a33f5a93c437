// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/export/hugging_face_layout.hpp>
#include <multipruner/run/model_format.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE Registry<ModelFormat> shipped_model_formats() {
  return {"--format", {model_format(HuggingFaceLayout{})}};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
