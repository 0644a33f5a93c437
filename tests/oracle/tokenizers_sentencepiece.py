#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes tests/data/tokenizers/llama: a tokenizer.json in the style of Llama 2, and what the Hugging Face tokenizers library
makes of it and of its variants.

    pip install tokenizers==0.23.3 sentencepiece==0.2.3 protobuf
    python tests/oracle/tokenizers_sentencepiece.py                        # rewrites the committed files; same input, same bytes
    python tests/oracle/tokenizers_sentencepiece.py --check                # compares with them instead
    python tests/oracle/tokenizers_sentencepiece.py --lines 2000 --out F   # a longer file, for a cross-check during development
    python tests/oracle/tokenizers_sentencepiece.py --tokenizer T.json --lines 2000 --out F    # the same for a published tokenizer

The tokenizer is S (../S/tokenizer.model), cut to its first pieces and written as transformers converts Llama 2. A case is a
patch of it (its members replace those of the file; members of "model" are merged), lines [text, ids, ids_with_special, decoded,
decoded_skip_special], and decodings [ids, decoded, decoded_skip_special] of ids drawn at random.
"""
import argparse
import json
import pathlib
import random

import tokenizers

import golden as golden_files
from tokenizers_extra import DATA, PIECES, patched, split

SPACE = "\u2581"
PIECES_KEPT = 1000


def prepend(text=SPACE):
    return {"type": "Prepend", "prepend": text}


def replace(pattern, content, kind="String"):
    return {"type": "Replace", "pattern": {kind: pattern}, "content": content}


def strip(start, stop=0, content=" "):
    return {"type": "Strip", "content": content, "start": start, "stop": stop}


def metaspace(**options):
    return {"type": "Metaspace", "replacement": SPACE} | options


def normalizers(*steps):
    return {"normalizer": {"type": "Sequence", "normalizers": list(steps)} if steps else None}


def words(*steps):
    return {"pre_tokenizer": {"type": "Sequence", "pretokenizers": list(steps)}}


def decoders(*steps):
    return {"decoder": {"type": "Sequence", "decoders": list(steps)}}


def spaces(**options):
    """Spaces by a pre-tokenizer, as later versions of transformers convert, instead of by a normalizer."""
    return normalizers() | {"pre_tokenizer": metaspace(**options)}


def model(**options):
    return {"model": options}


def respelled_bytes(*kept):
    """A vocabulary in which byte tokens bear names that nothing looks for."""
    vocabulary = json.loads((DATA / "llama" / "tokenizer.json").read_text())["model"]["vocab"]
    missing = {f"<0x{byte:02X}>" for byte in range(256) if byte not in kept}
    return {f"{token[1:-1]}!" if token in missing else token: token_id for token, token_id in vocabulary.items()}


def added(*tokens):
    """Added tokens (content, flags) beside those of the tokenizer."""
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
    definition = json.loads((DATA / "llama" / "tokenizer.json").read_text())
    ids, result = dict(definition["model"]["vocab"]), definition["added_tokens"]
    for content, flags in tokens:
        result.append({"id": ids.setdefault(content, len(ids)), "content": content} | plain | dict.fromkeys(flags.split(), True))
    return {"added_tokens": result}


def old_specials():
    """Llama 2's first tokenizer.json looked for its special tokens in the normalised text."""
    tokens = json.loads((DATA / "llama" / "tokenizer.json").read_text())["added_tokens"]
    return {"added_tokens": [token | {"normalized": True} for token in tokens]}


