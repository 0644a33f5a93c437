#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes tests/data/tokenizers/extra/golden.json: what the Hugging Face tokenizers library makes of rarer features.

    pip install tokenizers==0.23.3
    python tests/oracle/tokenizers_extra.py                        # rewrites the committed file; same input, same bytes
    python tests/oracle/tokenizers_extra.py --check                # compares with it instead
    python tests/oracle/tokenizers_extra.py --lines 5000 --out F   # a longer file, for a cross-check during development
    python tests/oracle/tokenizers_extra.py --tokenizer T.json --lines 5000 --out F    # the same for a published tokenizer

A case is a patch of the demo tokenizer.json (its members replace those of the file; members of "model" are merged), and
lines [text, ids, ids_with_special, decoded, decoded_skip_special].
"""
import argparse
import json
import pathlib
import random

import tokenizers

import golden

DATA = pathlib.Path(__file__).resolve().parent.parent / "data" / "tokenizers"
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def byte_level(**options):
    return {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False} | options


def split(pattern, behavior, invert=False, kind="Regex"):
    return {"type": "Split", "pattern": {kind: pattern}, "behavior": behavior, "invert": invert}


def words(*steps):
    return {"pre_tokenizer": {"type": "Sequence", "pretokenizers": list(steps)}}


def added(*tokens):
    """Added tokens (content, flags) beside those of the demo tokenizer; new ones get ids from 1024 on."""
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
    demo = json.loads((DATA / "demo" / "tokenizer.json").read_text())
    ids, result = dict(demo["model"]["vocab"]), demo["added_tokens"]
    for content, flags in tokens:
        token_id = ids.setdefault(content, len(ids) + 2)
        result.append({"id": token_id, "content": content} | plain | dict.fromkeys(flags.split(), True))
    return {"added_tokens": result}


def tiny_model(**options):
    """A model that lacks most bytes; two ways lead to "abc"."""
    tokens = ["<unk>", "a", "b", "c", "d", "\u0120", "ab", "bc", "abc", "cd", "abcd", "\u0120a", "\u00c3", "\u00a9"]
    merges = [["b", "c"], ["a", "b"], ["ab", "c"], ["c", "d"], ["a", "bc"], ["abc", "d"], ["\u0120", "a"]]
    return {"added_tokens": [], "post_processor": None,
            "model": {"vocab": {token: i for i, token in enumerate(tokens)}, "merges": merges, "ignore_merges": False} | options}


CASES = {
    "GPT-2 words, prefix space": {"pre_tokenizer": byte_level(add_prefix_space=True, use_regex=True)},
    "no words": {"pre_tokenizer": byte_level()},
    "single digits, prefix space": words({"type": "Digits", "individual_digits": True}, byte_level(add_prefix_space=True, use_regex=True)),
    "runs of digits": words({"type": "Digits", "individual_digits": False}, byte_level(use_regex=True)),
    "removed": words(split(r"\s+", "Removed"), byte_level()),
    "removed, inverted": words(split(r"\w+", "Removed", True), byte_level()),
    "merged with previous": words(split(r"[\s\d]", "MergedWithPrevious"), byte_level()),
    "merged with next": words(split(r"\W", "MergedWithNext"), byte_level()),
    "merged with next, inverted": words(split(r"[^\S\n]+", "MergedWithNext", True), byte_level()),
    "contiguous": words(split(r"\p{L}", "Contiguous"), byte_level()),
    "contiguous, inverted": words(split(r"[aeiou]", "Contiguous", True), byte_level()),
    "literal pattern": words(split("+.", "Isolated", kind="String"), split(" ", "MergedWithNext", kind="String"), byte_level()),
    "empty matches": words(split(r"(?=[A-Z])", "Isolated"), split(r"(?<=e)x*", "Isolated"), byte_level()),
    "empty matches, merged": words(split(r"x*", "MergedWithPrevious"), byte_level()),
    "lines": words(split(r"^\s+|.$|\u00e9|\v", "Isolated"), byte_level()),
    "backward reference": words(split(r"(\p{L})\1+|\d+(?:\.\d+)?+", "Isolated"), byte_level()),
    "without ignore_merges": {"model": {"ignore_merges": False}},
    "prefix and suffix": {"post_processor": {
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "BOS", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "EOS", "type_id": 0}}],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
        "special_tokens": {"BOS": {"id": "BOS", "ids": [1022, 5], "tokens": ["<|begin_of_text|>", "&"]},
                           "EOS": {"id": "EOS", "ids": [1023], "tokens": ["<|end_of_text|>"]}}}},
    "added tokens": added(("<a>", "special"), ("<a><b>", "special"), ("<b>", ""), ("   ", "normalized"), ("  ", "normalized"), ("the", "single_word normalized")),
    "stripping added tokens": added(("<l>", "lstrip special"), ("<r>", "rstrip special"), ("<lr>", "lstrip rstrip"), ("the", "single_word"), ("he", "single_word lstrip"), ("\n\n", "")),
    "added tokens and NFC": {"normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}]}} | added(
        ("caf\u00e9", ""), ("caff\u00e8", "normalized"), ("nai\u0308ve", "normalized"), ("re\u0301", "")),
    "unknown bytes vanish": tiny_model(),
    "unknown token": tiny_model(unk_token="<unk>"),
    "fused unknown token": tiny_model(unk_token="<unk>", fuse_unk=True),
    "merges as text": {"model": {"merges": "text"}},
    "sequence of decoders": {"decoder": {"type": "Sequence", "decoders": [{"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}]}},
}
PIECES = ["a", "b", "c", "d", "abc", "abcd", "the", "he", "there", "The", " the ", "once upon a time", "xx", "exX", "aab", "HelloWorld", " ", "  ", "   ", "\n", "\n\n",
          "\r\n", "\t", "\v", "\f", "1", "23", "4567", "3.14", "+.", ".", ",", "!?", "'s", "'S", "'ll", "'\u017f", "\u00e9", "e\u0301", "caf\u00e9", "cafe\u0301", "caff\u00e8", "na\u00efve",
          "nai\u0308ve", "re\u0301", "r\u00e9", "\u0301", "<a>", "<a><b>", "<b>", "<l>", "<r>", "<lr>", "<|begin_of_text|>", "<|end_of_text|>", "<|end", "<unk>", "\u00a0", "\u0085", "\u180e", "\u200b", "\u200d",
          "\u2003", "\u2028", "\u3000", "_", "\u203f", "\u24b6", "\u00b2", "\u0664", "\u2167", "\u4e2d\u6587", "\uac00", "\u1100\u1161", "\U0001f600", "\U0001f469\u200d\U0001f680", "\x00", "\ufffd", "\u0120", "\u0130", "\u00df"]
FIXED = ["", " ", "the", " the", "there the", "the<a>the", "<a><b><a>", "x <l> y <r>  z <lr>\n w", "  <l><r>  <lr>  ", "cafe\u0301 caf\u00e9 caffe\u0300 nai\u0308ve na\u00efve", "abcd abc\u00e9 x",
         "abcabcd", "  a   b    c", "10 000 1234567", "don't DON'T", "a\n\nb \n c"]


def texts(count, seed):
    chooser = random.Random(seed)
    random_text = lambda: "".join(chooser.choice(PIECES) for _ in range(chooser.randint(1, 10)))
    return FIXED + [random_text() for _ in range(count)]


def patched(definition, patch):
    definition = json.loads(json.dumps(definition))
    for key, value in patch.items():
        if key == "model":
            definition["model"].update(value)
        else:
            definition[key] = value
    if definition["model"]["merges"] == "text":  # as the library wrote them before version 0.20
        definition["model"]["merges"] = [" ".join(merge) for merge in json.loads((DATA / "demo" / "tokenizer.json").read_text())["model"]["merges"]]
    return definition


def lines(definition, count, seed):
    tokenizer = tokenizers.Tokenizer.from_str(json.dumps(definition))
    result = []
    for text in texts(count, seed):
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        result.append([text, ids, tokenizer.encode(text).ids, tokenizer.decode(ids, skip_special_tokens=False), tokenizer.decode(ids)])
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=16, help="random texts for each case, beside the fixed ones")
    parser.add_argument("--out", type=pathlib.Path, default=DATA / "extra" / "golden.json")
    parser.add_argument("--check", action="store_true", help="compare with the committed file")
    parser.add_argument("--tokenizer", type=pathlib.Path, help="a tokenizer.json, instead of the cases")
    arguments = parser.parse_args()
    if arguments.tokenizer:
        base, patches = json.loads(arguments.tokenizer.read_text()), {str(arguments.tokenizer): {}}
    else:
        base, patches = json.loads((DATA / "demo" / "tokenizer.json").read_text()), CASES
    cases = [{"name": name, "patch": patch, "lines": lines(patched(base, patch), arguments.lines, seed)}
             for seed, (name, patch) in enumerate(patches.items())]
    body = ",\n".join(json.dumps({"name": case["name"], "patch": case["patch"], "lines": []}, separators=(",", ":"))[:-2] + "\n" +
                      ",\n".join(json.dumps(line, separators=(",", ":")) for line in case["lines"]) + "]}" for case in cases)
    golden.make(arguments.out, lambda path: path.write_text("[" + body + "]\n"))


if __name__ == "__main__":
    main()
