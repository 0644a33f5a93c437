// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include <multipruner/core/linkage.hpp>

/// What transformers needs to load Nemotron-NAS models, which it does not know itself: a file for the configuration and
/// one for the model, both on top of its Llama. config.json names them in `auto_map`.
namespace multipruner::inline MULTIPRUNER_ABI::detail {

inline constexpr std::string_view decilm_configuration = R"PYTHON(# SPDX-License-Identifier: MIT
"""The configuration of a Llama whose layers differ (model_type nemotron-nas)."""

from transformers.models.llama.configuration_llama import LlamaConfig


class _Entries(dict):
    """A JSON object whose entries are attributes, too."""

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def _with_attributes(block):
    return _Entries((key, _Entries(value)) for key, value in block.items())


def _intermediate_size(ffn, hidden_size):
    if ffn.get("ffn_mult") is None:
        return ffn["intermediate_size"]
    return -(-int(2 * ffn["ffn_mult"] * hidden_size / 3) // 256) * 256


class DeciLMConfig(LlamaConfig):
    """LlamaConfig with an entry of block_configs for every layer.

    block_configs[i].attention: no_op, n_heads_in_group (query heads that share a key/value head)
    block_configs[i].ffn: no_op, ffn_mult (a width of int(2 * ffn_mult * hidden_size / 3), up to the next multiple of
    256) or intermediate_size
    """

    model_type = "nemotron-nas"

    def __init__(self, block_configs=None, **kwargs):
        # LlamaConfig wants numbers; layers have their own.
        for name in ("intermediate_size", "num_key_value_heads"):
            if kwargs.get(name) is None:
                kwargs.pop(name, None)
        super().__init__(**kwargs)
        self.block_configs = [_with_attributes(block) for block in block_configs or []]

    def validate_architecture(self):
        """Heads need not divide hidden_size: head_dim is given."""

    def of_layer(self, layer):
        """num_key_value_heads and intermediate_size of a layer; None where it has no attention, or no MLP."""
        block = self.block_configs[layer]
        attention, ffn = block["attention"], block["ffn"]
        return (
            None if attention["no_op"] else self.num_attention_heads // attention["n_heads_in_group"],
            None if ffn["no_op"] else _intermediate_size(ffn, self.hidden_size),
        )
)PYTHON";

inline constexpr std::string_view decilm_modeling = R"PYTHON(# SPDX-License-Identifier: MIT
"""A Llama whose layers differ (model_type nemotron-nas): each may lack attention, or an MLP, and has its own widths."""

import copy

from torch import nn
from transformers.modeling_layers import GradientCheckpointingLayer
from transformers.models.llama.modeling_llama import (
    LlamaAttention,
    LlamaForCausalLM,
    LlamaMLP,
    LlamaModel,
    LlamaPreTrainedModel,
    LlamaRMSNorm,
    LlamaRotaryEmbedding,
)

from .configuration_decilm import DeciLMConfig


class DeciLMDecoderLayer(GradientCheckpointingLayer):
    def __init__(self, config, layer, cache_layer):
        super().__init__()
        num_key_value_heads, intermediate_size = config.of_layer(layer)
        sizes = copy.copy(config)
        self.self_attn = self.mlp = None
        if num_key_value_heads is not None:
            sizes.num_key_value_heads = num_key_value_heads
            self.self_attn = LlamaAttention(sizes, cache_layer)
            self.self_attn.config = config  # whose choice of attention kernel may change
            self.input_layernorm = LlamaRMSNorm(config.hidden_size, eps=config.rms_norm_eps)
        if intermediate_size is not None:
            sizes.intermediate_size = intermediate_size
            self.mlp = LlamaMLP(sizes)
            self.post_attention_layernorm = LlamaRMSNorm(config.hidden_size, eps=config.rms_norm_eps)

    def forward(self, hidden_states, **kwargs):
        if self.self_attn is not None:
            hidden_states = hidden_states + self.self_attn(self.input_layernorm(hidden_states), **kwargs)[0]
        if self.mlp is not None:
            hidden_states = hidden_states + self.mlp(self.post_attention_layernorm(hidden_states))
        return hidden_states


class DeciLMPreTrainedModel(LlamaPreTrainedModel):
    config_class = DeciLMConfig
    config: DeciLMConfig
    _no_split_modules = ["DeciLMDecoderLayer"]
    _can_record_outputs = {"hidden_states": DeciLMDecoderLayer, "attentions": LlamaAttention}


class DeciLMModel(DeciLMPreTrainedModel, LlamaModel):
    def __init__(self, config):
        LlamaPreTrainedModel.__init__(self, config)
        self.padding_idx = config.pad_token_id
        self.vocab_size = config.vocab_size
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size, self.padding_idx)
        self.layers = nn.ModuleList()
        cache_layers = 0  # of a cache, layers without attention have none
        for layer in range(config.num_hidden_layers):
            self.layers.append(DeciLMDecoderLayer(config, layer, cache_layers))
            cache_layers += self.layers[-1].self_attn is not None
        self.norm = LlamaRMSNorm(config.hidden_size, eps=config.rms_norm_eps)
        self.rotary_emb = LlamaRotaryEmbedding(config=config)
        self.gradient_checkpointing = False
        self.post_init()


class DeciLMForCausalLM(DeciLMPreTrainedModel, LlamaForCausalLM):
    def __init__(self, config):
        LlamaPreTrainedModel.__init__(self, config)
        self.model = DeciLMModel(config)
        self.vocab_size = config.vocab_size
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.post_init()
)PYTHON";

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
