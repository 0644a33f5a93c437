// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include <multipruner/core/linkage.hpp>
#include <multipruner/io/tokenizer.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// A tokenizer that puts BOS in front of texts, or does not, whatever it did before; else it is the same.
/// @throws OptionError where it has no BOS that could be put there
[[nodiscard]] std::unique_ptr<Tokenizer> with_bos(std::unique_ptr<Tokenizer> tokenizer, bool add_bos);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/with_bos.ipp>
#endif