def cases():
    more = added(("<a>", "special"), ("<a><b>", "normalized"), ("<b>", ""), ("<l>", "lstrip special"), ("<r>", "rstrip special"),
                 ("<lr>", "lstrip rstrip normalized"), ("the", "single_word"), (" he", "normalized"), ("caf\u00e9", "normalized single_word"))
    bos_eos = {"type": "TemplateProcessing",
               "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
               "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
               "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}, "</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]}}}
    return {
        "as converted": {},
        "first conversion": old_specials(),
        "metaspace first": spaces(prepend_scheme="first", split=False),
        "metaspace first, split": spaces(prepend_scheme="first", split=True),
        "metaspace always": spaces(prepend_scheme="always", split=False) | decoders({"type": "ByteFallback"}, metaspace()),
        "metaspace always by default, split by default": spaces() | {"decoder": metaspace()},
        "metaspace with add_prefix_space": spaces(add_prefix_space=True, str_rep="?") | {"decoder": metaspace(add_prefix_space=True)},
        "metaspace never": spaces(prepend_scheme="never", split=False) | {"decoder": metaspace(prepend_scheme="never")},
        "metaspace never, split": spaces(prepend_scheme="never", add_prefix_space=False) | decoders(replace(SPACE, " "), {"type": "ByteFallback"}, {"type": "Fuse"}),
        "metaspace of another character": normalizers() | {"pre_tokenizer": {"type": "Metaspace", "replacement": "_", "prepend_scheme": "first", "split": True}, "decoder": {"type": "Metaspace", "replacement": "_"}},
        "added tokens": more,
        "added tokens, metaspace first": more | spaces(prepend_scheme="first", split=False),
        "added tokens, metaspace always": more | spaces(prepend_scheme="always"),
        "unknown, fused": model(byte_fallback=False, fuse_unk=True),
        "unknown, each": model(byte_fallback=False, fuse_unk=False),
        "unknown vanishes": model(byte_fallback=False, unk_token=None),
        "unknown bytes vanish": model(unk_token=None, vocab=respelled_bytes(*range(0xC0))),
        "some bytes, fused": model(vocab=respelled_bytes(*range(0xE0)), fuse_unk=True),
        "some bytes, each": model(vocab=respelled_bytes(*range(0xE0)), fuse_unk=False),
        "ignore_merges": model(ignore_merges=True) | spaces(prepend_scheme="always"),
        "forms": normalizers({"type": "NFKC"}, replace(r"\s+", SPACE, "Regex"), prepend()),
        "decomposed": normalizers({"type": "NFD"}, replace(" ", SPACE)) | decoders(replace(SPACE, " "), {"type": "ByteFallback"}),
        "decomposed for compatibility": normalizers({"type": "NFKD"}, replace(" ", SPACE)),
        "stripped": normalizers({"type": "Strip", "strip_left": True, "strip_right": True}) | {"pre_tokenizer": metaspace(prepend_scheme="first")},
        "stripped left": normalizers({"type": "Strip", "strip_left": True, "strip_right": False}, prepend("x"), replace("", "-")) | {"pre_tokenizer": metaspace(prepend_scheme="first")},
        "replaced start": normalizers(replace("ab|<|  ", "c", "Regex"), replace("the", "")) | {"pre_tokenizer": metaspace(prepend_scheme="first")},
        "white space, then metaspace": normalizers() | words({"type": "WhitespaceSplit"}, metaspace(prepend_scheme="always")),
        "white space, then metaspace first": normalizers() | words({"type": "WhitespaceSplit"}, metaspace(prepend_scheme="first")),
        "words, then metaspace": normalizers() | words({"type": "Whitespace"}, metaspace(prepend_scheme="first")),
        "punctuation, then metaspace": normalizers() | words({"type": "Punctuation", "behavior": "MergedWithPrevious"}, metaspace(prepend_scheme="first", split=False)),
        "punctuation by default": normalizers() | words(metaspace(prepend_scheme="first"), {"type": "Punctuation"}),
        "digits, then metaspace": normalizers() | words({"type": "Digits", "individual_digits": True}, metaspace(prepend_scheme="first", split=False)),
        "split behind metaspace": normalizers() | words(metaspace(), split(SPACE + "+|[0-9]{2}", "Isolated")),
        "delimiter": normalizers() | words({"type": "CharDelimiterSplit", "delimiter": "."}, metaspace(prepend_scheme="first")),
        "no pre-tokenizer, no normalizer": normalizers(),
        "no decoder": {"decoder": None},
        "byte-level decoder": {"decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}},
        "fused before bytes": decoders({"type": "Fuse"}, {"type": "ByteFallback"}, replace(SPACE, " ")),
        "stripped by decoder": decoders(strip(0, 1, "e"), strip(2, 0, SPACE), {"type": "ByteFallback"}, replace("[aeiou]+", "<>", "Regex"), {"type": "Fuse"}, strip(1, 0, "<")),
        "BOS and EOS": {"post_processor": {"type": "Sequence", "processors": [bos_eos, {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False, "use_regex": True}]}},
    }


FIXED = ["", " ", "  ", "   a", "a   ", " a ", "a  b   c", "\ta\n b\r\n", "\n\n", "Once upon a time, there was a little girl.", "the cat the", "<s>a</s> b", "a <s> b", "<s>", "x<s><s> y",
         "<a>the<a> the", "x <l> y <r>  z <lr>\n w", "  <l><r>  <lr>  ", "<unk> ab", SPACE, SPACE + SPACE + "a", "a" + SPACE + "b", "<0x41>A", "\u00e9\u4e2d\U0001f600", "a\u4e2d\u4e2db\u0416\u0416",
         "caf\u00e9 cafe\u0301 \ufb01 \u2460", "\x00\x01\x7f", "ab abab", "the the", " he he", "1234 5.6.", ".a..b.", "\u00a0a\u3000b\u2003", "\u24b6\u00b2\u00bc \u200da", "_a_ _", "-a--b"]


def texts(count, seed):
    chooser = random.Random(seed)
    pieces = PIECES + [SPACE, "<s>", "</s>", "<0x0A>", "\U0001f469\u200d\U0001f469", " ", "little ", "girl", "\u0416", "$", "^", "`", "_ "]
    return FIXED + ["".join(chooser.choice(pieces) for _ in range(chooser.randint(1, 10))) for _ in range(count)]


def random_ids(tokenizer, count, seed):
    chooser = random.Random(1000 + seed)
    size = tokenizer.get_vocab_size()
    return [[chooser.randrange(3, 259) if chooser.random() < 0.4 else chooser.randrange(size) for _ in range(chooser.randint(1, 12))] for _ in range(count)]


def results(definition, count, seed):
    tokenizer = tokenizers.Tokenizer.from_str(json.dumps(definition))
    both = lambda ids: [tokenizer.decode(ids, skip_special_tokens=False), tokenizer.decode(ids)]
    lines = []
    for text in texts(count, seed):
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        lines.append([text, ids, tokenizer.encode(text).ids] + both(ids))
    return {"lines": lines, "decodings": [[ids] + both(ids) for ids in random_ids(tokenizer, 8 + count // 4, seed)]}


def write_base(path):
    """S in the form that transformers gives Llama 2 (convert_slow_tokenizer.py: LlamaConverter, generate_merges)."""
    from sentencepiece import SentencePieceProcessor
    pieces = SentencePieceProcessor(model_file=str(DATA / "S" / "tokenizer.model"))
    names = [pieces.id_to_piece(i) for i in range(pieces.get_piece_size())]
    characters = [name for name in names[PIECES_KEPT:] if len(name) == 1][:120]
    vocabulary = {name: i for i, name in enumerate(names[:PIECES_KEPT] + characters)}
    merges = []
    for piece, rank in vocabulary.items():
        pairs = [(piece[:i], piece[i:]) for i in range(1, len(piece)) if piece[:i] in vocabulary and piece[i:] in vocabulary]
        merges += [(rank, pair) for pair in sorted(pairs, key=lambda pair: (vocabulary[pair[0]], vocabulary[pair[1]]))]
    merges.sort(key=lambda merge: (-merge[0], len(merge[1][0]), len(merge[1][1])), reverse=True)  # scores fall with the rank
    special = lambda i: {"id": i, "content": names[i], "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    bos = {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
           "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
           "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}}
    definition = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [special(i) for i in range(3)]} | normalizers(prepend(), replace(" ", SPACE)) | {
        "pre_tokenizer": None, "post_processor": bos} | decoders(replace(SPACE, " "), {"type": "ByteFallback"}, {"type": "Fuse"}, strip(1)) | {
        "model": {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None, "end_of_word_suffix": None, "fuse_unk": True,
                  "byte_fallback": True, "ignore_merges": False, "vocab": vocabulary, "merges": [" ".join(pair) for _, pair in merges]}}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(definition, separators=(",", ":"), ensure_ascii=False) + "\n")


def write_golden(path, golden):
    compact = lambda value: json.dumps(value, separators=(",", ":"))
    rows = lambda values: "[" + ",\n".join(map(compact, values)) + "]"
    path.write_text("[" + ",\n".join(f'{{"name":{compact(name)},"patch":{compact(patch)},"lines":{rows(found["lines"])},\n"decodings":{rows(found["decodings"])}}}'
                                     for name, patch, found in golden) + "]\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=10, help="random texts for each case, beside the fixed ones")
    parser.add_argument("--out", type=pathlib.Path, help="instead of the committed files")
    parser.add_argument("--check", action="store_true", help="compare with the committed files")
    parser.add_argument("--tokenizer", type=pathlib.Path, help="a tokenizer.json, instead of the cases")
    arguments = parser.parse_args()
    base = arguments.tokenizer or DATA / "llama" / "tokenizer.json"
    if not arguments.out and not arguments.tokenizer:
        golden_files.make(base, write_base)
    definition = json.loads(base.read_text())
    patches = {str(base): {}} if arguments.tokenizer else cases()
    found = [(name, patch, results(patched(definition, patch), arguments.lines, seed)) for seed, (name, patch) in enumerate(patches.items())]
    golden_files.make(arguments.out or DATA / "llama" / "golden.json", lambda path: write_golden(path, found))


if __name__ == "__main__":
    main()
