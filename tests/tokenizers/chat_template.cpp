// SPDX-License-Identifier: MIT
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/reference_data.hpp>
#include <support/temporary_directory.hpp>
#include <tokenizers/patched.hpp>

using namespace multipruner;
using namespace multipruner::test;
using nlohmann::json;

namespace {

std::vector<ChatMessage> messages_of(const json& conversation) {
  std::vector<ChatMessage> messages;
  for (const json& message : conversation) {
    messages.push_back({message.at("role").get<std::string>(), message.at("content").get<std::string>()});
  }
  return messages;
}

/// Checks what the templates of a folder make of the conversations of its golden.json.
void check_templates(const std::filesystem::path& folder) {
  const json golden = read_json(folder / "golden.json");
  const auto tokens = golden.at("special_tokens").get<std::map<std::string, std::string>>();
  for (const json& one : golden.at("templates")) {
    const auto name = one.at("template").get<std::string>();
    INFO(name);
    const ChatTemplate chat(read_file(folder / name), tokens, name);
    for (const json& expected : one.at("cases")) {
      const std::vector<ChatMessage> messages =
          messages_of(golden.at("conversations").at(expected[0].get<std::size_t>()));
      const bool prompt = expected[1].get<bool>();
      INFO(expected.dump());
      if (expected[2].is_null()) {
        CHECK_THROWS_AS(chat.render(messages, prompt), DataError);
      } else {
        CHECK(chat.render(messages, prompt) == expected[2].get<std::string>());
      }
    }
  }
}

std::string rendered(const std::string& text, const std::vector<ChatMessage>& messages = {{"user", "Hello"}}) {
  return ChatTemplate(text, {{"bos_token", "<s>"}}).render(messages);
}

}  // namespace

TEST_CASE("Chat templates give the text of transformers") {
  const auto folder = source_path("tests/data/chat_templates");
  CHECK(read_json(folder / "golden.json").at("templates").size() == 5);
  check_templates(folder);
}

// Other templates, with a golden.json of tests/oracle/chat_templates.py beside them, can be checked by hand:
// `test_tokenizers "[.chat-cross-check]"` with their folder in MULTIPRUNER_CHAT_TEMPLATES.
TEST_CASE("A cross-check of other chat templates", "[.chat-cross-check]") {
  const char* folder = std::getenv("MULTIPRUNER_CHAT_TEMPLATES");
  REQUIRE(folder != nullptr);
  check_templates(folder);
}

TEST_CASE("A model's folder may have its chat template in several places") {
  const TemporaryDirectory folder;
  const auto found = [&] {
    return ChatTemplate::find(folder.path()).value().render(std::vector<ChatMessage>{{"user", "Hi"}});
  };
  CHECK(!ChatTemplate::find(folder.path()));
  CHECK(!load_chat_renderer(folder.path()));
  write_file(folder / "chat_template.json", R"({"chat_template": "json"})");
  CHECK(found() == "json");
  write_file(folder / "tokenizer_config.json", R"({"bos_token": {"content": "<s>"}, "eos_token": null})");
  CHECK(found() == "json");
  write_file(
      folder / "tokenizer_config.json",
      R"({"bos_token": {"content": "<s>"}, "chat_template": "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}"})");
  CHECK(found() == "<s>Hi");
  write_file(folder / "tokenizer_config.json",
             R"({"tokenizer_class": "LlamaTokenizer", "chat_template":
                 [{"name": "tool_use", "template": "tools"}, {"name": "default", "template": "{{ bos_token }}named"}]})");
  CHECK(found() == "<s>named");
  write_file(folder / "tokenizer_config.json", R"({"chat_template": [{"name": "rag", "template": "x"}]})");
  CHECK_THROWS_WITH(ChatTemplate::find(folder.path()), Catch::Contains("none is called \"default\""));
  write_file(folder / "chat_template.jinja", "jinja\n");
  CHECK(found() == "jinja");
  write_file(folder / "chat_template.jinja", "\xff");
  CHECK_THROWS_AS(ChatTemplate::find(folder.path()), FileError);
}

