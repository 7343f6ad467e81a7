"""The tokenizer itself: its files, and encoding what the compiled way leaves to it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tokenizers

from flan_core.errors import BadInput
from flan_core.tokens.encoding import SHORTENED, TOO_LONG, WHOLE

Array = npt.NDArray[Any]

_ROUNDS = 8

HARD_TEXTS = (
    "",
    " ",
    "\n",
    " \n",
    "\n\n  \n x",
    "a  b   c    d ",
    "tabs\t\tand \t spaces\r\n\r\nlines\n ",
    "It's he'll THEY'RE we'Ve 'Tis o'clock ''s 'x '",
    "'s't're've'm'll'd 'S'LL 'lL' 'sword",
    "1 12 123 1234 12345 3.14 1,000,000 10% $5 ½ ² Ⅳ ٣٤",
    "email@example.com https://x.org/a?b=c&d#e _under_score__ --dash-- ...",
    "OPTIONS:\n- yes\n- no",
    '(A) yes\n(B) no [x] {y} <z> "q" `r` ~ ^ | \\',
    "Größe naïve façade Ångström œuvre Łódź İstanbul ﬁne",
    "Привет, мир! Как дела? Ёж",
    "καλημέρα κόσμε · Ελλάδα",
    "日本語のテキスト、漢字かな交じり文。",
    "한국어 문장입니다. 안녕하세요",
    "हिन्दी में लिखा हुआ पाठ",
    "שלום עולם مرحبا بالعالم",
    "emoji 😀😃 👩‍👩‍👧 🇩🇪 ✓ → ★",
    "e\u0301 n\u0303 o\u0308 ﬀ Å",
    "nbsp\u00a0here\u2003em\u2009thin\u200bzero\u3000wide\u0085next\u2028line",
    "ſ 'ſ K soft\u00adhyphen \ufeffmark \x00\x01\x7f",
    "x" * 300 + " " * 40 + "y" + "\n" * 20 + "!" * 50,
    "Donaudampfschifffahrtsgesellschaftskapitän pneumonoultramicroscopicsilicovolcanoconiosis",
    "def f(x):\n    return x**2  # squared\n\n\n",
)
"""Texts that tell tokenizers apart: white space, contractions, digits, scripts, marks, long
words."""


def download(name: str) -> Path:
    """Fetch a tokenizer's files from the hub; ``name@revision`` picks a branch or commit.

    Raises:
        BadInput: neither a folder nor a repository that can be read.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    repository, _, revision = name.partition("@")
    patterns = ["tokenizer*", "special_tokens_map.json", "added_tokens.json", "vocab.json"]
    try:
        found = snapshot_download(
            repository, revision=revision or "main", allow_patterns=[*patterns, "merges.txt"]
        )
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise BadInput(
            f"pack.tokenizer {name!r} is neither a folder here nor a repository that the hub gives "
            f"({type(error).__name__}); check its name, or log in if it is gated"
        ) from error
    return Path(found)


def load(folder: Path) -> tokenizers.Tokenizer:
    """Return the fast tokenizer of a folder, converting an older form if need be.

    Raises:
        BadInput: the folder has none.
    """
    path = folder / "tokenizer.json"
    if path.is_file():
        return tokenizers.Tokenizer.from_file(str(path))
    from transformers import AutoTokenizer

    try:
        found = AutoTokenizer.from_pretrained(str(folder), use_fast=True)
        return tokenizers.Tokenizer.from_str(found.backend_tokenizer.to_str())
    except (OSError, ValueError, AttributeError, ImportError) as error:
        raise BadInput(
            f"{folder} has no tokenizer.json and no other form of a fast tokenizer; save one with "
            "transformers' save_pretrained"
        ) from error


def eos_of(folder: Path) -> str:
    """Return the text of the end-of-sequence token that a folder's settings name, or nothing."""
    for name in ("tokenizer_config.json", "special_tokens_map.json"):
        path = folder / name
        if not path.is_file():
            continue
        eos = json.loads(path.read_text(encoding="utf-8")).get("eos_token")
        if eos:
            return str(eos["content"] if isinstance(eos, dict) else eos)
    return ""


def encode(
    backend: tokenizers.Tokenizer,
    text: Array,
    ends: Array,
    sizes: Array,
    cuts: Array,
    chosen: Array,
) -> tuple[Array, Array, Array]:
    """Encode the chosen texts with the tokenizer itself: their ids, ends and fates."""
    blob = text.tobytes()
    texts = [blob[ends[i] : ends[i + 1]].decode() for i in chosen]
    found = [each.ids for each in backend.encode_batch_fast(texts, add_special_tokens=False)]
    fates = np.full(len(found), WHOLE, np.uint8)
    for place, number in enumerate(chosen):
        if not sizes[number] or len(found[place]) <= sizes[number]:
            continue
        begin, end = (blob[ends[number] : at].decode() for at in cuts[number])
        ids = _shortened(backend, texts[place], (len(begin), len(end)), int(sizes[number]))
        fates[place] = SHORTENED if len(ids) <= sizes[number] else TOO_LONG
        found[place] = ids
    lengths = np.array([len(ids) for ids in found], np.int64)
    id_ends = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    flat = [each for ids in found for each in ids]
    return np.array(flat, np.uint32), id_ends, fates


def _shortened(
    backend: tokenizers.Tokenizer, text: str, cut: tuple[int, int], size: int
) -> list[int]:
    """Return the ids of ``text`` with the end of ``cut`` left out, at a word, so that they fit."""
    whole = backend.encode(text, add_special_tokens=False)
    begin, end = cut
    starts = [a for a, _ in whole.offsets]
    inside = [i for i, a in enumerate(starts) if begin < a < end and _is_word_start(text, a)]
    last = next((i for i, a in enumerate(starts) if a >= end), len(starts))
    excess = len(whole.ids) - size
    for _ in range(_ROUNDS):
        fitting = [i for i in inside if last - i >= excess]
        place = starts[fitting[-1]] if fitting else begin
        shorter = text[:place] + text[end:]
        ids: list[int] = backend.encode(shorter, add_special_tokens=False).ids
        if len(ids) <= size:
            return ids
        if place == begin:
            break
        excess += len(ids) - size
    return list(whole.ids)


def _is_word_start(text: str, at: int) -> bool:
    return text[at].isspace() or text[at - 1].isspace() or ord(text[at]) > 0x2E7F
