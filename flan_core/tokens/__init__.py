r"""Tokens: text in, ids out, by the fastest way that is proven to give the tokenizer's own ids.

    text      "Is it so?\nOPTIONS:"
    words      Is| it| so|?\n|OPTIONS|:        cut where the tokenizer's pattern cuts  splitting.py
    ids       1789|340|523|5633,198|...       looked up, or merged if new   encoding, merging.py

Both run as compiled loops over bytes. They know the byte-level BPE of GPT-2, Llama 3, Qwen 2 and
their many children; a text with anything unusual (a special token's text, a character whose class
is in doubt) goes to the tokenizer itself, and so does everything when the tokenizer is of another
kind or a comparison finds one differing id.
"""

from flan_core.tokens.tokenizer import Encoded, Tokenizer
from flan_core.tokens.training import train_tokenizer

__all__ = ["Encoded", "Tokenizer", "train_tokenizer"]
