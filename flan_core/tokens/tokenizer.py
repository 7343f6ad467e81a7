"""A tokenizer, opened from a folder or the hub, that encodes batches of bytes on any thread."""

import json
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from shutil import copy2
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import tokenizers

from flan_core.errors import BadInput
from flan_core.schemas import text_sha256
from flan_core.tokens import slow
from flan_core.tokens.encoding import IN_DOUBT, TOO_LONG, encode_texts, fit_texts, gather
from flan_core.tokens.machine import machine_of, specification
from flan_core.tokens.merging import Machine

Array = npt.NDArray[Any]

FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.jinja",
    "vocab.json",
    "merges.txt",
    "tokenizer.model",
)
"""Files that make a tokenizer's folder; of these, only the first must be there."""


class Encoded(NamedTuple):
    """Ids of a batch of texts: text ``i`` has ``ids[ends[i]:ends[i + 1]]``.

    ``fates`` says how it went: WHOLE, SHORTENED or TOO_LONG (``flan_core.tokens.encoding``).
    """

    ids: Array
    ends: Array
    fates: Array


class Tokenizer:
    """A fast tokenizer of Hugging Face, without the special tokens it would add."""

    def __init__(
        self, folder: Path, backend: tokenizers.Tokenizer, eos: int, eos_text: str
    ) -> None:
        """Take what ``Tokenizer.open`` found."""
        backend.no_truncation()
        backend.no_padding()
        self.folder, self.backend, self.eos, self.eos_text = folder, backend, eos, eos_text
        self.size = int(backend.get_vocab_size(with_added_tokens=True))
        self.path = "tokenizer"
        """How texts are encoded: ``compiled``, or by the ``tokenizer`` itself."""
        self._machines = threading.local()
        if self._specification and self.proven(slow.HARD_TEXTS):
            self.path = "compiled"

    @classmethod
    def open(cls, place: str | Path) -> "Tokenizer":
        """Open the tokenizer of a folder or of a repository of the hub.

        Raises:
            BadInput: there is no fast tokenizer, or it has no end-of-sequence token.
        """
        folder = Path(place) if Path(place).is_dir() else slow.download(str(place))
        backend = slow.load(folder)
        eos_text = slow.eos_of(folder)
        eos = backend.token_to_id(eos_text) if eos_text else None
        if eos is None:
            raise BadInput(
                f"the tokenizer in {place} has no end-of-sequence token; inputs and targets end "
                'with it: set "eos_token" in its tokenizer_config.json'
            )
        return cls(folder, backend, int(eos), eos_text)

    @cached_property
    def sha256(self) -> str:
        """Hash of all that decides the ids: the definition and the end-of-sequence token."""
        return text_sha256(f"{self._definition}\n{self.eos}")

    @cached_property
    def _definition(self) -> str:
        return str(self.backend.to_str())

    @cached_property
    def _specification(self) -> dict[str, Any]:
        return specification(json.loads(self._definition))

    def save(self, folder: Path) -> None:
        """Copy the tokenizer's files."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            if (self.folder / name).is_file():
                copy2(self.folder / name, folder / name)
        if not (folder / "tokenizer.json").is_file():
            self.backend.save(str(folder / "tokenizer.json"))

    def prove(self, texts: Sequence[str]) -> bool:
        """Compare the compiled way with the tokenizer itself; give it up if they differ.

        Returns whether texts are still encoded the compiled way.
        """
        if self.path == "compiled" and not self.proven(texts):
            self.path = "tokenizer"
        return self.path == "compiled"

    def proven(self, texts: Sequence[str]) -> bool:
        """Say whether the compiled way gives the tokenizer's own ids on these texts."""
        if not self._specification:
            return False
        ours = self._compiled(*_joined(texts))
        theirs = self.backend.encode_batch_fast(list(texts), add_special_tokens=False)
        return all(
            fate == IN_DOUBT or ids.tolist() == their.ids
            for ids, fate, their in zip(ours.texts(), ours.fates, theirs, strict=True)
        )

    def encode(self, texts: Sequence[str]) -> list[Array]:
        """Return each text's ids (uint32), nothing added."""
        text, ends = _joined(texts)
        return self.encode_bytes(text, ends).texts()

    def fit(
        self, texts: Sequence[str], cuts: Sequence[tuple[int, int]], max_tokens: int
    ) -> list[Array]:
        """Return each text's ids, shortened inside its span of characters to fit ``max_tokens``.

        The span loses words from its end. A text that cannot be made to fit is returned whole:
        check.
        """
        text, ends = _joined(texts)
        spans = np.zeros((len(texts), 2), np.int64)
        for number, (each, (a, b)) in enumerate(zip(texts, cuts, strict=True)):
            begin = int(ends[number]) + (a if each.isascii() else len(each[:a].encode()))
            spans[number] = begin, begin + (b - a if each.isascii() else len(each[a:b].encode()))
        sizes = np.full(len(texts), max_tokens, np.int64)
        return self.encode_bytes(text, ends, sizes, spans).texts()

    def encode_bytes(
        self,
        text: Array,
        ends: Array,
        sizes: Array | None = None,
        cuts: Array | None = None,
    ) -> "Batch":
        """Encode text ``i``, the bytes ``text[ends[i]:ends[i + 1]]``, for every ``i``.

        ``sizes`` are the most ids of each text, 0 being any number; ``cuts`` the span of bytes in
        ``text`` that may lose its end to get there.
        """
        none, nowhere = _no_limits(len(ends) - 1)
        sizes = none if sizes is None else sizes
        cuts = nowhere if cuts is None else cuts
        if self.path != "compiled":
            return Batch(*slow.encode(self.backend, text, ends, sizes, cuts, _all(ends)))
        found = self._compiled(text, ends)
        long = np.flatnonzero((sizes > 0) & (np.diff(found.ends) > sizes))
        if long.size:
            found = found.filled(long, self._fitted(text, ends, (long, sizes, cuts)))
        doubtful = np.flatnonzero(found.fates == IN_DOUBT)
        if doubtful.size:
            theirs = slow.encode(self.backend, text, ends, sizes, cuts, doubtful)
            found = found.filled(doubtful, Batch(*theirs))
        return found

    def decode(self, ids: Sequence[int] | Array) -> str:
        """Return the text of these ids, special tokens included."""
        return str(self.backend.decode(np.asarray(ids).tolist(), skip_special_tokens=False))

    def _compiled(self, text: Array, ends: Array) -> "Batch":
        ids = np.empty(int(ends[-1] - ends[0]), np.uint32)
        id_ends = np.zeros(len(ends), np.int64)
        fates = encode_texts(self._machine, text, ends, ids, id_ends)
        return Batch(ids[: id_ends[-1]], id_ends, fates)

    def _fitted(self, text: Array, ends: Array, limits: tuple[Array, Array, Array]) -> "Batch":
        long, sizes, _ = limits
        ids = np.empty(int(sizes[long].sum()), np.uint32)
        id_ends, fates = fit_texts(self._machine, text, ends, limits, ids)
        return Batch(ids, id_ends, fates)

    @property
    def _machine(self) -> Machine:
        machine = getattr(self._machines, "machine", None)
        if machine is None:
            machine = self._machines.machine = machine_of(self._specification)
        return machine


