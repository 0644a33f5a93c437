#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes tests/data/chat_templates/golden.json: what transformers makes of conversations by the templates beside it.

    pip install transformers==4.57.1 jinja2==3.1.6
    python tests/oracle/chat_templates.py                           # rewrites the committed file; same input, same bytes
    python tests/oracle/chat_templates.py --check                   # compares with it instead
    python tests/oracle/chat_templates.py --templates DIR --out F   # the same for other templates, for a cross-check

A case is [conversation, add_generation_prompt, text]; the text is null where the template refuses the conversation.
"""
import argparse
import datetime
import json
import pathlib

from transformers.utils import chat_template_utils

import golden as golden_files

DATA = pathlib.Path(__file__).resolve().parent.parent / "data" / "chat_templates"
TODAY = datetime.date(2024, 7, 26)
TOKENS = {"bos_token": "<s>", "eos_token": "</s>"}

CONVERSATIONS = [
    "user: Hello",
    "system: Be brief.|user: Hello",
    "system: You are a pirate.\n|user: Who are you?|assistant: Arr!|user: And where?",
    "user: Name a colour.|assistant: Blue.",
    "user:   spaces \n\n|assistant: \u00a0 kept? \t|user: caf\u00e9 \U0001f600\u3000",
    "user: Why?|assistant: <think>\nHm.\n</think>\n\nBecause.|user: Really?",
    "user: Why?|assistant: <think>\nHm.\n</think>\n\nBecause.",
    "system: Be brief. /no_think|user: Hello|assistant: Hi.",
    "user: First.|user: Second.",
    "user: 2 + 2?|assistant: I ask.|tool: 4|assistant: 4.",
    "assistant: Welcome!|user: Hello",
    "system: Alone.",
]


def messages(conversation):
    return [dict(zip(("role", "content"), message.split(": ", 1))) for message in conversation.split("|")]


def rendered(template, conversation, add_generation_prompt):
    try:
        return template.render(messages=messages(conversation), tools=None, documents=None, add_generation_prompt=add_generation_prompt,
                               strftime_now=TODAY.strftime, **TOKENS)
    except Exception:
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--templates", type=pathlib.Path, default=DATA)
    parser.add_argument("--out", type=pathlib.Path, default=DATA / "golden.json")
    parser.add_argument("--check", action="store_true", help="compare with the committed file")
    arguments = parser.parse_args()
    results = []
    for path in sorted(arguments.templates.glob("*.jinja")):
        template = chat_template_utils._compile_jinja_template(path.read_text())
        cases = [[number, i % 2 == 0, rendered(template, conversation, i % 2 == 0)]
                 for number, conversation in enumerate(CONVERSATIONS) for i in range(2)]
        results.append({"template": path.name, "cases": cases})
    golden = {"conversations": [messages(conversation) for conversation in CONVERSATIONS], "special_tokens": TOKENS, "templates": results}
    text = json.dumps(golden, ensure_ascii=True, indent=0, separators=(",", ":")).replace("\n", "") + "\n"
    golden_files.make(arguments.out, lambda path: path.write_text(text))


if __name__ == "__main__":
    main()
