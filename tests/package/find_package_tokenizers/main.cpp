// SPDX-License-Identifier: MIT
#include <cstdio>

#include <multipruner/tokenizers.hpp>

int main() {
  const auto tokenizer = multipruner::load_tokenizer(MODEL);
  const std::string text = tokenizer->decode(tokenizer->encode("Once upon a time"));
  std::puts(text.c_str());
  return text == "Once upon a time" ? 0 : 1;
}