TEST_CASE("A chat template tells the date that it is given") {
  const std::string text = "{{ strftime_now('%d %b %Y, %B, %m') }}";
  const std::vector<ChatMessage> messages{{"user", "Hello"}};
  CHECK(rendered(text) == "26 Jul 2024, July, 07");
  const std::chrono::year_month_day today{std::chrono::year{2031}, std::chrono::March, std::chrono::day{5}};
  CHECK(ChatTemplate(text, {}, "here", {.today = today}).render(messages) == "05 Mar 2031, March, 03");
  const std::chrono::year_month_day none{std::chrono::year{2031}, std::chrono::February, std::chrono::day{30}};
  CHECK_THROWS_AS(ChatTemplate(text, {}, "here", {.today = none}), OptionError);
}

TEST_CASE("What a chat template has that is not implemented is refused by name, where it is needed") {
  for (const auto& [text, named] : std::vector<std::pair<std::string, std::string>>{
           {"{% include 'x' %}", "{% include %}"},
           {"{{ messages | groupby('role') }}", "groupby"},
           {"{{ cycler(1) }}", "the function cycler"},
           {"{{ messages is filter }}", "the test filter"},
           {"{{ messages }}", "a list or an object as text"},
           {"{{ 'x'.encode() }}", "encode"},
           {"{{ 1.5 }}", "a number with a point"},
           {"{{ 1 < 2 < 3 }}", "a chain of comparisons"},
           {"{{ '\\x41' }}", "escape sequence"},
           {"{{ strftime_now('%H') }}", "%H"},
           {"{% for m in messages recursive %}{% endfor %}", "recursive"}}) {
    INFO(text);
    CHECK_THROWS_AS(rendered(text), UnsupportedError);
    CHECK_THROWS_WITH(rendered(text), Catch::Contains(named));
  }
  CHECK(rendered("{% if false %}{{ cycler(1) }}{% endif %}x") == "x");
}

TEST_CASE("A damaged chat template is an error, and so is a conversation that it cannot take") {
  for (const char* text : {"{{ 'a }}", "{% if x %}", "{% endif %}", "{{ }}", "{% for x messages %}{% endfor %}",
                           "{{ 1 + }}", "{# x", "{% if x %}{% endfor %}", "{{ (1 }}", "{{ a b }}", "{% set %}",
                           "{{ [1 2] }}", "{{ x[] }}", "{{ ? }}", "{% else %}"}) {
    INFO(text);
    CHECK_THROWS_WITH(rendered(text), Catch::Contains("is damaged"));
  }
  for (const char* text :
       {"{{ missing.member }}", "{{ 'a' + 1 }}", "{{ 'a' + missing }}", "{% set x.y = 1 %}", "{{ none + 1 }}",
        "{% for a, b in messages %}{% endfor %}", "{% for x in 5 %}{% endfor %}", "{{ 1 in 2 }}",
        "{{ 999999999 * 999999999 * 999999999 }}", "{% for i in range(99999999) %}{% endfor %}",
        "{% set n = namespace(t='xxxxxxxx') %}{% for i in range(40) %}{% set n.t = n.t + n.t %}{% endfor %}"}) {
    INFO(text);
    CHECK_THROWS_AS(rendered(text), DataError);
  }
  CHECK_THROWS_WITH(rendered("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"), Catch::Contains("call each other"));
  CHECK_THROWS_WITH(rendered("{{ raise_exception('no system messages') }}"), Catch::Contains("no system messages"));
  CHECK_THROWS_AS(rendered("x", {}), DataError);
  CHECK_THROWS_AS(rendered("{{ " + std::string(1000, '(') + "1" + std::string(1000, ')') + " }}"), UnsupportedError);
  std::string sum = "{{ 1";
  for (int i = 0; i < 100000; ++i) sum += "+1";
  CHECK_THROWS_AS(rendered(sum + " }}"), UnsupportedError);
}

TEST_CASE("What is wrong with a model's chat template is said when it is used") {
  const TemporaryDirectory folder;
  write_file(folder / "chat_template.jinja", "{% include 'x' %}");
  const ChatRenderer render = load_chat_renderer(folder.path());
  REQUIRE(render);
  CHECK_THROWS_WITH(render(std::vector<ChatMessage>{{"user", "Hi"}}, true), Catch::Contains("include"));
}
