// SPDX-License-Identifier: MIT
#include <string>

#include <catch2/catch.hpp>

#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/graph/fields.hpp>

using namespace multipruner;

namespace {

template <class K>
std::string text_of(const typename K::Spec& spec) {
  Fields fields;
  K::describe(spec, fields);
  return fields.text();
}

}  // namespace

TEST_CASE("fields keep their order, and write every type as text") {
  Fields fields;
  CHECK(fields.text().empty());
  fields.add("size", Index{-3});
  fields.add("name", "silu");
  fields.add("view", std::string_view("x"));
  fields.add("flag", true);
  fields.add("off", false);
  fields.add("half", 0.5);
  CHECK(fields.text() == "size=-3, name=silu, view=x, flag=true, off=false, half=0.5");
  REQUIRE(fields.entries().size() == 6);
  CHECK(fields.entries()[1] == std::pair<std::string, std::string>{"name", "silu"});
}

TEST_CASE("numbers that differ by a bit are written differently") {
  Fields one, next;
  one.add("x", 0.1);
  next.add("x", std::nextafter(0.1, 1.0));
  CHECK(one.text() != next.text());
  CHECK(std::stod(one.entries()[0].second) == 0.1);
}

TEST_CASE("the description of a block has everything that its output depends on") {
  const AttentionSpec plain{.num_attention_heads = 4, .num_key_value_heads = 2, .head_dim = 2};
  const auto differs = [&](auto&& change) {
    AttentionSpec spec = plain;
    change(spec);
    CHECK(text_of<Attention>(spec) != text_of<Attention>(plain));
  };
  differs([](AttentionSpec& spec) { spec.num_attention_heads = 8; });
  differs([](AttentionSpec& spec) { spec.num_key_value_heads = 4; });
  differs([](AttentionSpec& spec) { spec.head_dim = 4; });
  differs([](AttentionSpec& spec) { spec.rms_norm_eps = 1e-5; });
  differs([](AttentionSpec& spec) { spec.qkv_bias = true; });
  differs([](AttentionSpec& spec) { spec.o_bias = true; });
  differs([](AttentionSpec& spec) { spec.positions = Positions::none; });
  differs([](AttentionSpec& spec) { spec.positions = Positions::alibi; });
  differs([](AttentionSpec& spec) { spec.rotary_dim = 2; });
  differs([](AttentionSpec& spec) { spec.sliding_window = 7; });
  differs([](AttentionSpec& spec) { spec.score_scale = 0.5; });
  differs([](AttentionSpec& spec) { spec.score_soft_cap = 30; });
  differs([](AttentionSpec& spec) { spec.query_key_norm = QueryKeyNorm::head; });
  differs([](AttentionSpec& spec) { spec.query_key_norm = QueryKeyNorm::width; });
  differs([](AttentionSpec& spec) { spec.frame.pre_norm = false; });
  differs([](AttentionSpec& spec) { spec.frame.post_norm = true; });
  differs([](AttentionSpec& spec) { spec.frame.norm_offset = true; });
  differs([](AttentionSpec& spec) { spec.frame.residual_multiplier = 0.5; });
  differs([](AttentionSpec& spec) { spec.rope.theta = 5e5; });
  differs([](AttentionSpec& spec) { spec.rope = {.scaling = RopeScaling::linear, .factor = 2}; });

  const RopeConfig llama3{.scaling = RopeScaling::llama3,
                          .factor = 8,
                          .low_freq_factor = 1,
                          .high_freq_factor = 4,
                          .original_max_position_embeddings = 16};
  AttentionSpec scaled = plain;
  scaled.rope = llama3;
  const auto scaled_differs = [&](auto&& change) {
    AttentionSpec spec = scaled;
    change(spec.rope);
    CHECK(text_of<Attention>(spec) != text_of<Attention>(scaled));
  };
  scaled_differs([](RopeConfig& rope) { rope.factor = 9; });
  scaled_differs([](RopeConfig& rope) { rope.low_freq_factor = 2; });
  scaled_differs([](RopeConfig& rope) { rope.high_freq_factor = 5; });
  scaled_differs([](RopeConfig& rope) { rope.original_max_position_embeddings = 17; });

  scaled.rope.scaling = RopeScaling::yarn;
  scaled_differs([](RopeConfig& rope) { rope.scaling = RopeScaling::llama3; });
  scaled_differs([](RopeConfig& rope) { rope.beta_fast = 16; });
  scaled_differs([](RopeConfig& rope) { rope.beta_slow = 2; });
  scaled_differs([](RopeConfig& rope) { rope.truncate = false; });
  scaled_differs([](RopeConfig& rope) { rope.attention_factor = 1.5; });
  scaled.rope = {.scaling = RopeScaling::longrope, .factors = {1}};
  scaled_differs([](RopeConfig& rope) { rope.factors = {2}; });

  const GatedMlpSpec mlp{.intermediate_size = 5};
  CHECK(text_of<GatedMlp>(mlp) != text_of<GatedMlp>({.intermediate_size = 6}));
  CHECK(text_of<GatedMlp>(mlp) != text_of<GatedMlp>({.intermediate_size = 5, .rms_norm_eps = 1e-5}));
  CHECK(text_of<GatedMlp>(mlp) != text_of<GatedMlp>({.intermediate_size = 5, .bias = true}));
  CHECK(text_of<GatedMlp>(mlp) != text_of<GatedMlp>({.intermediate_size = 5, .activation = Activation::gelu}));
  CHECK(text_of<GatedMlp>({.intermediate_size = 5, .activation = Activation::gelu}) !=
        text_of<GatedMlp>({.intermediate_size = 5, .activation = Activation::gelu_tanh}));
  CHECK(text_of<GatedMlp>(mlp) != text_of<GatedMlp>({.intermediate_size = 5, .frame = {.post_norm = true}}));
}
