// SPDX-License-Identifier: MIT
#pragma once

/// The component multipruner::tokenizers, which needs PCRE2, utf8proc and sentencepiece.

#include <multipruner/io/chat_message.hpp>
#include <multipruner/io/tokenizer.hpp>
#include <multipruner/tokenizers/bpe_tokenizer.hpp>
#include <multipruner/tokenizers/chat_template.hpp>
#include <multipruner/tokenizers/chat_template_options.hpp>
#include <multipruner/tokenizers/load_tokenizer.hpp>
#include <multipruner/tokenizers/sentence_piece_tokenizer.hpp>
