// SPDX-License-Identifier: MIT
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "command.hpp"
#include "environment.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/forward/generate.hpp>
#include <multipruner/io/encode_rendered.hpp>
#include <multipruner/io/text_stream.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/report/stopwatch.hpp>

namespace multipruner::cli {

namespace {

class Generate final : public Command {
 public:
  explicit Generate(CLI::App& program)
      : Command(program, "generate", "Continue a text with a model",
                "  multipruner generate model/ --prompt \"Once upon a time\"\n"
                "  multipruner generate model-20/ --prompt \"Tom had a\" --max-new-tokens 100 \\\n"
                "      --temperature 0.8 --top-k 40 --seed 7\n"
                "  multipruner generate instruct-model/ --chat --prompt \"Why is the sky blue?\"\n") {
    app().add_option("MODEL,--model_path", model_, "Folder of a model, dense or pruned")->required()->type_name("DIR");
    app().add_option("--prompt", prompt_, "The text to continue")->required()->type_name("TEXT");
    app().add_flag("--chat", chat_,
                   "The prompt is what a user says, in the model's chat template;\nonly the answer is printed");
    app().add_option("--system", system_, "With --chat: what the model is told before")->type_name("TEXT");
    app()
        .add_option("--max-new-tokens", options_.max_new_tokens, "Tokens to add at most")
        ->type_name("N")
        ->capture_default_str();
    app()
        .add_option("--temperature", options_.temperature, "0: always the most likely token; 1: as the model predicts")
        ->type_name("T")
        ->capture_default_str();
    app()
        .add_option("--top-k", options_.top_k, "With a temperature: draw from the k most likely tokens;\n0: from all")
        ->type_name("K")
        ->capture_default_str();
    add_tokenizing_options(app(), tokenizing_, false);
    add_compute_option(app(), options_.compute);
  }

  ExitCode run(Console& console) override {
    check_options();
    const TokenizedModel model = environment_of(console).load_with_tokenizer(model_, false, tokenizing_);
    options_.seed = common().seed;
    const std::vector<TokenId> prompt = chat_ ? chat_prompt(model) : model.tokenizer->encode(prompt_);
    TextStream stream(*model.tokenizer, prompt);
    std::string text;
    const auto give_out = [&](const std::string& piece) {
      text += piece;
      console.print(piece);
    };
    // The prompt waits for the first token, so that an error of the model has a line of its own.
    bool begun = false;
    const auto begin = [&] {
      if (!std::exchange(begun, true) && !chat_) console.print(prompt_);
    };
    const Stopwatch watch;
    const std::vector<TokenId> tokens = generate(ModelView(model.graph), prompt, options_, [&](TokenId token) {
      begin();
      give_out(stream.add(token));
      return !console.reader_is_gone();
    });
    const double seconds = watch.seconds();
    begin();
    give_out(stream.finish());
    console.print("\n");
    if (tokens.empty() && model.chat && !chat_) {
      console.note("note",
                   "the model ended at once: it was made for conversations, and --chat puts the prompt into one");
    }
    if (console.json()) report(console, text, prompt, tokens, seconds);
    return ExitCode::ok;
  }

 private:
  void check_options() const {
    if (!chat_ && system_) throw OptionError("--system", "it means nothing without --chat", "Add --chat, or omit it");
    if (chat_ && tokenizing_.add_bos) {
      throw OptionError("--chat", "the chat template says where BOS stands", "Omit --add-bos and --no-add-bos");
    }
  }

  /// The tokens before an answer to the prompt.
  [[nodiscard]] std::vector<TokenId> chat_prompt(const TokenizedModel& model) const {
    if (!model.chat) throw OptionError("--chat", "the model has no chat template", "Omit it");
    std::vector<ChatMessage> messages;
    if (system_) messages.push_back({"system", *system_});
    messages.push_back({"user", prompt_});
    return encode_rendered(*model.tokenizer, model.chat(messages, true));
  }

  void report(Console& console, const std::string& text, const std::vector<TokenId>& prompt,
              const std::vector<TokenId>& tokens, double seconds) const {
    console.print_json({{"model", model_},
                        {"prompt", prompt_},
                        {"text", text},
                        {"prompt_tokens", prompt},
                        {"tokens", tokens},
                        {"seconds", seconds},
                        {"tokens_per_second", static_cast<double>(tokens.size()) / seconds}});
  }

  std::string model_, prompt_;
  std::optional<std::string> system_;
  bool chat_ = false;
  TokenizingOptions tokenizing_;
  GenerationOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_generate(CLI::App& program) {
  return std::make_unique<Generate>(program);
}

}  // namespace multipruner::cli