class Batch(Encoded):
    """A batch of encoded texts."""

    __slots__ = ()

    def texts(self) -> list[Array]:
        """Return each text's ids."""
        return np.split(self.ids, self.ends[1:-1]) if len(self.ends) > 1 else []

    def filled(self, places: Array, others: "Batch") -> "Batch":
        """Return this batch with the texts at ``places`` as in ``others``.

        One that is TOO_LONG and has no ids there keeps those it has here.
        """
        fates = self.fates.copy()
        fates[places] = others.fates
        keep = (others.fates == TOO_LONG) & (np.diff(others.ends) == 0)
        places, theirs = places[~keep], np.flatnonzero(~keep)
        sizes = np.diff(self.ends)
        sizes[places] = np.diff(others.ends)[theirs]
        ends = np.concatenate([[0], np.cumsum(sizes)])
        source = self.ends[:-1].copy()
        source[places] = others.ends[theirs] + len(self.ids)
        ids = np.empty(int(ends[-1]), np.uint32)
        gather(self.ids, others.ids, source, ends, ids)
        return Batch(ids, ends, fates)


def _joined(texts: Sequence[str]) -> tuple[Array, Array]:
    parts = [text.encode() for text in texts]
    ends = np.zeros(len(parts) + 1, np.int64)
    np.cumsum([len(part) for part in parts], out=ends[1:])
    return np.frombuffer(bytearray(b"".join(parts) or b"\0"), np.uint8), ends


def _all(ends: Array) -> Array:
    return np.arange(len(ends) - 1)


def _no_limits(num_texts: int) -> tuple[Array, Array]:
    return np.zeros(num_texts, np.int64), np.zeros((num_texts, 2), np.int64)
