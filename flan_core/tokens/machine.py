"""Build the compiled encoder of a tokenizer from its definition (``tokenizer.json``)."""

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from flan_core.tokens.merging import (
    LONGEST_WORD,
    SCANNED,
    Machine,
    Pairs,
    Words,
    put_known,
    put_pairs,
)
from flan_core.tokens.splitting import PATTERNS, Rules, classes_of

Array = npt.NDArray[Any]

_WORD_SLOTS = 1 << 18
_IDS_A_WORD = 4


@cache
def byte_of_char() -> dict[str, int]:
    """Return the byte that each character of a byte-level vocabulary stands for.

    GPT-2's table: printable Latin-1 stands for itself, the other bytes for characters from U+0100
    on.
    """
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {
        chr(256 + place): byte for place, byte in enumerate(others)
    }


def specification(definition: dict[str, Any]) -> dict[str, Any]:
    """Return what the compiled encoder needs of a tokenizer; nothing if it is of another kind."""
    model, normalizer = definition["model"], definition.get("normalizer")
    plain = ("dropout", "continuing_subword_prefix", "end_of_word_suffix", "byte_fallback")
    digits = _digits(definition.get("pre_tokenizer") or {})
    known = (
        model.get("type") == "BPE"
        and not any(model.get(name) for name in plain)
        and (normalizer is None or normalizer == {"type": "NFC"})
        and digits is not None
        and all(char in model["vocab"] for char in byte_of_char())
    )
    if not known:
        return {}
    return {
        "model": model,
        "digits": digits,
        "nfc": normalizer is not None,
        "special": [token["content"] for token in definition.get("added_tokens", [])],
    }


def _digits(splitter: dict[str, Any]) -> int | None:
    bytes_only = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False}
    steps = splitter.get("pretokenizers", [splitter])
    if len(steps) == 1 and _is(steps[0], bytes_only | {"use_regex": True}):
        return 0
    isolated = {"type": "Split", "behavior": "Isolated", "invert": False}
    if len(steps) == 2 and _is(steps[0], isolated) and _is(steps[1], bytes_only):
        return PATTERNS.get(steps[0]["pattern"].get("Regex", ""))
    return None


def _is(step: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return all(step.get(name) == value for name, value in wanted.items())


def machine_of(spec: dict[str, Any]) -> Machine:
    """Build an encoder with its own table of words; threads must not share one."""
    whole_words = int(bool(spec["model"].get("ignore_merges")))
    known = spec["model"]["vocab"] if whole_words else {}
    slots = 1 << (4 * len(known) + _WORD_SLOTS - 1).bit_length()
    words = Words(
        lines=np.zeros((slots, 4), np.uint64),
        ids=np.zeros(slots * _IDS_A_WORD, np.uint32),
        used=np.zeros(2, np.int64),
    )
    machine = Machine(
        rules=_rules(spec),
        pairs=_pairs(spec, whole_words),
        words=words,
        parts=np.zeros((2, LONGEST_WORD), np.int64),
        found=np.zeros((SCANNED, 6), np.uint64),
    )
    if known:
        put_known(machine, *_as_bytes(known))
    return machine


def _rules(spec: dict[str, Any]) -> Rules:
    special = [text.encode() for text in spec["special"] if text]
    first = np.zeros(256, np.uint8)
    first[[text[0] for text in special]] = 1
    return Rules(
        classes=classes_of(spec["nfc"]),
        digits=spec["digits"],
        first=first,
        special=np.frombuffer(bytearray(b"".join(special) or b"\0"), np.uint8),
        special_ends=np.cumsum([0, *map(len, special)]).astype(np.int64),
    )


def _pairs(spec: dict[str, Any], whole_words: int) -> Pairs:
    if "pairs" in spec:
        return spec["pairs"]  # type: ignore[no-any-return]
    vocabulary = spec["model"]["vocab"]
    pairs = [pair.split(" ") if isinstance(pair, str) else pair for pair in spec["model"]["merges"]]
    merges = np.array(
        [(vocabulary[a], vocabulary[b], vocabulary[a + b]) for a, b in pairs], np.int64
    ).reshape(-1, 3)
    slots = 1 << max(4, (4 * len(merges)).bit_length())
    made = Pairs(
        byte_ids=np.zeros(256, np.int64),
        keys=np.zeros(slots, np.uint64),
        ranks=np.zeros(slots, np.int64),
        results=np.zeros(slots, np.int64),
        whole_words=whole_words,
    )
    for char, byte in byte_of_char().items():
        made.byte_ids[byte] = vocabulary[char]
    put_pairs(made, merges)
    spec["pairs"] = made  # threads share it: it is only read
    return made


def _as_bytes(vocabulary: dict[str, int]) -> tuple[Array, Array, Array]:
    """Return every token's bytes, where each ends, and its id; one that is no bytes is empty."""
    table = byte_of_char()
    texts = [
        bytes(table[char] for char in text) if all(char in table for char in text) else b""
        for text in vocabulary
    ]
    ends = np.cumsum([0, *map(len, texts)]).astype(np.int64)
    text = np.frombuffer(bytearray(b"".join(texts)), np.uint8)
    return text, ends, np.fromiter(vocabulary.values(), np.int64, len(vocabulary))
